"""What a learner guessed, and how near it is. A guess comes from a browser: whatever it is, it is read or refused."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

from attnlab.lessons.lesson import Prediction
from attnlab.lessons.truths import Truth

Guess: TypeAlias = str | float | int | tuple[float, ...] | tuple[str, ...]
"""The id of an option, a number, the place of a token from 0, shares that sum to 1, ids in their order, or heights."""
LARGEST = 1e12
MOST_TOKENS = 256


@dataclass(frozen=True)
class Verdict:
    """How near a guess is. What another kind of question has is zero."""

    right: bool
    factor: float = 1.0  # of a number: how many times too high; below 1 too low
    rank: int = 1  # of a cell: its place among all, the largest first
    distance: float = 0.0
    """Of weights: total variation, half the sum of what differs; of an order: pairs that are turned; of a curve: mean
    absolute distance, in its own unit."""
    farthest: int = 0  # of a curve: the place, from 0, at which it lies farthest away


def guess_of(prediction: Prediction, sent: Any) -> Guess | None:
    """What was sent as a guess; None if it is none."""
    if prediction.ask == "choice":
        return sent if isinstance(sent, str) and sent in {option.id for option in prediction.options} else None
    if prediction.ask == "number":
        return float(sent) if _is_number(sent) and abs(sent) <= LARGEST else None
    if prediction.ask == "cell":
        return sent if isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent < MOST_TOKENS else None
    if not isinstance(sent, list):
        return None
    if prediction.ask == "order":
        ids = sorted(item.id for item in prediction.items)
        return tuple(sent) if all(isinstance(one, str) for one in sent) and sorted(sent) == ids else None
    return _heights(prediction, sent) if prediction.ask == "curve" else _shares(sent)


def verdict(prediction: Prediction, truth: Truth, guess: Guess) -> Verdict:
    """A guess beside the truth."""
    if prediction.ask == "choice":
        return Verdict(guess == truth.option)
    if prediction.ask == "number" and isinstance(guess, (int, float)):
        near = abs(guess - truth.number) <= prediction.tolerance * abs(truth.number) + 1e-9
        return Verdict(near, factor=guess / truth.number if truth.number else math.inf)
    if prediction.ask == "cell" and isinstance(guess, int):
        if guess >= len(truth.row):
            return Verdict(False, rank=len(truth.row))
        larger = sum(value > truth.row[guess] for value in truth.row)
        return Verdict(larger == 0, rank=larger + 1)
    if prediction.ask == "weights" and isinstance(guess, tuple):
        return _of_weights(prediction, truth, guess)
    if prediction.curve is not None and isinstance(guess, tuple):
        return _of_curve(prediction.tolerance * (prediction.curve.high - prediction.curve.low), truth, guess)
    turned = _turned(truth.order, guess) if isinstance(guess, tuple) else 0
    return Verdict(turned == 0, distance=float(turned))


def _of_weights(prediction: Prediction, truth: Truth, guess: Sequence[Any]) -> Verdict:
    if len(guess) != len(truth.row):
        return Verdict(False, distance=1.0)
    apart = sum(abs(one - other) for one, other in zip(truth.row, guess, strict=True)) / 2
    return Verdict(apart <= prediction.tolerance, distance=apart)


def _of_curve(tolerance: float, truth: Truth, guess: Sequence[Any]) -> Verdict:
    apart = [abs(one - other) for one, other in zip(truth.row, guess, strict=True)]
    mean = math.fsum(apart) / len(apart)
    return Verdict(mean <= tolerance, distance=mean, farthest=apart.index(max(apart)))


def _turned(order: Sequence[str], guess: Sequence[Any]) -> int:
    """Kendall's distance: how many pairs stand the other way round."""
    place = {name: number for number, name in enumerate(guess)}
    return sum(place[first] > place[second] for first, second in combinations(order, 2))


def _shares(sent: list[Any]) -> tuple[float, ...] | None:
    if not 0 < len(sent) <= MOST_TOKENS or not all(_is_number(one) and 0 <= one <= LARGEST for one in sent):
        return None
    total = math.fsum(sent)
    return tuple(one / total for one in sent) if total > 0 else None


def _heights(prediction: Prediction, sent: list[Any]) -> tuple[float, ...] | None:
    curve = prediction.curve
    if curve is None or len(sent) != len(curve.points):
        return None
    inside = all(_is_number(one) and curve.low <= one <= curve.high for one in sent)
    return tuple(map(float, sent)) if inside else None


def _is_number(sent: Any) -> bool:
    return isinstance(sent, (int, float)) and not isinstance(sent, bool) and math.isfinite(sent)
