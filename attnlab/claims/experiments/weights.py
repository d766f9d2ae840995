"""Experiments on one row of weights: scaling, temperature, scores and normalizers."""

import torch
from torch import Tensor

from attnlab.claims.experiments.drawn import largest, normal, vectors
from attnlab.claims.measured import Measured, Size, figures_of, mean
from attnlab.engine import attention, attention_output
from attnlab.engine.analysis.differences import gradient_size
from attnlab.engine.analysis.measures import row_entropy_bits
from attnlab.engine.choices.normalizers import NORMALIZERS
from attnlab.engine.choices.scores import SCORES

WIDTHS = (4, 16, 64, 256)
ROWS: dict[Size, int] = {"tiny": 12, "quick": 48, "full": 192}
"""Tokens of a sentence: as many rows of weights a head."""
SETTLED = 0.01
"""A row whose gradient is below this has settled on one key: where two keys share a row evenly, it is 0.5."""
OFF = 1e-3
"""A row whose sum is further from 1 does not sum to 1."""


def scaling(seed: int, size: Size) -> Measured:
    """Rows of a softmax that have settled on one key, by the width of a head, with and without 1 / sqrt(d_k).

    Not the mean gradient of all rows: where a row has many keys, an even one lets little through as well, and the few
    rows in which two keys tie make up for the settled ones.

    Source: Vaswani et al. 2017, section 3.2.1, https://arxiv.org/abs/1706.03762
    """
    settled: dict[str, dict[float, float]] = {"scaled": {}, "unscaled": {}}
    gradient: dict[str, float] = {}
    for head_dim in WIDTHS:
        drawn = vectors(seed, tokens=ROWS[size], head_dim=head_dim)
        for name, scale in (("scaled", None), ("unscaled", 1.0)):
            weights = attention(drawn.query, drawn.key, drawn.value, scale=scale).weights
            sizes = gradient_size(weights)
            settled[name][head_dim] = float((sizes < SETTLED).double().mean())
            gradient[name] = float(sizes.mean())
    numbers: dict[str, float] = {"width": WIDTHS[-1], "tokens": ROWS[size]}
    for name in settled:
        numbers |= {f"{name}_settled_share": settled[name][WIDTHS[-1]], f"{name}_gradient": gradient[name]}
    return Measured(figures_of(settled), numbers)


def temperature(seed: int, size: Size) -> Measured:
    """Whether the order of the keys follows the temperature, and how sure a row is."""
    drawn = vectors(seed, tokens=ROWS[size])
    by_heat = {
        heat: attention(drawn.query, drawn.key, drawn.value, temperature=heat).weights
        for heat in (0.25, 0.5, 1.0, 2.0, 4.0)
    }
    orders = {heat: weights.argsort(dim=-1, stable=True) for heat, weights in by_heat.items()}
    entropy = {heat: float(row_entropy_bits(weights).mean()) for heat, weights in by_heat.items()}
    same = mean([float((order == orders[1.0]).all(-1).double().mean()) for order in orders.values()])
    numbers = {"same_order_share": same, "cold_bits": entropy[0.25], "warm_bits": entropy[4.0]}
    return Measured(figures_of({"entropy": entropy}), numbers)


def dot_and_cosine(seed: int, size: Size) -> Measured:
    """Dot product and cosine over the same queries and keys, of lengths that differ as trained ones do."""
    drawn = vectors(seed, tokens=ROWS[size])
    lengths = normal(seed, "lengths", 1, drawn.key.shape[1], drawn.key.shape[2], 1).mul(0.7).exp()
    key, scale = drawn.key * lengths, drawn.key.shape[-1] ** -0.5
    by_dot = torch.softmax(SCORES["dot"].function(drawn.query, key) * scale, dim=-1)
    by_cosine = torch.softmax(SCORES["cosine"].function(drawn.query, key), dim=-1)
    entropy = {name: float(row_entropy_bits(weights).mean()) for name, weights in _named(by_dot, by_cosine).items()}
    same = float((by_dot.argmax(-1) == by_cosine.argmax(-1)).double().mean())
    numbers = {
        "same_top_share": same,
        "dot_bits": entropy["dot"],
        "cosine_bits": entropy["cosine"],
        "most_bits": float(torch.tensor(float(by_dot.shape[-1])).log2()),
    }
    return Measured(figures_of({"entropy": entropy}), numbers)


