"""Linear attention by its state: the sums over keys are formed once, and no (T, S) matrix at all.

output_i = phi(q_i) . sum_j phi(k_j) v_j^T / phi(q_i) . sum_j phi(k_j),    phi(x) = elu(x) + 1

cost O(T) in time and memory, where the same by the score `linear` costs O(T^2)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.attention import per_query_head, wide

SMALLEST_CHUNK = 16
"""Positions that are computed at once behind one state; of wider heads as many as a state has rows, so that the states
of all chunks together take no more room than the values."""


def linear_attention_output(
    query: Tensor, key: Tensor, value: Tensor, *, causal: bool, chunk: int | None = None
) -> Tensor:
    """Self-attention whose weights are phi(q_i) . phi(k_j), divided by their sum.

    Where queries may look ahead, one state serves all. Where they may not, the state of all earlier chunks is a
    running sum, and within a chunk each query meets the keys up to its own.

    Args:
        query: (B, H, T, D).
        key: (B, G, T, D); G divides H.
        value: (B, G, T, Dv).
        causal: whether a query sees no later keys.
        chunk: positions in a chunk; no matter to the result but by rounding. D if left out, and at least 16.

    Returns:
        (B, H, T, Dv): as attention by the score `linear`, whose softmax divides by the same sums.

    Raises:
        ValueError: a chunk below 1; no positions, or another number of keys than of queries.

    Source: Katharopoulos et al. 2020, eq. 5 to 12, https://arxiv.org/abs/2006.16236
    """
    _, heads, length, head_dim = query.shape
    chunk = max(head_dim, SMALLEST_CHUNK) if chunk is None else chunk
    if chunk < 1:
        raise ValueError(f"chunk ({chunk}) must be at least 1")
    if not length or key.shape[2] != length:
        raise ValueError(f"keys ({key.shape[2]}) must be as many as queries ({length}), at least 1")
    queries, keys = feature_map(wide(query)), feature_map(per_query_head(wide(key), heads))
    values = F.pad(per_query_head(wide(value), heads), (0, 1), value=1.0)  # with a 1, whose weighted sum is the divisor
    if causal:
        sums = _causal_sums(queries, keys, values, min(chunk, length))
    else:
        sums = queries @ (keys.transpose(-2, -1) @ values)
    divisor = sums[..., -1:].clamp(min=torch.finfo(sums.dtype).tiny)
    return (sums[..., :-1] / divisor).to(query.dtype)


def feature_map(vectors: Tensor) -> Tensor:
    """elu(x) + 1: above 0 everywhere.

    Source: Katharopoulos et al. 2020, eq. 7, https://arxiv.org/abs/2006.16236
    """
    return F.elu(vectors) + 1


def _causal_sums(queries: Tensor, keys: Tensor, values: Tensor, chunk: int) -> Tensor:
    """(B, H, T, Dv + 1): for each query the sum of phi(q) . phi(k) v over the keys up to its own."""
    length = queries.shape[2]
    queries, keys, values = (_chunks(vectors, chunk) for vectors in (queries, keys, values))
    states = (keys.transpose(-2, -1) @ values).cumsum(2)  # (B, H, n, D, Dv + 1)
    # Shifted, not subtracted: what is added and taken away again would leave its rounding in earlier answers.
    earlier = F.pad(states[:, :, :-1], (0, 0, 0, 0, 1, 0))
    within = (queries @ keys.transpose(-2, -1)).tril()  # (B, H, n, chunk, chunk)
    sums = queries @ earlier + within @ values
    return sums.flatten(2, 3)[:, :, :length]


def _chunks(vectors: Tensor, chunk: int) -> Tensor:
    """(B, H, T, D) -> (B, H, n, chunk, D), zeros behind the end."""
    batch, heads, length, width = vectors.shape
    padded = F.pad(vectors, (0, 0, 0, -length % chunk))
    return padded.view(batch, heads, -1, chunk, width)
