"""Powers fitted to curves, and where one curve comes to lie above another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

T_975 = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604)
"""Student's t: 97.5 % lie below, with 1, 2, ... degrees of freedom. Beyond the last it is taken for the last, which
makes an interval a little wider."""
FEWEST = 3
"""Points of a fit: two leave nothing to tell an interval from."""
TIE = math.log(1.05)
"""Costs that differ by less than 5 % are alike."""


@dataclass(frozen=True)
class Fit:
    """cost = factor * value ** exponent, over `points` points."""

    exponent: float
    low: float  # of its 95 % interval
    high: float
    factor: float
    points: int


@dataclass(frozen=True)
class Crossing:
    """How two curves lie to each other, as far as both were measured."""

    at: float | None
    """From here on `dearer` costs more, to the end; None if it does at every value that was measured."""
    dearer: int
    """0 or 1: which of the two; -1 if at the last value they are alike."""


def fitted(values: Sequence[float], costs: Sequence[float], start: float = 0) -> Fit | None:
    """A power by least squares on logarithms.

    Args:
        values: of what varies, above 0.
        costs: as many, above 0.
        start: the fit begins at this value: below, what every call costs hides how it grows.

    Returns:
        None if fewer than `FEWEST` points are left.
    """
    taken = [(value, cost) for value, cost in zip(values, costs, strict=True) if value >= start]
    if len(taken) < FEWEST:
        return None
    x, y = np.log(np.asarray(taken, dtype=float)).T
    away = x - x.mean()
    exponent = float(away @ y / (away @ away))
    constant = float(y.mean() - exponent * x.mean())
    freedom = len(taken) - 2
    error = math.sqrt(float(np.square(y - constant - exponent * x).sum()) / freedom / float(away @ away))
    wide = T_975[min(freedom, len(T_975)) - 1] * error
    return Fit(exponent, exponent - wide, exponent + wide, math.exp(constant), len(taken))


def crossing(values: Sequence[float], first: Sequence[float], second: Sequence[float]) -> Crossing:
    """Which of two curves costs more in the end, and from where on.

    Between two values both are straight on logarithmic axes.

    Args:
        values: ascending, at least one.
        first: costs at them.
        second: costs at them.
    """
    apart = [math.log(one / other) for one, other in zip(first, second, strict=True)]
    if abs(apart[-1]) < TIE:
        return Crossing(None, -1)
    dearer = 0 if apart[-1] > 0 else 1
    above = [gap if dearer == 0 else -gap for gap in apart]
    below = [place for place, gap in enumerate(above) if gap <= 0]
    if not below:
        return Crossing(None, dearer)
    before = below[-1]
    share = -above[before] / (above[before + 1] - above[before])
    low, high = math.log(values[before]), math.log(values[before + 1])
    return Crossing(math.exp(low + share * (high - low)), dearer)
