"""Everything a text classifier is, in one frozen value."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed
from attnlab.engine.spec import MAX_SEED
from attnlab.models.config import FamilyName
from attnlab.models.stored_config import from_json, to_json

KIND = "classifier"
CLASSIFIER_FAMILIES: tuple[FamilyName, ...] = ("transformer", "lstm", "text_cnn", "bag_of_words")
"""Those that learn all they know from the task."""
PRETRAINED_FAMILIES: tuple[FamilyName, ...] = ("minilm",)
"""Those that others have trained on words of all kinds. The head alone learns, no word is kept from it, a text takes
longer to read, and they race where they are installed and named."""
ALL_CLASSIFIERS: tuple[FamilyName, ...] = (*CLASSIFIER_FAMILIES, *PRETRAINED_FAMILIES)
PoolingName = Literal["query", "mean"]
MINILM_WIDTH = 384
WINDOWS = (2, 3, 4, 5)
"""Words that the filters of a text-CNN see: a quarter of them each."""
BOUNDS: dict[str, tuple[float, float]] = {
    "vocab_size": (2, 65_536),
    "num_classes": (2, 1000),
    "max_len": (1, 2048),
    "d_model": (1, 512),
    "num_layers": (1, 6),
    "num_heads": (1, 16),
    "ff_multiple": (0.1, 8.0),
    "dropout": (0.0, 0.9),
    "seed": (0, MAX_SEED),
}
ALLOWED = Allowed(choices={"family": ALL_CLASSIFIERS, "pooling": get_args(PoolingName)}, bounds=BOUNDS)


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig:
    """One text classifier of any family; a field that a family has no use for is kept and ignored.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    family: FamilyName  # one of ALL_CLASSIFIERS
    vocab_size: int  # padding, id 0, counted
    num_classes: int
    max_len: int  # the largest T
    d_model: int = 32
    num_layers: int = 2  # of a Transformer; the others have one
    num_heads: int = 4  # of a Transformer
    ff_multiple: float = 4  # of a Transformer: width of the feed-forward part over d_model
    pooling: PoolingName = "query"  # of a Transformer: how one vector is made of all positions
    dropout: float = 0.0  # of what each block of a Transformer adds to the stream; in the others of the pooled vector
    seed: int = 0

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        if self.d_model % self.width_multiple:
            name, parts = {
                "transformer": ("num_heads", self.num_heads),
                "lstm": ("two directions", self.width_multiple),
                "text_cnn": ("filter widths", self.width_multiple),
                "minilm": ("the width of MiniLM", self.width_multiple),
            }[self.family]
            message = f"d_model ({self.d_model}) must be a multiple of {name} ({parts})"
            raise SpecError("d_model", "multiple", message, got=self.d_model, other=name, of=parts)

    @property
    def num_outputs(self) -> int:
        """Classes."""
        return self.num_classes

    @property
    def ff_width(self) -> int:
        """Hidden units of each feed-forward part; 0 outside the Transformer, where there is none."""
        return max(round(self.ff_multiple * self.d_model), 1) if self.family == "transformer" else 0

    @property
    def num_feed_forwards(self) -> int:
        """Feed-forward parts in the whole model."""
        return self.num_layers if self.family == "transformer" else 0

    @property
    def width_multiple(self) -> int:
        """What d_model must be a multiple of: heads, directions or filter widths share it evenly."""
        parts: dict[str, int] = {
            "transformer": self.num_heads,
            "lstm": 2,
            "text_cnn": len(WINDOWS),
            "minilm": MINILM_WIDTH,
        }
        return parts.get(self.family, 1)

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