def row_sums(seed: int, size: Size) -> Measured:
    """What rows and columns of weights sum to: of the engine's attention, and of every normalizer."""
    drawn = vectors(seed, tokens=ROWS[size])
    traced = attention(drawn.query, drawn.key, drawn.value)
    by_name = {name: normalizer(traced.scaled_scores) for name, normalizer in NORMALIZERS.items()}
    by_name["softmax"] = traced.weights
    sums = {name: float(weights.sum(-1).mean()) for name, weights in by_name.items()}
    off = {name: float((weights.sum(-1) - 1).abs().max()) for name, weights in by_name.items()}
    numbers = {
        "softmax_error": off["softmax"],
        "columns_low": float(traced.weights.sum(-2).min()),
        "columns_high": float(traced.weights.sum(-2).max()),
        "normalizers": len(off),
        "others_off": sum(error > OFF for name, error in off.items() if name != "softmax"),
    }
    return Measured(figures_of({"row_sum": sums}), numbers)


def zero_weights(seed: int, size: Size) -> Measured:
    """How many keys get no weight at all, by normalizer, and the smallest weight of a softmax."""
    drawn = vectors(seed, tokens=ROWS[size])
    traced = attention(drawn.query, drawn.key, drawn.value)
    by_name = {name: NORMALIZERS[name](traced.scaled_scores) for name in ("sparsemax", "entmax15")}
    by_name = {"softmax": traced.weights, **by_name}
    zeros = {name: float((weights == 0).double().mean()) for name, weights in by_name.items()}
    numbers = {
        "softmax_zero_share": zeros["softmax"],
        "sparsemax_zero_share": zeros["sparsemax"],
        "smallest": float(traced.weights.min()),
    }
    return Measured(figures_of({"zero": zeros}), numbers)


def symmetry(seed: int, size: Size) -> Measured:
    """How far w_ij is from w_ji, relative to the mean weight: of any weights, and where queries and keys are one."""
    drawn = vectors(seed, tokens=ROWS[size])
    apart = {
        "own_projections": _asymmetry(attention(drawn.query, drawn.key, drawn.value).weights),
        "one_projection": _asymmetry(attention(drawn.query, drawn.query, drawn.value).weights),
    }
    numbers = {f"{name}_apart": value for name, value in apart.items()}
    return Measured(figures_of({"apart": apart}), numbers)


def changed_word(seed: int, size: Size) -> Measured:
    """How much weight moves in the rows of all other words when one word is another: by how many are changed."""
    tokens = ROWS[size]
    one, other = vectors(seed, tokens=tokens), vectors(seed + 1, tokens=tokens)
    before = attention(one.query, one.key, one.value).weights
    moved: dict[float, float] = {}
    for count in (0, 1, 2, 4):
        key = one.key.clone()
        key[:, :, :count] = other.key[:, :, :count]
        after = attention(one.query, key, one.value).weights
        moved[count] = float((after - before)[:, :, count:].abs().sum(-1).mean() / 2)
    numbers = {"tokens": tokens, "moved_share": moved[1], "unchanged_share": moved[0]}
    return Measured(figures_of({"moved": moved}), numbers)


def _named(by_dot: Tensor, by_cosine: Tensor) -> dict[str, Tensor]:
    return {"dot": by_dot, "cosine": by_cosine}


def _asymmetry(weights: Tensor) -> float:
    return float((weights - weights.mT).abs().mean() / weights.mean())


def kernel(seed: int, size: Size) -> Measured:
    """The fused kernel beside the attention that writes every matrix down, in float32, by length."""
    differences: dict[str, dict[float, float]] = {"difference": {}, "rounding": {}}
    for tokens in (16, 64, 2 * ROWS[size]):
        drawn = vectors(seed, tokens=tokens)
        exact = attention(drawn.query, drawn.key, drawn.value).output
        query, key, value = (part.float() for part in (drawn.query, drawn.key, drawn.value))
        fused = attention_output(query, key, value)
        differences["difference"][tokens] = max(largest(fused.double(), exact), 1e-9)
        differences["rounding"][tokens] = torch.finfo(torch.float32).eps
    numbers = {"difference": max(differences["difference"].values()), "rounding": torch.finfo(torch.float32).eps}
    return Measured(figures_of(differences), numbers)
