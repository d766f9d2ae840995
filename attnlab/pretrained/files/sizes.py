"""How large a model is, as its config says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from attnlab.engine.allowed import check_divides
from attnlab.engine.choices.positions import ROTARY_BASE
from attnlab.engine.spec import MAX_LOADED_D_MODEL, MAX_LOADED_HEAD_DIM, MAX_LOADED_HEADS
from attnlab.engine.transformer.feed_forward import ActivationName
from attnlab.pretrained.files.config import Config

MAX_LAYERS = 128
MAX_WORDS = 2**20
MAX_POSITIONS = 2**24
MAX_TYPES = 16
MAX_FF_WIDTH = 8 * MAX_LOADED_D_MODEL
BOUNDS = {
    "num_layers": MAX_LAYERS,
    "num_heads": MAX_LOADED_HEADS,
    "num_kv_heads": MAX_LOADED_HEADS,
    "head_dim": MAX_LOADED_HEAD_DIM,
    "d_model": MAX_LOADED_D_MODEL,
    "ff_width": MAX_FF_WIDTH,
    "vocab_size": MAX_WORDS,
    "num_positions": MAX_POSITIONS,
    "num_types": MAX_TYPES,
}
"""The largest of each size that is read of a config; what is there must also fit the weights."""
LARGEST_EPS = 1e-2
MAX_TRACED = 1024
"""Tokens of one trace, whatever the model could read: every map of every layer is kept."""

# What configs call the bends that the engine knows.
ACTIVATIONS: dict[str, ActivationName] = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_new": "gelu_new",
    "gelu_pytorch_tanh": "gelu_new",
    "silu": "swish",
    "swish": "swish",
}


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes of a model, and the numbers that its formulas need.

    Raises:
        SpecError: heads that do not divide what they must.
    """

    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    d_model: int
    ff_width: int
    vocab_size: int
    num_positions: int  # tokens that the model can read
    activation: ActivationName
    eps: float  # of the norms
    num_types: int = 0  # kinds of segments; 0 if the model knows none
    padding: int | None = None  # the id that has no position; positions then begin behind it
    rotary_base: float = ROTARY_BASE
    tied: bool = True  # whether the head is the embedding

    def __post_init__(self) -> None:
        check_divides("num_kv_heads", self.num_kv_heads, "num_heads", self.num_heads)

    @property
    def longest(self) -> int:
        """Tokens of a text that are traced."""
        return min(self.num_positions, MAX_TRACED)


def counted(config: Config, keys: Mapping[str, str]) -> dict[str, Any]:
    """Sizes by their names in `Sizes`, of a config that has them under `keys`. Raises as `Config`."""
    return {size: config.whole(key, BOUNDS[size]) for size, key in keys.items()}


def head_dim_of(d_model: int, num_heads: int) -> int:
    """The width of a head where a config has none.

    Raises:
        SpecError: the heads do not divide d_model.
    """
    check_divides("num_heads", num_heads, "d_model", d_model)
    return d_model // num_heads
