"""The learning rate at each step: a linear warm-up, then a cosine down to zero, or no further change."""

import math
from typing import Literal

ScheduleName = Literal["cosine", "constant"]


def lr_at(step: int, total: int, peak: float, warmup: int, kind: ScheduleName) -> float:
    """The learning rate of one update.

    Args:
        step: updates made before this one, 0 to total - 1. At `total` and beyond a cosine is 0.
        total: updates in all.
        peak: the rate at the end of the warm-up.
        warmup: updates on the way to the peak; the first has peak / warmup, never 0.
        kind: what follows the warm-up.

    Source: warm-up: Goyal et al. 2017, section 2.2, https://arxiv.org/abs/1706.02677; cosine: Loshchilov & Hutter 2017,
        eq. 5, https://arxiv.org/abs/1608.03983
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    if kind == "constant":
        return peak
    progress = min((step - warmup) / max(total - warmup, 1), 1.0)
    return 0.5 * peak * (1 + math.cos(math.pi * progress))
