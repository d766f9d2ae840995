"""Experiments on who sees whom, and on the order of words: masks, positions, the cache."""

from dataclasses import replace

import torch
from torch import Tensor

from attnlab.claims.experiments.drawn import SAME, largest, layer, stream, vectors
from attnlab.claims.measured import Measured, Size, figures_of
from attnlab.engine import attention, cached_attention_step, causal_mask, multi_head_attention
from attnlab.engine.efficient.kv_cache import KvCache
from attnlab.engine.seeds import generator
from attnlab.models import ModelConfig, SequenceModel

TOKENS: dict[Size, int] = {"tiny": 8, "quick": 12, "full": 48}
SWAPPED = (0, 5)
"""Places of the two words that change seats."""


def future(seed: int, size: Size) -> Measured:
    """How far the outputs before the last word move when that word is another, behind a causal mask and without."""
    tokens = TOKENS[size]
    one, other = vectors(seed, tokens=tokens), vectors(seed + 1, tokens=tokens)
    key, value = one.key.clone(), one.value.clone()
    key[:, :, -1], value[:, :, -1] = other.key[:, :, -1], other.value[:, :, -1]
    moved: dict[str, dict[float, float]] = {}
    for name, mask in (("causal", causal_mask(tokens)), ("open", None)):
        before = attention(one.query, one.key, one.value, mask=mask).output
        after = attention(one.query, key, value, mask=mask).output
        by_place = (after - before).abs().amax((0, 1, 3))
        moved[name] = {place + 1.0: float(by_place[place]) for place in range(tokens)}
    earlier = {name: max(list(places.values())[:-1]) for name, places in moved.items()}
    numbers = {"causal_moved": earlier["causal"], "open_moved": earlier["open"], "same": SAME}
    return Measured(figures_of(moved), numbers)


def word_order(seed: int, size: Size) -> Measured:
    """How far the answer at the last word moves when two earlier words change seats, in a model of two blocks.

    Source: Haviv et al. 2022, https://arxiv.org/abs/2203.16634
    """
    config = ModelConfig(
        family="transformer", vocab_size=64, num_outputs=8, positions="none", causal=False, max_len=64, seed=seed
    )
    words = torch.randperm(64, generator=generator(seed, "claim", "words"))[None, : TOKENS[size]]
    swapped = words.clone()
    first, second = SWAPPED
    swapped[:, [first, second]] = words[:, [second, first]]
    kinds = {
        "open": config,
        "causal": replace(config, causal=True),
        "with_positions": replace(config, positions="sinusoidal"),
    }
    moved = {name: _moved(SequenceModel(kind).double(), words, swapped) for name, kind in kinds.items()}
    return Measured(figures_of({"moved": moved}), {f"{name}_moved": value for name, value in moved.items()})


def _moved(model: SequenceModel, words: Tensor, swapped: Tensor) -> float:
    """Of the last word's answer, relative to its size."""
    model.eval()
    with torch.no_grad():
        before, after = model(words)[0, -1], model(swapped)[0, -1]
    return float((after - before).norm() / before.norm())


def cache(seed: int, size: Size) -> Measured:
    """Word by word with kept keys and values beside all at once: the difference, and the tokens that are projected."""
    tokens, weights = TOKENS[size], layer(seed)
    x = stream(seed, tokens)
    whole = multi_head_attention(x, weights, mask=causal_mask(tokens)).output
    kept: KvCache | None = None
    steps = []
    for place in range(tokens):
        step = cached_attention_step(x[:, place : place + 1], weights, kept)
        kept = step.cache
        steps.append(step.output)
    projected: dict[str, dict[float, float]] = {
        "without_cache": {place: place * (place + 1) / 2 for place in range(1, tokens + 1)},
        "with_cache": {place: place for place in range(1, tokens + 1)},
    }
    numbers = {
        "difference": largest(torch.cat(steps, dim=1), whole),
        "tokens": tokens,
        "without_cache": projected["without_cache"][tokens],
    }
    return Measured(figures_of(projected), numbers)
