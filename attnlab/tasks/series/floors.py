"""What a forecast comes to without a network: the last value, the season, the mean, a straight line through the past.

All are fitted on the training part and scored on the same held-out values as contenders, in the task's units.
"""

import math

import torch
from torch import Tensor

from attnlab.tasks.base import Floor

RIDGE = 1e-2
"""Of the linear regression, a value: it has nearly as many weights as a short series has windows."""


def autocorrelation(values: Tensor, most: int) -> Tensor:
    """How alike a series is to itself some steps earlier: (most,) for the lags 1 to most, between -1 and 1.

    Args:
        values: (N,) not all alike.
        most: largest lag, below N.
    """
    centred = values.double() - values.double().mean()
    total = centred.square().sum()
    return torch.stack([(centred[lag:] * centred[:-lag]).sum() / total for lag in range(1, most + 1)])


def period_of(values: Tensor, most: int) -> int | None:
    """The season of a series: where its autocorrelation has its highest peak; None where no peak stands out of chance.

    Args:
        values: (N,) without a trend.
        most: largest period.
    """
    most = min(most, len(values) // 3)
    if most < 3:
        return None
    found = autocorrelation(values, most + 1)
    inner = found[1:-1]
    peaks = (inner > found[:-2]) & (inner >= found[2:]) & (inner > 2 / math.sqrt(len(values)))  # Bartlett's bound
    return int(torch.where(peaks, inner, -1).argmax()) + 2 if bool(peaks.any()) else None


def trends(values: Tensor) -> bool:
    """Whether a series drifts: its first and its last third differ in their means by more than its spread."""
    third = len(values) // 3
    return bool((values[-third:].mean() - values[:third].mean()).abs() > values.std())


def linear_forecast(windows: Tensor, targets: Tensor, asked: Tensor) -> Tensor:
    """(M,) answers of a ridge regression on the whole window.

    Args:
        windows: (N, L) to learn from.
        targets: (N,).
        asked: (M, L).
    """
    inputs = torch.cat([windows.double(), torch.ones(len(windows), 1, dtype=torch.float64)], 1)
    ridge = RIDGE * len(windows) * torch.eye(inputs.shape[1], dtype=torch.float64)
    ridge[-1, -1] = 0.0  # the constant is free
    weights = torch.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ targets.double())
    told: Tensor = asked.double() @ weights[:-1] + weights[-1]
    return told


def scored(name: str, answers: Tensor, targets: Tensor) -> Floor:
    """A floor from its answers (M,) to held-out targets (M,)."""
    error = (answers.double() - targets.double()).square().mean().item()
    return Floor(name, error, error)
