"""How a query and a key are compared: one function a score, one line in the registry.

A score takes query (B, H, T, D) and key (B, H, S, D), and weights of its own if it has any, and gives (B, H, T, S),
before the scores are divided by sqrt(D). Each function stands on its own: its source is what an exported script shows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.seeds import generator


def dot_score(query: Tensor, key: Tensor) -> Tensor:
    """s_ij = q_i . k_j: how far two vectors point the same way, times how long they are.

    Source: Luong et al. 2015, section 3.1, https://arxiv.org/abs/1508.04025; divided by sqrt(D): Vaswani et al. 2017,
    eq. 1, https://arxiv.org/abs/1706.03762
    """
    return query @ key.transpose(-2, -1)


def cosine_score(query: Tensor, key: Tensor) -> Tensor:
    """s_ij = q_i . k_j / (|q_i| |k_j|): the angle alone, from -1 to 1; 0 where a vector is zero.

    Source: Graves et al. 2014 (Neural Turing Machines), eq. 6, https://arxiv.org/abs/1410.5401
    """
    return F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)


def additive_score(query: Tensor, key: Tensor, query_weight: Tensor, key_weight: Tensor, vector: Tensor) -> Tensor:
    """s_ij = v . tanh(q_i W_q + k_j W_k): a small network looks at both.

    Args:
        query: (B, H, T, D).
        key: (B, H, S, D).
        query_weight: W_q, (H, D, D).
        key_weight: W_k, (H, D, D).
        vector: v, (H, D).

    Source: Bahdanau et al. 2014, appendix A.1.2, https://arxiv.org/abs/1409.0473
    """
    asked, offered = query @ query_weight, key @ key_weight
    by_head = [  # one head at a time: (B, T, S, D) of all heads at once would be gigabytes for a long sentence
        torch.tanh(asked[:, head, :, None] + offered[:, head, None]) @ vector[head] for head in range(query.shape[1])
    ]
    return torch.stack(by_head, dim=1)


def bilinear_score(query: Tensor, key: Tensor, weight: Tensor) -> Tensor:
    """s_ij = q_i W k_j: a matrix (H, D, D) says which numbers of a query ask for which numbers of a key.

    Source: Luong et al. 2015, section 3.1 ("general"), https://arxiv.org/abs/1508.04025
    """
    return query @ weight @ key.transpose(-2, -1)


def gaussian_score(query: Tensor, key: Tensor) -> Tensor:
    """s_ij = -|q_i - k_j|^2 / 2: the nearer, the better, and never above 0. Its exponential is a Gaussian kernel.

    Source: Tsai et al. 2019, section 3.1, https://arxiv.org/abs/1908.11775
    """
    # Not by way of |q|^2 - 2 q . k + |k|^2, which loses every digit where long vectors lie close.
    return -torch.cdist(query, key, compute_mode="donot_use_mm_for_euclid_dist").square() / 2


def linear_score(query: Tensor, key: Tensor) -> Tensor:
    """s_ij = log(phi(q_i) . phi(k_j)) with phi = elu + 1: the softmax of it is linear attention.

    e^s is the kernel itself, so the weights are phi(q_i) . phi(k_j) over their sum; without the (T, S) matrix the same
    output costs O(T).

    Source: Katharopoulos et al. 2020, eq. 5 and 7, https://arxiv.org/abs/2006.16236
    """
    kernel = (F.elu(query) + 1) @ (F.elu(key) + 1).transpose(-2, -1)
    return kernel.clamp(min=torch.finfo(kernel.dtype).tiny).log()


def no_parameters(num_heads: int, head_dim: int, seed: int) -> dict[str, Tensor]:  # noqa: ARG001 - of all one kind
    """A score without weights of its own."""
    return {}


def bilinear_parameters(num_heads: int, head_dim: int, seed: int) -> dict[str, Tensor]:
    """The identity and half a random matrix: near enough to the dot product for designed heads to keep their sense."""
    noise = _drawn("bilinear", num_heads, (head_dim, head_dim), seed)
    return {"weight": torch.eye(head_dim, dtype=torch.float64) + 0.5 / math.sqrt(head_dim) * noise}


def additive_parameters(num_heads: int, head_dim: int, seed: int) -> dict[str, Tensor]:
    """Seeded normal numbers, as before training."""
    size = 1 / math.sqrt(head_dim)
    return {
        "query_weight": size * _drawn("additive query", num_heads, (head_dim, head_dim), seed),
        "key_weight": size * _drawn("additive key", num_heads, (head_dim, head_dim), seed),
        "vector": _drawn("additive vector", num_heads, (head_dim,), seed),
    }


def _drawn(name: str, num_heads: int, shape: tuple[int, ...], seed: int) -> Tensor:
    """(H, *shape) float64; each head has its own seed, so that more heads keep the first ones."""
    heads = [
        torch.randn(shape, dtype=torch.float64, generator=generator(seed, name, head)) for head in range(num_heads)
    ]
    return torch.stack(heads)


@dataclass(frozen=True)
class ScoreVariant:
    """A score function and what comes with it."""

    function: Callable[..., Tensor]
    scaled: bool = False  # whether scores are divided by sqrt(D)
    parameters: Callable[[int, int, int], dict[str, Tensor]] = no_parameters  # (heads, head_dim, seed) -> its weights


SCORES: dict[str, ScoreVariant] = {
    "scaled_dot": ScoreVariant(dot_score, scaled=True),
    "dot": ScoreVariant(dot_score),
    "cosine": ScoreVariant(cosine_score),
    "additive": ScoreVariant(additive_score, parameters=additive_parameters),
    "bilinear": ScoreVariant(bilinear_score, parameters=bilinear_parameters),
    "gaussian": ScoreVariant(gaussian_score, scaled=True),
    "linear": ScoreVariant(linear_score),
}
