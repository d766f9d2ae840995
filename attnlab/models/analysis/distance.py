"""How influence fades with distance."""

import math
from typing import Literal

import torch
from torch import Tensor

from attnlab.models.config import ModelConfig


def distance_profile(influence: Tensor, config: ModelConfig) -> Tensor:
    """Mean influence by the distance between answer and input: the effective receptive field.

    Args:
        influence: (T, T), answers by inputs.
        config: the model's; says which pairs there are (only backwards, or both ways) and where answers stand.

    Returns:
        (D,) float64, D - 1 the largest distance; NaN at a distance that no pair has.
    """
    length = influence.shape[0]
    answers = torch.arange(length) + (length if config.trailing_blanks else 0)
    apart = answers[:, None] - torch.arange(length)
    counted = apart >= 0 if config.causal else torch.ones_like(apart, dtype=torch.bool)
    distances = apart.abs()[counted]
    sums = torch.bincount(distances, influence.detach().cpu().double()[counted])
    return sums / torch.bincount(distances)


def half_life(profile: Tensor) -> float | Literal["wall", "flat"] | None:
    """The distance over which influence halves, by a straight line through its logarithm.

    Distance 0 is left out: an input reaches its own answer along the residual stream, past every mixer.

    Args:
        profile: (D,), as from `distance_profile`.

    Returns:
        Positions; "wall" if influence is exactly 0 from some distance on, as behind a convolution's receptive field;
        "flat" if it does not halve within the longest distance; None if there are fewer than two distances to compare.
    """
    distances = profile.isfinite().nonzero().flatten()
    distances = distances[distances > 0]
    if len(distances) < 2:
        return None
    values = profile[distances].double()
    if values[-1] == 0:
        return "wall"
    positive = values > 0
    steps, logs = distances[positive].double(), values[positive].log()
    centred = steps - steps.mean()
    slope = float(centred @ logs / centred.square().sum()) if len(steps) > 1 else 0.0
    return "flat" if slope >= -math.log(2) / int(distances[-1]) else -math.log(2) / slope
