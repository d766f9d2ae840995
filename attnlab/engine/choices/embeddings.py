"""Seeded token embeddings: a vector depends on (seed, token) alone, so typing leaves the other tokens as they were."""

import functools

import torch
from torch import Tensor

from attnlab.engine.seeds import generator


@functools.lru_cache(maxsize=4096)
def seeded_embedding(token: str, d_model: int, seed: int) -> Tensor:
    """(d_model,) float64, independent standard normal coordinates. Shared: nobody writes into it."""
    return torch.randn(d_model, dtype=torch.float64, generator=generator(seed, "token", token))
