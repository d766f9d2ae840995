"""Experiments on cost: multiply-adds as torch counts them, and parameters. Counted, not timed: the same everywhere."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import log2
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from attnlab.claims.experiments.drawn import layer, normal, stream
from attnlab.claims.measured import Measured, Size, figures_of
from attnlab.engine import multi_head_attention, window_attention_output
from attnlab.models import FamilyName, ModelConfig, count_parameters

D_MODEL = 64
KERNEL = 3
LENGTHS: dict[Size, tuple[int, ...]] = {
    "tiny": (64, 128, 256),
    "quick": (64, 128, 256, 512, 1024),
    "full": (64, 128, 256, 512, 1024, 2048, 4096),
}
WINDOWED = 1024
COUNTED: tuple[FamilyName, ...] = ("transformer", "lstm", "gru", "rnn", "tcn")


def growth(seed: int, size: Size) -> Measured:
    """Multiply-adds of one layer by length: attention, a recurrent network, a convolution; and their exponents.

    Source: Vaswani et al. 2017, table 1, https://arxiv.org/abs/1706.03762
    """
    projections, cell = layer(seed, 1, D_MODEL), nn.RNNCell(D_MODEL, D_MODEL).double()
    convolution = nn.Conv1d(D_MODEL, D_MODEL, KERNEL, padding=KERNEL // 2).double()
    layers: Mapping[str, Callable[[Tensor], object]] = {
        "attention": lambda x: multi_head_attention(x, projections),
        "rnn": lambda x: _read(cell, x),
        "convolution": lambda x: convolution(x.mT),
    }
    work = {
        name: {length: _multiply_adds(run, stream(seed, length, D_MODEL)) for length in LENGTHS[size]}
        for name, run in layers.items()
    }
    numbers = {f"{name}_exponent": _exponent(counts) for name, counts in work.items()}
    last = LENGTHS[size][-1]
    numbers |= {"length": last, "width": D_MODEL, "times": work["attention"][last] / work["rnn"][last]}
    return Measured(figures_of(work), numbers)


def window(seed: int, size: Size) -> Measured:
    """Multiply-adds of attention within a window, computed block by block, by the width of the window."""
    tokens = WINDOWED if size != "tiny" else 256
    query, key, value = (normal(seed, name, 1, 1, tokens, D_MODEL).float() for name in ("query", "key", "value"))
    widths = tuple(2**power for power in range(3, round(log2(tokens)) - 1))

    def within(width: int) -> float:
        return _multiply_adds(lambda x: window_attention_output(x, key, value, window=width, causal=True), query)

    work: dict[str, dict[int, float]] = {
        "window": {width: within(width) for width in widths},
        "all_pairs": dict.fromkeys(widths, float(2 * tokens * tokens * D_MODEL)),
    }
    numbers = {
        "tokens": tokens,
        "exponent": _exponent(work["window"]),
        "narrow_share": work["window"][widths[0]] / work["all_pairs"][widths[0]],
        "wide_share": work["window"][widths[-1]] / work["all_pairs"][widths[-1]],
        "narrow": widths[0],
        "wide": widths[-1],
    }
    return Measured(figures_of(work), numbers)


def parameters(seed: int, size: Size) -> Measured:
    """Parameters of the bodies of one width, by the longest text that they may read."""
    lengths = LENGTHS[size]
    config = ModelConfig(
        family="transformer", vocab_size=16, num_outputs=16, d_model=D_MODEL, ff_multiple=None, num_layers=1, seed=seed
    )
    counts: dict[str, dict[int, float]] = {
        family: {
            length: float(count_parameters(replace(config, family=family, max_len=min(length, 2048)))[0])
            for length in lengths
        }
        for family in COUNTED
    }
    attention = counts["transformer"]
    numbers = {
        "short": lengths[0],
        "long": min(lengths[-1], 2048),
        "attention": attention[lengths[0]],
        "lstm": counts["lstm"][lengths[0]],
        "times": attention[lengths[-1]] / attention[lengths[0]],
    }
    return Measured(figures_of(counts), numbers)


def _read(cell: nn.RNNCell, x: Tensor) -> Tensor:
    """The last state of a recurrent layer, position by position."""
    state = x.new_zeros(1, D_MODEL)
    for place in range(x.shape[1]):
        state = cell(x[:, place], state)
    return state


def _multiply_adds(run: Callable[[Tensor], object], x: Tensor) -> float:
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=_FUSED) as counter:
        run(x)
    return float(counter.get_total_flops()) / 2


def _fused_flops(query: torch.Size, key: torch.Size, value: torch.Size, *_args: Any, **_kwargs: Any) -> int:
    count: int = sdpa_flop_count(query, key, value)  # type: ignore[no-untyped-call]
    return count


_FUSED = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _fused_flops}
"""The fused kernel of the CPU, which torch's counter leaves out."""


def _exponent(counts: Mapping[int, float]) -> float:
    """Of the last doubling: 1 where cost grows with the length, 2 with its square."""
    (short, before), (long, after) = list(counts.items())[-2:]
    return log2(after / before) / log2(long / short)
