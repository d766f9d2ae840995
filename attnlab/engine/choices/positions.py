"""How a model learns where a token stands: added to x, rotated into query and key, or added to the scores."""

import functools
import math

import torch
from torch import Tensor

from attnlab.engine.seeds import generator

ROTARY_BASE = 10_000.0


def sinusoidal_positions(seq_len: int, d_model: int) -> Tensor:
    """(T, d_model) float64: sine in even coordinates, cosine in odd ones, wavelengths 2 pi ... 10000 * 2 pi.

    Source: Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762
    """
    angles = torch.arange(seq_len, dtype=torch.float64)[:, None] * sinusoidal_frequencies(d_model)[None, :]
    table = torch.empty(seq_len, d_model, dtype=torch.float64)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles[:, : d_model // 2].cos()
    return table


def sinusoidal_frequencies(d_model: int) -> Tensor:
    """(ceil(d_model / 2),) radians per position of each sine-cosine pair."""
    pairs = torch.arange(0, d_model, 2, dtype=torch.float64)
    return ROTARY_BASE ** (-pairs / d_model)


def learned_positions(seq_len: int, d_model: int, seed: int) -> Tensor:
    """(T, d_model) float64: a table as it stands before training, one seeded row a position.

    Rows have the mean square 1/2 of a sinusoidal row, so that switching between the two compares like with like.
    A row depends on (seed, position, d_model) alone: a longer sentence keeps the rows it had.
    """
    if seq_len == 0:
        return torch.empty(0, d_model, dtype=torch.float64)
    return torch.stack([_learned_row(position, d_model, seed) for position in range(seq_len)])


# One draw a row: torch draws numbers 16 at a time, the last 16 twice, so a longer draw does not begin with a shorter.
@functools.lru_cache(maxsize=4096)
def _learned_row(position: int, d_model: int, seed: int) -> Tensor:
    noise = generator(seed, "learned position", position)
    return torch.randn(d_model, dtype=torch.float64, generator=noise) * math.sqrt(0.5)


def rotary_angles(seq_len: int, head_dim: int, base: float = ROTARY_BASE) -> Tensor:
    """(T, head_dim // 2) float64: the angle by which RoPE turns each pair of coordinates at each position.

    The slowest pair turns by nearly 1 / base a position: long contexts take a larger base than the paper's.

    Source: Su et al. 2021 (RoFormer), eq. 15, https://arxiv.org/abs/2104.09864
    """
    pairs = torch.arange(head_dim // 2, dtype=torch.float64)
    frequencies = base ** (-2 * pairs / head_dim)
    return torch.arange(seq_len, dtype=torch.float64)[:, None] * frequencies[None, :]


def rotate(vectors: Tensor, angles: Tensor) -> Tensor:
    """Turn the coordinate pairs (0, 1), (2, 3), ... of each position by that position's angles.

    Args:
        vectors: (..., T, D), query or key. An odd last coordinate has no partner and stays as it is.
        angles: (T or more, D // 2), as `rotary_angles` gives them, on any device.

    Returns:
        (..., T, D). Pairs are neighbours, as in the paper; LLaMA's code pairs i with i + D/2 instead.

    Raises:
        ValueError: angles for fewer positions, or for more pairs, than vectors has.
    """
    length, dim = vectors.shape[-2:]
    if angles.ndim != 2 or angles.shape[0] < length or angles.shape[1] > dim // 2:
        raise ValueError(f"angles {tuple(angles.shape)} must be (T, D // 2) = {(length, dim // 2)}")
    angles = angles[:length]
    cosine, sine = angles.cos().to(vectors), angles.sin().to(vectors)
    paired = 2 * angles.shape[-1]
    even, odd = vectors[..., 0:paired:2], vectors[..., 1:paired:2]
    turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1).flatten(-2)
    return torch.cat((turned, vectors[..., paired:]), dim=-1)


@functools.lru_cache(maxsize=64)
def alibi_slopes(num_heads: int) -> tuple[float, ...]:
    """One slope a head: 2^(-8/H), 2^(-16/H), ...

    For a number of heads that is no power of two the authors' code takes the slopes of the power of two below
    and fills up with every second slope of the power above; so does this.

    Source: Press et al. 2021 (ALiBi), section 3, https://arxiv.org/abs/2108.12409
    """
    below = 2 ** int(math.log2(num_heads))
    slopes = [2.0 ** (-8 * (head + 1) / below) for head in range(below)]
    between = [2.0 ** (-8 * (head + 1) / (2 * below)) for head in range(0, 2 * below, 2)]
    return tuple((slopes + between)[:num_heads])


def alibi_bias(
    num_heads: int, num_queries: int, num_keys: int | None = None, *, device: torch.device | None = None
) -> Tensor:
    """(H, T, S) float64: minus slope times distance, added to the scaled scores.

    The paper is causal, where the distance is i - j; without a causal mask this takes |i - j|.
    """
    rows = torch.arange(num_queries, device=device).unsqueeze(-1)
    columns = torch.arange(num_queries if num_keys is None else num_keys, device=device)
    slopes = torch.tensor(alibi_slopes(num_heads), dtype=torch.float64, device=device)
    return -slopes[:, None, None] * (rows - columns).abs()


T5_BUCKETS, T5_FARTHEST = 32, 128


def t5_buckets(
    distance: Tensor, *, num_buckets: int = T5_BUCKETS, farthest: int = T5_FARTHEST, both_ways: bool = True
) -> Tensor:
    """Which of the buckets each distance (key - query) falls into; one half of them for each direction.

    Near distances have a bucket each, far ones share buckets that widen with the logarithm; all beyond `farthest` share
    the last. Not `both_ways`, as in a decoder, all buckets are for keys before the query, and those behind it are in
    the first.

    Source: Raffel et al. 2020 (T5), section 2.1, https://arxiv.org/abs/1910.10683
    """
    half = num_buckets // 2 if both_ways else num_buckets
    exact = half // 2
    away = distance.abs() if both_ways else (-distance).clamp(min=0)
    far = exact + (away.clamp(min=1).double() / exact).log() / math.log(farthest / exact) * (half - exact)
    behind = torch.where(distance > 0, half, 0) if both_ways else torch.zeros_like(distance)
    return behind + torch.where(away < exact, away, far.long().clamp(max=half - 1))


def t5_bias(num_heads: int, num_queries: int, num_keys: int | None = None, *, seed: int) -> Tensor:
    """(H, T, S) float64: one number a head and bucket of distance, as drawn before training.

    Source: Raffel et al. 2020 (T5), section 2.1, https://arxiv.org/abs/1910.10683
    """
    table = [
        torch.randn(T5_BUCKETS, dtype=torch.float64, generator=generator(seed, "t5 bias", head))
        for head in range(num_heads)
    ]
    return t5_table_bias(torch.stack(table), num_queries, num_keys)


def t5_table_bias(
    table: Tensor,
    num_queries: int,
    num_keys: int | None = None,
    *,
    farthest: int = T5_FARTHEST,
    both_ways: bool = True,
) -> Tensor:
    """(H, T, S): the number that a table (H, buckets), drawn or learned, has for each head and distance.

    Source: as `t5_buckets`, whose arguments these are.
    """
    rows = torch.arange(num_queries).unsqueeze(-1)
    columns = torch.arange(num_queries if num_keys is None else num_keys)
    buckets = t5_buckets(columns - rows, num_buckets=table.shape[1], farthest=farthest, both_ways=both_ways)
    return table[:, buckets]


def shaw_table(head_dim: int, *, max_distance: int = 8, seed: int) -> Tensor:
    """(2 * max_distance + 1, D) float64: a vector for each clipped distance, as drawn before training.

    Entries have variance 1, as those of a key do about, so that q . a is of the size of q . k. The paper adds vectors
    to the values too, and translates as well without them (its table 3).

    Source: Shaw et al. 2018, section 3.2, https://arxiv.org/abs/1803.02155
    """
    rows = [
        torch.randn(head_dim, dtype=torch.float64, generator=generator(seed, "shaw", distance))
        for distance in range(-max_distance, max_distance + 1)
    ]
    return torch.stack(rows)


def shaw_scores(query: Tensor, table: Tensor, num_keys: int) -> Tensor:
    """(B, H, T, S): q_i . a_(j - i), the distance clipped to the table: what relative positions add to q_i . k_j.

    Source: Shaw et al. 2018, eq. 4 and 5, https://arxiv.org/abs/1803.02155
    """
    reach = len(table) // 2
    rows = torch.arange(query.shape[2], device=query.device).unsqueeze(-1)
    distance = (torch.arange(num_keys, device=query.device) - rows).clamp(-reach, reach) + reach
    by_distance = query @ table.T
    return by_distance.gather(-1, distance.expand(*query.shape[:2], *distance.shape))


def position_similarity(table: Tensor) -> Tensor:
    """(T, T): the cosine of the angle between the vectors (T, d_model) of any two positions; 0 beside a zero vector."""
    unit = torch.nn.functional.normalize(table, dim=-1)
    return unit @ unit.T


def rotary_similarity(angles: Tensor) -> Tensor:
    """(T, T): what RoPE leaves of q . k when q = k, by position: the mean over pairs of cos((m - n) theta).

    Args:
        angles: (T, pairs), at least one pair, as `rotary_angles` gives them.

    Source: Su et al. 2021 (RoFormer), section 3.4.3, https://arxiv.org/abs/2104.09864
    """
    return (angles[:, None] - angles[None, :]).cos().mean(-1)


def bias_by_distance(bias: Tensor) -> Tensor:
    """(H, 2 T - 1): a bias (H, T, T) that knows distances alone, by key minus query from 1 - T to T - 1."""
    return torch.cat((bias[:, 1:, 0].flip(-1), bias[:, 0, :]), dim=-1)
