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


def rotary_angles(seq_len: int, head_dim: int) -> Tensor:
    """(T, head_dim // 2) float64: the angle by which RoPE turns each pair of coordinates at each position.

    Source: Su et al. 2021 (RoFormer), eq. 15, https://arxiv.org/abs/2104.09864
    """
    pairs = torch.arange(head_dim // 2, dtype=torch.float64)
    frequencies = ROTARY_BASE ** (-2 * pairs / head_dim)
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
