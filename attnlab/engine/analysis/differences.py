"""How two layers differ, head by head: rows of weights as distributions, outputs as directions, and the gradient.

Two layers may have another number of heads or tokens. Heads are paired by their number, queries and keys by their
position; a key that one of the two does not have counts as a key without weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.analysis.measures import row_entropy_bits
from attnlab.engine.trace import LayerTrace

# J = diag(s) - s s^T / sum(s) with s = p ** (2 - alpha), for the maps that are alpha-entmax of their logits.
_ENTMAX = {"softmax": 1.0, "entmax15": 1.5, "sparsemax": 2.0}


@dataclass(frozen=True)
class HeadDifference:
    """What became of one head from A to B: the mean over the queries that both have."""

    divergence_bits: float  # Jensen-Shannon, 0: the same rows, 1: rows that share no key
    moved: float  # total variation, 0 to 1: the share of the weight that lies on other keys
    output_cosine: float | None  # 1: outputs point the same way; None where their lengths differ


def jensen_shannon_bits(first: Tensor, second: Tensor) -> Tensor:
    """Jensen-Shannon divergence of two rows of weights, in bits: 0 if they are equal, 1 if they share no key.

    Rows that do not sum to 1 (sigmoid attention, an attention sink) are compared by how they share their weight out.
    Two rows without any weight are equal; one without and one with weight share nothing.

    Args:
        first: (..., S). Weights below 0, which only a hand can set, count as 0.
        second: (..., S).

    Returns:
        (...), float64.

    Source: Lin 1991, eq. 4.1 with equal weights, https://doi.org/10.1109/18.61115
    """
    p, q = _shared_out(first), _shared_out(second)
    divergence = row_entropy_bits((p + q) / 2) - (row_entropy_bits(p) + row_entropy_bits(q)) / 2
    only_one = (p.sum(-1) > 0) != (q.sum(-1) > 0)
    return divergence.clamp(0, 1).masked_fill(only_one, 1.0)


def total_variation(first: Tensor, second: Tensor) -> Tensor:
    """Half the sum of the absolute differences of two rows: (..., S), (..., S) -> (...), float64."""
    return (second.double() - first.double()).abs().sum(-1) / 2


def output_cosine(first: Tensor, second: Tensor) -> Tensor:
    """Cosine of the angle between outputs: (..., D), (..., D) -> (...), float64.

    Two outputs of zeros point the same way (1); one of zeros and another that is not have nothing in common (0).
    """
    a, b = first.double(), second.double()
    both_zero = (a == 0).all(-1) & (b == 0).all(-1)
    return F.cosine_similarity(a, b, dim=-1).masked_fill(both_zero, 1.0)


def gradient_size(weights: Tensor, normalizer: str = "softmax") -> Tensor:
    """How much weights can still be moved by their scores: the Frobenius norm of the Jacobian, row by row.

    A row that has settled on one key has none left, which is why scores are divided by sqrt(d_k).

    Args:
        weights: (..., S), what the normalizer gave.
        normalizer: which one; its derivative can be written in terms of the weights alone.

    Returns:
        (...), float64, of the derivative by the logits that entered the normalizer.

    Raises:
        ValueError: a normalizer of which this is not known.

    Source: softmax and saturation, Vaswani et al. 2017, section 3.2.1, https://arxiv.org/abs/1706.03762; sparsemax and
    entmax, Peters, Niculae and Martins 2019, proposition 2, https://arxiv.org/abs/1905.05702
    """
    p = weights.double()
    if normalizer == "hard":  # constant wherever it has a derivative
        return torch.zeros(p.shape[:-1], dtype=torch.float64, device=p.device)
    if normalizer == "relu":  # 1 / S for each key that has weight
        return (p > 0).double().sum(-1).sqrt() / max(p.shape[-1], 1)
    if normalizer == "sigmoid":
        return (p * (1 - p)).square().sum(-1).sqrt()
    if normalizer == "softmax_one":  # the term beside the keys takes no part in the sums
        return _jacobian_norm(p, torch.ones_like(p[..., 0]))
    if normalizer not in _ENTMAX:
        raise ValueError(f"normalizer ({normalizer!r}) must be hard, relu, sigmoid, softmax_one, {', '.join(_ENTMAX)}")
    support = torch.where(p > 0, p ** (2 - _ENTMAX[normalizer]), 0.0)
    total = support.sum(-1)
    # Under a sink, softmax leaves rows that sum to less than 1; their Jacobian is diag(p) - p p^T all the same.
    total = torch.ones_like(total) if normalizer == "softmax" else total.where(total > 0, 1.0)
    return _jacobian_norm(support, total)


def head_differences(first: LayerTrace, second: LayerTrace) -> tuple[HeadDifference, ...]:
    """Each head that both layers have, compared on the query positions that both have."""
    heads = min(first.spec.num_heads, second.spec.num_heads)
    queries = min(len(first.tokens), len(second.tokens))
    keys = max(len(first.tokens), len(second.tokens))
    a, b = (_padded(one.weights[:heads, :queries], keys) for one in (first, second))
    outputs = [one.layer.heads.output[0, :heads, :queries].cpu() for one in (first, second)]
    alike = outputs[0].shape == outputs[1].shape
    cosines = output_cosine(*outputs).mean(-1).tolist() if alike else [None] * heads
    divergences = jensen_shannon_bits(a, b).mean(-1).tolist()
    return tuple(map(HeadDifference, divergences, total_variation(a, b).mean(-1).tolist(), cosines))


def reordering(first: Sequence[str], second: Sequence[str]) -> tuple[int, ...] | None:
    """Where each token of the first stands in the second, if the second holds the same tokens in another order.

    Equal tokens keep their order among themselves.

    Returns:
        For each position of the first one of the second; None if they are equal or do not hold the same tokens.
    """
    if sorted(first) != sorted(second) or list(first) == list(second):
        return None
    places: dict[str, list[int]] = {}
    for place, token in enumerate(second):
        places.setdefault(token, []).append(place)
    found = {token: iter(where) for token, where in places.items()}
    return tuple(next(found[token]) for token in first)


def output_difference(first: LayerTrace, second: LayerTrace, order: Sequence[int]) -> float | None:
    """The largest difference between the outputs of two layers, the second's put in this order.

    Args:
        first: a layer on T tokens.
        second: another.
        order: T positions of the second.

    Returns:
        None where the outputs are not of one width.
    """
    a, b = first.layer.output[0].double().cpu(), second.layer.output[0].double().cpu()[list(order)]
    return float((a - b).abs().max()) if a.shape == b.shape else None


def _shared_out(weights: Tensor) -> Tensor:
    rows = weights.double().clamp(min=0)
    total = rows.sum(-1, keepdim=True)
    return rows / total.where(total > 0, 1.0)


def _jacobian_norm(s: Tensor, total: Tensor) -> Tensor:
    """Frobenius norm of diag(s) - s s^T / total, without the matrix: (..., S), (...) -> (...)."""
    squares = (s**2).sum(-1)
    return (squares - 2 * (s**3).sum(-1) / total + (squares / total) ** 2).clamp(min=0).sqrt()


def _padded(weights: Tensor, keys: int) -> Tensor:
    """(H, T, S) -> (H, T, keys) on the CPU."""
    return F.pad(weights.cpu().double(), (0, keys - weights.shape[-1]))
