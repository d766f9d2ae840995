"""Bytes by arithmetic: the scores of all pairs, a cache of keys and values, and what a card holds.

GB are 10^9 bytes, as models are told; GiB are 2^30, as the memory of cards is.
"""

from dataclasses import dataclass

from attnlab.costs.known_models import KnownModel
from attnlab.engine import kv_cache_bytes

GIBIBYTE = 2**30
CACHE_BYTES = 2  # of a number in the cache: float16 or bfloat16


def score_bytes(seq_len: int, num_heads: int, dtype_bytes: int = 4) -> int:
    """One matrix (H, T, T), which the fused kernel never holds: n^2 h numbers."""
    return seq_len**2 * num_heads * dtype_bytes


def weight_bytes(model: KnownModel, bits: int) -> int:
    """All parameters at so many bits each; the scales of quantised ones aside."""
    return model.parameters * bits // 8


def cache_bytes(model: KnownModel, seq_len: int, batch: int = 1, num_kv_heads: int | None = None) -> int:
    """The keys and values of texts of seq_len tokens in 16 bits, with other key/value heads than its own if said."""
    heads = model.num_kv_heads if num_kv_heads is None else num_kv_heads
    return kv_cache_bytes(model.num_layers, heads, model.head_dim, seq_len, CACHE_BYTES, batch)


@dataclass(frozen=True)
class Fitting:
    """A model on a card."""

    weights: int  # bytes
    cache: int  # bytes, of all texts
    card: int  # bytes
    most_tokens: int
    """Of each text, that fit beside the weights; 0 if not even these do. What a run needs beside is not counted."""

    @property
    def fits(self) -> bool:
        """Whether weights and cache fit."""
        return self.weights + self.cache <= self.card


def fitting_on(model: KnownModel, card_gib: int, bits: int, seq_len: int, batch: int = 1) -> Fitting:
    """Weights and cache on a card.

    Args:
        model: its sizes.
        card_gib: memory of the card, GiB.
        bits: of a weight.
        seq_len: tokens of each text.
        batch: texts at once.
    """
    weights, card = weight_bytes(model, bits), card_gib * GIBIBYTE
    left = max(card - weights, 0)
    return Fitting(weights, cache_bytes(model, seq_len, batch), card, left // cache_bytes(model, 1, batch))


def head_counts(model: KnownModel) -> list[tuple[str, int]]:
    """As many key/value heads as heads (mha), its own number if that is another one (gqa), and one for all (mqa)."""
    between = [("gqa", model.num_kv_heads)] if 1 < model.num_kv_heads < model.num_heads else []
    return [("mha", model.num_heads), *between, ("mqa", 1)]
