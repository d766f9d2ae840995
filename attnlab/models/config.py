"""Everything a model is, in one frozen value that can be compared, hashed and stored beside the weights."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed, check_divides
from attnlab.engine.spec import MAX_SEED
from attnlab.models.stored_config import SEQUENCE, from_json, to_json

FamilyName = Literal[
    "transformer",
    "lstm",
    "gru",
    "rnn",
    "tcn",
    "lstm_attention",
    "window_attention",
    "linear_attention",
    "gru_attention",
    "text_cnn",
    "bag_of_words",
    "minilm",
    "cnn2d",
    "mlp",
]
"""Of all kinds of models; which of them a kind has, it says itself."""
ModelPositions = Literal["none", "sinusoidal", "learned", "rope", "alibi"]
NormName = Literal["layer", "rms"]

FAMILIES: tuple[FamilyName, ...] = (
    "transformer",
    "lstm",
    "gru",
    "rnn",
    "tcn",
    "lstm_attention",
    "window_attention",
    "linear_attention",
)
"""Of the models that answer at each position, whatever the positions are."""
PICTURE_FAMILIES: tuple[FamilyName, ...] = ("cnn2d", "mlp")
"""Of the same models those that read a picture of one size, with one position behind it that answers."""
SEQUENCE_FAMILIES = (*FAMILIES, *PICTURE_FAMILIES)
MULTI_HEAD: tuple[FamilyName, ...] = ("transformer", "window_attention", "linear_attention")
"""Those with heads and positions to choose: Transformers, and what differs from one in how its heads attend."""
RECURRENT = ("lstm", "gru", "rnn", "lstm_attention")

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
    "window": (1, 4096),
    "grid_width": (1, 64),
    "seed": (0, MAX_SEED),
    "ff_multiple": (0.1, 8.0),
    "dropout": (0.0, 0.9),
}
ALLOWED = Allowed(
    choices={"family": SEQUENCE_FAMILIES, "positions": get_args(ModelPositions), "norm": get_args(NormName)},
    flags=("causal", "trailing_blanks", "norm_first", "residual", "scaling"),
    bounds=BOUNDS,
    optional=("vocab_size", "num_features", "num_kv_heads", "ff_multiple", "grid_width"),
)


def check_positions(family: FamilyName, positions: str) -> None:
    """Refuse positions that a family cannot have: what ALiBi adds to each score, no state can hold.

    Raises:
        SpecError: naming the positions and the family.
    """
    if family == "linear_attention" and positions == "alibi":
        message = f"positions ({positions!r}) must be another kind beside {family}, which has no scores to add to"
        raise SpecError("positions", "beside", message, got=positions, other="family", of=family)


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
    num_heads: int = 4  # of multi-head families
    num_kv_heads: int | None = None  # of multi-head families; as many as num_heads if None
    ff_multiple: float | None = 4  # width of the feed-forward part over d_model; no such part if None
    positions: ModelPositions = "sinusoidal"  # of multi-head families; the others know the order anyway
    causal: bool = True
    trailing_blanks: bool = False  # append T blanks and answer on them, with a causal model
    norm: NormName = "layer"
    norm_first: bool = True
    residual: bool = True  # each part adds to the stream; without, what it gives is the stream
    scaling: bool = True  # of a Transformer and of window attention: scores are divided by sqrt(head_dim)
    dropout: float = 0.0  # of what each block adds to the stream
    max_len: int = 128  # the largest T that inputs may have
    kernel_size: int = 3  # of a TCN
    window: int = 16  # of window attention: positions to a side that a layer sees, the own included
    grid_width: int | None = None  # of a picture: patches side by side, in rows of which max_len - 1 are the positions
    seed: int = 0

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        if (self.vocab_size is None) == (self.num_features is None):
            message = (
                f"vocab_size ({self.vocab_size}) or num_features ({self.num_features}) must be given, and not both"
            )
            raise SpecError(
                "vocab_size", "beside", message, got=self.vocab_size, other="num_features", of=self.num_features
            )
        if self.trailing_blanks and not self.causal:
            message = "trailing_blanks (True) must come with causal (True)"
            raise SpecError("trailing_blanks", "beside", message, got=True, other="causal", of=False)
        self._check_family()

    def _check_family(self) -> None:
        check_divides("num_kv_heads", self.kv_heads, "num_heads", self.query_heads)
        check_divides("num_heads", self.query_heads, "d_model", self.d_model)
        if self.position_encoding == "rope" and self.head_dim < 2:
            message = "positions ('rope') must have d_model / num_heads of 2 or more, got 1"
            raise SpecError("positions", "beside", message, got="rope", other="head_dim", of=1)
        check_positions(self.family, self.positions)
        if self.d_model % self.width_multiple:
            message = f"d_model ({self.d_model}) must be even: a bidirectional {self.family} has two halves"
            raise SpecError("d_model", "multiple", message, got=self.d_model, other="num_directions", of=2)
        if self.family == "tcn" and not self.causal and self.kernel_size % 2 == 0:
            message = f"kernel_size ({self.kernel_size}) must be odd to look to both sides"
            raise SpecError("kernel_size", "beside", message, got=self.kernel_size, other="causal", of=False)
        if self.family in PICTURE_FAMILIES:
            self._check_picture()

    def _check_picture(self) -> None:
        if self.causal:
            message = f"causal (True) must be False beside {self.family}, which reads a picture at once"
            raise SpecError("causal", "beside", message, got=True, other="family", of=self.family)
        if self.grid_width is None or self.max_len < 2 or (self.max_len - 1) % self.grid_width:
            message = f"grid_width ({self.grid_width}) must divide max_len - 1 ({self.max_len - 1} patches)"
            raise SpecError("grid_width", "multiple", message, got=self.grid_width, other="max_len", of=self.max_len)

    @property
    def query_heads(self) -> int:
        """H: one outside the multi-head families, as attention had before the Transformer."""
        return self.num_heads if self.family in MULTI_HEAD else 1

    @property
    def kv_heads(self) -> int:
        """G."""
        return (self.num_kv_heads or self.num_heads) if self.family in MULTI_HEAD else 1

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
        return self.positions if self.family in MULTI_HEAD else "none"

    @property
    def num_directions(self) -> int:
        """Of a recurrent family: one reads the past, a second one the future."""
        return 1 if self.causal else 2

    @property
    def width_multiple(self) -> int:
        """What d_model must be a multiple of."""
        return self.num_directions if self.family in RECURRENT else self.query_heads

    @property
    def num_feed_forwards(self) -> int:
        """Feed-forward parts in the whole model."""
        return self.num_layers

    @property
    def narrowest(self) -> int:
        """The smallest d_model: RoPE turns pairs of coordinates."""
        return 2 * self.width_multiple if self.position_encoding == "rope" else self.width_multiple

    @property
    def max_positions(self) -> int:
        """The largest number of positions the blocks see: blanks count."""
        return 2 * self.max_len if self.trailing_blanks else self.max_len

    def to_json(self) -> str:
        """One JSON object: the version of the schema and every field."""
        return to_json(self, SEQUENCE)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The config that `to_json` wrote.

        Raises:
            SpecError: no JSON object, an unknown or missing field, a newer version, or a field out of bounds.
        """
        return from_json(cls, text, SEQUENCE)
