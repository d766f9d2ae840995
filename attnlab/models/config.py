"""Everything a model is, in one frozen value that can be compared, hashed and stored beside the weights."""

import json
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from attnlab.engine import SpecError

FamilyName = Literal["transformer", "lstm", "gru", "rnn", "tcn", "lstm_attention"]
ModelPositions = Literal["none", "sinusoidal", "learned", "rope", "alibi"]
NormName = Literal["layer", "rms"]

FAMILIES: tuple[FamilyName, ...] = get_args(FamilyName)
RECURRENT = ("lstm", "gru", "rnn", "lstm_attention")

VERSION = 1  # of the JSON; a change that an older program would misread raises it
CHOICES: dict[str, tuple[str, ...]] = {
    "family": FAMILIES,
    "positions": get_args(ModelPositions),
    "norm": get_args(NormName),
}
FLAGS = ("causal", "trailing_blanks", "norm_first")
BOUNDS: dict[str, tuple[float, float]] = {  # whole numbers where the bounds are
    "vocab_size": (1, 65_536),
    "num_features": (1, 1024),
    "num_outputs": (1, 65_536),
    "d_model": (1, 512),
    "num_layers": (1, 12),
    "num_heads": (1, 16),
    "num_kv_heads": (1, 16),
    "max_len": (1, 2048),
    "kernel_size": (2, 15),
    "seed": (0, 2**31 - 1),
    "ff_multiple": (0.1, 8.0),
    "dropout": (0.0, 0.9),
}
OPTIONAL = ("vocab_size", "num_features", "num_kv_heads", "ff_multiple")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """One sequence model of any family. A field that a family has no use for is kept and ignored.

    So `dataclasses.replace(config, family="gru")` gives the contender that differs in nothing but its mixer.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    family: FamilyName
    vocab_size: int | None = None  # inputs are token ids
    num_features: int | None = None  # inputs are this many numbers a position
    num_outputs: int
    d_model: int = 32
    num_layers: int = 2  # of a TCN: levels; level l has dilation 2^l
    num_heads: int = 4  # of a Transformer
    num_kv_heads: int | None = None  # of a Transformer; as many as num_heads if None
    ff_multiple: float | None = 4  # width of the feed-forward part over d_model; no such part if None
    positions: ModelPositions = "sinusoidal"  # of a Transformer; the other families know the order anyway
    causal: bool = True
    trailing_blanks: bool = False  # append T blanks and answer on them, with a causal model
    norm: NormName = "layer"
    norm_first: bool = True
    dropout: float = 0.0  # of what each block adds to the stream
    max_len: int = 128  # the largest T that inputs may have
    kernel_size: int = 3  # of a TCN
    seed: int = 0

    def __post_init__(self) -> None:
        for field, choices in CHOICES.items():
            if (text := getattr(self, field)) not in choices:
                raise SpecError(field, f"{field} ({text!r:.60}) must be one of {', '.join(choices)}")
        for field in FLAGS:
            if not isinstance(flag := getattr(self, field), bool):
                raise SpecError(field, f"{field} ({flag!r:.60}) must be True or False")
        for field, (low, high) in BOUNDS.items():
            _check_bounds(field, getattr(self, field), low, high)
        if (self.vocab_size is None) == (self.num_features is None):
            raise SpecError(
                "vocab_size",
                f"vocab_size ({self.vocab_size}) or num_features ({self.num_features}) must be given, and not both",
            )
        if self.trailing_blanks and not self.causal:
            raise SpecError("trailing_blanks", "trailing_blanks (True) must come with causal (True)")
        self._check_family()

    def _check_family(self) -> None:
        if self.query_heads % self.kv_heads:
            raise SpecError(
                "num_kv_heads", f"num_kv_heads ({self.num_kv_heads}) must divide num_heads ({self.num_heads})"
            )
        if self.d_model % self.query_heads:
            raise SpecError("num_heads", f"num_heads ({self.num_heads}) must divide d_model ({self.d_model})")
        if self.position_encoding == "rope" and self.head_dim < 2:
            raise SpecError("positions", "positions ('rope') must have d_model / num_heads of 2 or more, got 1")
        if self.d_model % self.width_multiple:
            raise SpecError(
                "d_model", f"d_model ({self.d_model}) must be even: a bidirectional {self.family} has two halves"
            )
        if self.family == "tcn" and not self.causal and self.kernel_size % 2 == 0:
            raise SpecError("kernel_size", f"kernel_size ({self.kernel_size}) must be odd to look to both sides")

    @property
    def query_heads(self) -> int:
        """H: one outside the Transformer, as attention had before it."""
        return self.num_heads if self.family == "transformer" else 1

    @property
    def kv_heads(self) -> int:
        """G."""
        return (self.num_kv_heads or self.num_heads) if self.family == "transformer" else 1

    @property
    def head_dim(self) -> int:
        """D."""
        return self.d_model // self.query_heads

    @property
    def ff_width(self) -> int:
        """Hidden units of the feed-forward part; 0 if there is none."""
        return 0 if self.ff_multiple is None else max(round(self.ff_multiple * self.d_model), 1)

    @property
    def position_encoding(self) -> ModelPositions:
        """The positions this family really has."""
        return self.positions if self.family == "transformer" else "none"

    @property
    def num_directions(self) -> int:
        """Of a recurrent family: one reads the past, a second one the future."""
        return 1 if self.causal else 2

    @property
    def width_multiple(self) -> int:
        """What d_model must be a multiple of."""
        return self.num_directions if self.family in RECURRENT else self.query_heads

    @property
    def max_positions(self) -> int:
        """The largest number of positions the blocks see: blanks count."""
        return 2 * self.max_len if self.trailing_blanks else self.max_len

    def to_json(self) -> str:
        """One JSON object: the version of the schema and every field."""
        return json.dumps({"version": VERSION, **asdict(self)}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The config that `to_json` wrote.

        Raises:
            SpecError: no JSON object, an unknown or missing field, a newer version, or a field out of bounds.
        """
        try:
            stored = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SpecError("config", f"config ({text!r:.60}) must be JSON") from error
        if not isinstance(stored, dict):
            raise SpecError("config", f"config ({stored!r:.60}) must be a JSON object")
        _check_version(stored.pop("version", None))
        known = {field.name for field in fields(cls)}
        required = {field.name for field in fields(cls) if field.default is MISSING}
        for name in sorted(stored.keys() - known):
            raise SpecError(
                "config", f"config ({name!r:.60}) must have no other fields than {', '.join(sorted(known))}"
            )
        for name in sorted(required - stored.keys()):
            raise SpecError(name, f"{name} (missing) must be given")
        return cls(**stored)


def _check_version(version: Any) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= VERSION:
        newer = " (written by a newer program)" if isinstance(version, int) and version > VERSION else ""
        raise SpecError("version", f"version ({version!r:.60}) must be 1 to {VERSION}{newer}")


def _check_bounds(field: str, value: object, low: float, high: float) -> None:
    if value is None and field in OPTIONAL:
        return
    numbers = int if isinstance(low, int) else (int, float)
    if not isinstance(value, numbers) or isinstance(value, bool):
        raise SpecError(field, f"{field} ({value!r:.60}) must be a {'whole ' if numbers is int else ''}number")
    if not low <= value <= high:  # NaN fails too
        raise SpecError(field, f"{field} ({value!r:.60}) must be between {low} and {high}")
