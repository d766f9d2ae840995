"""How a row of scores becomes weights: one function a normalizer, one line in the registry.

A normalizer takes logits (..., S), minus infinity where a key is masked, and gives weights (..., S) of the same shape.
Masked keys get 0, and a row of nothing but masked keys gives zeros, never NaN. Each function stands on its own: its
source is what an exported script shows.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def softmax(logits: Tensor) -> Tensor:
    """a_j = e^z_j / sum_k e^z_k: shares of attention, none of them zero.

    Source: Vaswani et al. 2017, eq. 1, https://arxiv.org/abs/1706.03762
    """
    blind = (logits == -math.inf).all(-1, keepdim=True)
    return torch.softmax(logits.masked_fill(blind, 0.0), dim=-1).masked_fill(blind, 0.0)


def sink_softmax(logits: Tensor, sink: float) -> Tensor:
    """a_j = e^z_j / (e^sink + sum_k e^z_k): what the sink takes goes nowhere, so a row may sum to less than 1.

    Source: OpenAI 2025 (gpt-oss), section 2.2, https://arxiv.org/abs/2508.10925, where each head learns its sink; why
    heads need one: Xiao et al. 2023, https://arxiv.org/abs/2309.17453
    """
    with_sink = torch.cat((logits, torch.full_like(logits[..., :1], sink)), dim=-1)
    return torch.softmax(with_sink, dim=-1)[..., :-1]


def softmax_one(logits: Tensor) -> Tensor:
    """a_j = e^z_j / (1 + sum_k e^z_k): a sink of 0, so that a query may attend to nothing.

    Source: Miller 2023, https://www.evanmiller.org/attention-is-off-by-one.html
    """
    return sink_softmax(logits, 0.0)


def sparsemax(logits: Tensor) -> Tensor:
    """a_j = max(z_j - threshold, 0), the threshold such that they sum to 1: keys far below the best get exactly 0.

    Source: Martins and Astudillo 2016, algorithm 1, https://arxiv.org/abs/1602.02068
    """
    shifted = below_the_best(logits)
    ordered = shifted.sort(dim=-1, descending=True).values
    count = torch.arange(1, logits.shape[-1] + 1, dtype=logits.dtype, device=logits.device)
    excess = ordered.cumsum(-1) - 1
    support = (ordered * count > excess).sum(-1, keepdim=True)
    threshold = excess.gather(-1, (support - 1).clamp(min=0)) / support.clamp(min=1)
    return (shifted - threshold).clamp(min=0).masked_fill(logits == -math.inf, 0.0)


def entmax15(logits: Tensor) -> Tensor:
    """a_j = max(z_j / 2 - threshold, 0)^2, summing to 1: halfway between softmax and sparsemax.

    Source: Peters et al. 2019, algorithm 2, https://arxiv.org/abs/1905.05702
    """
    shifted = below_the_best(logits) / 2
    ordered = shifted.sort(dim=-1, descending=True).values
    count = torch.arange(1, logits.shape[-1] + 1, dtype=logits.dtype, device=logits.device)
    mean = ordered.cumsum(-1) / count
    spread = ordered.square().cumsum(-1) - count * mean.square()  # sum of squares around the mean of the first keys
    thresholds = mean - ((1 - spread) / count).clamp(min=0).sqrt()
    support = (thresholds <= ordered).sum(-1, keepdim=True)
    threshold = thresholds.gather(-1, (support - 1).clamp(min=0))
    return (shifted - threshold).clamp(min=0).square().masked_fill(logits == -math.inf, 0.0)


def sigmoid(logits: Tensor) -> Tensor:
    """a_j = 1 / (1 + S e^-z_j): each key by itself; S keys of score 0 share about as a softmax would.

    Source: Ramapuram et al. 2024, section 2, https://arxiv.org/abs/2409.04431, with b = -log S.
    """
    return torch.sigmoid(logits - math.log(max(logits.shape[-1], 1)))


def relu(logits: Tensor) -> Tensor:
    """a_j = max(z_j, 0) / S: each key by itself, nothing for scores below zero, and no sum to one.

    Source: Wortsman et al. 2023, section 3, https://arxiv.org/abs/2309.08586
    """
    return logits.clamp(min=0) / max(logits.shape[-1], 1)


def hard(logits: Tensor) -> Tensor:
    """All weight on the largest score, shared where several are largest.

    Equal keys get scores that may differ in their last bits, for a matrix product adds up in another order from column
    to column. So a key shares that is below the largest by no more than 128 roundings of the row's largest size, which
    counts as 1 at least: 2e-5 of it in float32, 3e-14 in float64.

    Source: Xu et al. 2015, section 4.1, https://arxiv.org/abs/1502.03044, which draws the one key at random instead.
    """
    largest = logits.amax(-1, keepdim=True)
    size = logits.masked_fill(logits == -math.inf, 0.0).abs().amax(-1, keepdim=True).clamp(min=1)
    best = (logits >= largest - 128 * torch.finfo(logits.dtype).eps * size) & (logits > -math.inf)
    return best.to(logits.dtype) / best.sum(-1, keepdim=True).clamp(min=1)


def below_the_best(logits: Tensor) -> Tensor:
    """Each row less its largest value, masked keys far below: sums of what is left neither overflow nor make NaN."""
    best = logits.amax(-1, keepdim=True).clamp(min=torch.finfo(logits.dtype).min)
    # A key this far below the best has no share in any of these, and its square is still a number.
    return (logits - best).clamp(min=-1e4)


NORMALIZERS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": softmax,
    "sparsemax": sparsemax,
    "entmax15": entmax15,
    "sigmoid": sigmoid,
    "softmax_one": softmax_one,
    "hard": hard,
    "relu": relu,
}
