"""Everything an encoder-decoder is, in one frozen value."""

from dataclasses import dataclass
from typing import Self

from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed
from attnlab.engine.spec import MAX_SEED
from attnlab.models.config import FamilyName
from attnlab.models.stored_config import from_json, to_json

KIND = "seq2seq"
SEQ2SEQ_FAMILIES: tuple[FamilyName, ...] = ("transformer", "gru_attention", "gru")
BOUNDS: dict[str, tuple[float, float]] = {
    "source_vocab_size": (4, 65_536),
    "target_vocab_size": (4, 65_536),
    "source_len": (1, 256),
    "target_len": (2, 256),
    "d_model": (1, 512),
    "num_layers": (1, 6),
    "num_heads": (1, 16),
    "ff_multiple": (0.1, 8.0),
    "dropout": (0.0, 0.9),
    "seed": (0, MAX_SEED),
}
ALLOWED = Allowed(choices={"family": SEQ2SEQ_FAMILIES}, flags=("norm_first",), bounds=BOUNDS)


@dataclass(frozen=True, kw_only=True)
class Seq2SeqConfig:
    """One encoder-decoder of any family; a field that a family has no use for is kept and ignored.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    family: FamilyName  # one of SEQ2SEQ_FAMILIES
    source_vocab_size: int
    target_vocab_size: int
    source_len: int  # S: so many positions of a row of inputs are the source, padding counted
    target_len: int  # T, the largest
    d_model: int = 64
    num_layers: int = 2  # of a Transformer: in the encoder, and as many in the decoder; the GRUs have one each
    num_heads: int = 4  # of a Transformer
    ff_multiple: float = 4  # of a Transformer: width of the feed-forward part over d_model
    norm_first: bool = True  # of a Transformer
    dropout: float = 0.0  # of what each block adds to the stream; of a GRU's readout
    seed: int = 0

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        if self.d_model % self.width_multiple:
            name, parts = ("num_heads", self.num_heads) if self.family == "transformer" else ("two directions", 2)
            message = f"d_model ({self.d_model}) must be a multiple of {name} ({parts})"
            raise SpecError("d_model", "multiple", message, got=self.d_model, other=name, of=parts)

    @property
    def num_outputs(self) -> int:
        """Words that an answer is chosen from."""
        return self.target_vocab_size

    @property
    def ff_width(self) -> int:
        """Hidden units of each feed-forward part; 0 in a GRU, which has none."""
        return max(round(self.ff_multiple * self.d_model), 1) if self.family == "transformer" else 0

    @property
    def num_feed_forwards(self) -> int:
        """Feed-forward parts in the whole model."""
        return 2 * self.num_layers if self.family == "transformer" else 0

    @property
    def width_multiple(self) -> int:
        """What d_model must be a multiple of: a GRU reads the source in two directions, half the width each."""
        return self.num_heads if self.family == "transformer" else 2

    @property
    def narrowest(self) -> int:
        """The smallest d_model."""
        return self.width_multiple

    def to_json(self) -> str:
        """One JSON object: version, kind and every field."""
        return to_json(self, KIND)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The config that `to_json` wrote.

        Raises:
            SpecError: no JSON object, another kind, an unknown or missing field, a newer version, or one out of bounds.
        """
        return from_json(cls, text, KIND)
