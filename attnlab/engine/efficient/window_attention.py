"""Attention within a window, block by block: what a window mask allows is computed, and nothing else.

cost O(T w) in time and memory, where the same behind `window_mask` costs O(T^2)
"""

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.attention import attention_output
from attnlab.engine.choices.positions import alibi_bias


def window_attention_output(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    window: int,
    causal: bool,
    alibi: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Self-attention in which each query sees the keys fewer than `window` steps away, its own included.

    Queries are taken in blocks of `window`. All that a block may see lies in itself, the block before it and, where
    queries may look ahead, the block behind it; the fused kernel runs on these blocks as on so many heads.

    Args:
        query: (B, H, T, D).
        key: (B, G, T, D); G divides H.
        value: (B, G, T, Dv).
        window: keys to a side, the query's own included; a window of 1 is itself alone.
        causal: whether a query sees no later keys.
        alibi: whether ALiBi's biases are added to the scores.
        scale: factor on the scores; 1 / sqrt(D) if left out.

    Returns:
        (B, H, T, Dv): as `attention_output` behind `window_mask`, and `causal_mask` where causal.

    Raises:
        ValueError: as `attention_output`; a window below 1; no positions, or another number of keys than of queries.

    Sources: Beltagy et al. 2020 (Longformer), section 3.1, https://arxiv.org/abs/2004.05150; causal: Jiang et al. 2023
    (Mistral 7B), section 2, https://arxiv.org/abs/2310.06825
    """
    batch, heads, length, _ = query.shape
    if window < 1:
        raise ValueError(f"window ({window}) must be at least 1")
    if not length or key.shape[2] != length:
        raise ValueError(f"keys ({key.shape[2]}) must be as many as queries ({length}), at least 1")
    block = min(window, length)
    before = int(block < length)
    after = 0 if causal else before
    seen = seen_keys(length, window, causal, query.device)
    output = attention_output(
        _blocks(query, block, 0, 0),
        _blocks(key, block, before, after),
        _blocks(value, block, before, after),
        mask=seen.unsqueeze(1).expand(-1, heads, -1, -1).flatten(0, 1),
        bias=_block_bias(heads, block, before, after).to(query).repeat(len(seen), 1, 1) if alibi else None,
        scale=scale,
    )
    return output.view(batch, -1, heads, block, output.shape[-1]).transpose(1, 2).flatten(2, 3)[:, :, :length]


def _blocks(heads: Tensor, block: int, before: int, after: int) -> Tensor:
    """(B, G, T, D) -> (B, n * G, (before + 1 + after) * block, D): each block with its neighbours, zeros past the ends.

    The heads of a block lie side by side, so that grouped heads find their keys.
    """
    batch, groups, length, width = heads.shape
    count = -(-length // block)
    padded = F.pad(heads, (0, 0, before * block, (count + after) * block - length))
    cut = padded.view(batch, groups, before + count + after, block, width)
    near = torch.cat([cut[:, :, step : step + count] for step in range(before + 1 + after)], dim=3)
    return near.transpose(1, 2).flatten(1, 2)


@functools.lru_cache(maxsize=8)
def seen_keys(length: int, window: int, causal: bool, device: torch.device) -> Tensor:
    """(n, block, keys of a block) bool, True = may attend: within the window, and no zeros past the ends."""
    with torch.inference_mode(False):  # an inference tensor left in the cache could never be trained with
        block = min(window, length)
        before = int(block < length)
        starts = torch.arange(0, length, block, device=device)[:, None, None]
        rows = starts + torch.arange(block, device=device)[:, None]
        keys = (1 + before + (0 if causal else before)) * block
        columns = starts - before * block + torch.arange(keys, device=device)
        near = (rows - columns).abs() < window
        inside = (columns >= 0) & (columns < length)
        return near & inside & (columns <= rows) if causal else near & inside


def _block_bias(num_heads: int, block: int, before: int, after: int) -> Tensor:
    """(H, block, keys of a block) float64: ALiBi knows distances alone, so that one serves all blocks."""
    around = alibi_bias(num_heads, (before + 1 + after) * block)
    return around[:, before * block : (before + 1) * block]
