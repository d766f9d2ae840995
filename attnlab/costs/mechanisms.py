"""What is measured, by name: how each layer is built, what it multiplies, and what theory says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import nn

from attnlab.costs.measurement.layers import (
    Convolution,
    FusedAttention,
    Layer,
    LinearAttention,
    Recurrent,
    TorchAttention,
    TracedAttention,
    WindowAttention,
)
from attnlab.costs.sizes import AxisName, Sizes
from attnlab.engine.efficient.linear_attention import SMALLEST_CHUNK

MechanismName = Literal["traced", "torch", "fused", "window", "linear", "lstm", "gru", "convolution"]
TAPS = 3
"""Of each convolution (`ModelConfig.kernel_size`)."""


@dataclass(frozen=True)
class Mechanism:
    """One kind of layer. A text of `sizes.seq_len` tokens is what its numbers are of."""

    build: Callable[[Sizes], Layer]
    forward: Callable[[Sizes, int], int]
    """Multiply-adds of a forward pass over so many tokens, as it is computed."""
    newest: Callable[[Sizes, int], int]
    """The same of the newest of so many tokens, behind what is kept of the others."""
    order: str
    """Of a forward pass, as Vaswani et al. 2017 write it, the projections not forgotten."""
    sequential: str
    """Steps of a forward pass that must wait for each other."""
    path: str
    """Layers or steps between two tokens that are far apart."""
    axes: tuple[AxisName, ...]
    """What its cost depends on."""
    recurrent: bool = False
    hidden: bool = False
    """Whether torch runs it on the CPU by a kernel whose operations its FLOP counter does not know."""


def _projections(sizes: Sizes) -> int:
    """Of each token: W_Q and W_O, W_K and W_V."""
    return 2 * sizes.d_model**2 + 2 * sizes.d_model * sizes.kv_heads * sizes.head_dim


def _all_pairs(sizes: Sizes, tokens: int) -> int:
    """Scores, and weights times values, of all pairs: what a mask forbids is computed too."""
    return tokens * _projections(sizes) + 2 * tokens**2 * sizes.d_model


def _all_pairs_newest(sizes: Sizes, tokens: int) -> int:
    return _projections(sizes) + 2 * tokens * sizes.d_model


def _without_cache_newest(sizes: Sizes, tokens: int) -> int:
    """One query, but the keys and values of all tokens projected again."""
    return (2 + 2 * tokens) * sizes.d_model**2 + 2 * tokens * sizes.d_model


def _near(sizes: Sizes, tokens: int) -> int:
    """Blocks of a window, each over itself and the one before; a text within one block has but that."""
    block = min(sizes.window, tokens)
    blocks = -(-tokens // block)
    seen = block if blocks == 1 else 2 * block
    return tokens * _projections(sizes) + 2 * sizes.d_model * blocks * block * seen


def _near_newest(sizes: Sizes, tokens: int) -> int:
    return _all_pairs_newest(sizes, min(sizes.window, tokens))


def _states(sizes: Sizes, tokens: int) -> int:
    """Chunks of D tokens (16 at least): their states, queries on states, and pairs within a chunk."""
    width = sizes.head_dim
    chunk = min(max(width, SMALLEST_CHUNK), tokens)
    chunks = -(-tokens // chunk)
    each = 2 * chunk * width * (width + 1) + chunk**2 * (2 * width + 1)
    return tokens * _projections(sizes) + sizes.num_heads * chunks * each


def _states_newest(sizes: Sizes, _tokens: int) -> int:
    return _projections(sizes) + 2 * sizes.num_heads * sizes.head_dim * (sizes.head_dim + 1)


def _gates(count: int, sizes: Sizes, tokens: int) -> int:
    """So many gates, each of a matrix for the input and one for the state."""
    return 2 * count * sizes.d_model**2 * tokens


def _gates_newest(count: int, sizes: Sizes, _tokens: int) -> int:
    return _gates(count, sizes, 1)


def _taps(sizes: Sizes, tokens: int) -> int:
    """Two convolutions; taps that meet nothing but padding are left out."""
    return 2 * min(TAPS, tokens) * sizes.d_model**2 * tokens


def _taps_newest(sizes: Sizes, tokens: int) -> int:
    """A step runs them on all that the newest token sees."""
    return _taps(sizes, min(2 * TAPS - 1, tokens))


_ALL_PAIRS = partial(Mechanism, forward=_all_pairs, order="n²·d + n·d²", sequential="1", path="1")
_RECURRENT = partial(Mechanism, order="n·d²", sequential="n", path="n", axes=("length", "d_model"), recurrent=True)
_GROUPED: tuple[AxisName, ...] = ("length", "heads", "d_model", "kv_heads")

MECHANISMS: dict[MechanismName, Mechanism] = {
    "traced": _ALL_PAIRS(build=TracedAttention, newest=_all_pairs_newest, axes=_GROUPED),
    "torch": _ALL_PAIRS(build=TorchAttention, newest=_without_cache_newest, axes=("length", "heads", "d_model")),
    "fused": _ALL_PAIRS(build=FusedAttention, newest=_all_pairs_newest, axes=_GROUPED, hidden=True),
    "window": Mechanism(
        build=WindowAttention,
        forward=_near,
        newest=_near_newest,
        order="w·n·d + n·d²",
        sequential="1",
        path="n/w",
        axes=(*_GROUPED, "window"),
        hidden=True,
    ),
    "linear": Mechanism(
        build=LinearAttention,
        forward=_states,
        newest=_states_newest,
        order="n·d²/h + n·d²",
        sequential="1",
        path="1",
        axes=_GROUPED,
    ),
    "lstm": _RECURRENT(
        build=partial(Recurrent, cell=nn.LSTM),
        forward=partial(_gates, 4),
        newest=partial(_gates_newest, 4),
        hidden=True,
    ),
    "gru": _RECURRENT(
        build=partial(Recurrent, cell=nn.GRU), forward=partial(_gates, 3), newest=partial(_gates_newest, 3)
    ),
    "convolution": Mechanism(
        build=Convolution,
        forward=_taps,
        newest=_taps_newest,
        order="k·n·d²",
        sequential="1",
        path="log_k n",
        axes=("length", "d_model"),
    ),
}
"""Sequential steps, paths and orders: Vaswani et al. 2017, table 1, https://arxiv.org/abs/1706.03762; of linear
attention Katharopoulos et al. 2020, section 3.3, https://arxiv.org/abs/2006.16236. The path of a convolution is that of
a stack whose taps lie ever further apart. To add a mechanism: a layer, a line here, its name and its words."""
