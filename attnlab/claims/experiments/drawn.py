"""What experiments on one layer draw: seeded queries, keys and values, in float64, so that nothing is rounding.

Every length differs from every width, so that a swapped axis is an error and no result.
"""

from dataclasses import dataclass
from math import prod, sqrt

import torch
from torch import Tensor

from attnlab.engine import Projections
from attnlab.engine.seeds import generator

HEADS, TOKENS, WIDTH = 4, 12, 16
"""H, T and d_model of a small layer."""
SAME = 1e-9
"""Largest difference of two results in float64 that are the same but for rounding."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """What meets in one attention layer."""

    query: Tensor  # (B, H, T, D)
    key: Tensor  # (B, H, T, D)
    value: Tensor  # (B, H, T, D)


def normal(seed: int, name: str, *shape: int) -> Tensor:
    """Independent normal numbers of variance 1, float64."""
    noise = generator(seed, "claim", name)
    return torch.randn(prod(shape), dtype=torch.float64, generator=noise).view(shape)


def vectors(seed: int, *, heads: int = HEADS, tokens: int = TOKENS, head_dim: int = 8) -> Vectors:
    """One example of independent queries, keys and values."""
    shape = (1, heads, tokens, head_dim)
    return Vectors(*(normal(seed, name, *shape) for name in ("query", "key", "value")))


def stream(seed: int, tokens: int = TOKENS, d_model: int = WIDTH) -> Tensor:
    """(1, T, d_model): one sentence of independent token vectors."""
    return normal(seed, "stream", 1, tokens, d_model)


def layer(seed: int, heads: int = HEADS, d_model: int = WIDTH) -> Projections:
    """The weights of one multi-head layer, with variance 1 / inputs."""
    return Projections(
        qkv_proj=normal(seed, "W_QKV", d_model, 3 * d_model) / sqrt(d_model),
        output_proj=normal(seed, "W_O", d_model, d_model) / sqrt(d_model),
        num_heads=heads,
        num_kv_heads=heads,
        head_dim=d_model // heads,
        value_dim=d_model // heads,
    )


def largest(first: Tensor, second: Tensor) -> float:
    """The largest absolute difference."""
    return float((first - second).abs().max())
