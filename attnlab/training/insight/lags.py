"""How a contender forecasts a series, and which lags it listens to."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.models import SequenceModel, answer_attention, answer_influence
from attnlab.tasks.series.floors import autocorrelation
from attnlab.tasks.series.task import Series
from attnlab.training.scoring.evaluate import answers


@dataclass(frozen=True)
class Lags:
    """One contender on the held-out part of a series. Lag 1 is the value before the one that is asked for."""

    attention: tuple[float, ...] | None  # mean weight of each lag, from 1, over windows, layers and heads
    influence: tuple[float, ...]  # mean share of each lag, from 1, over windows
    forecasts: tuple[float, ...]  # N, in the series' own unit
    error: float  # mean absolute error, in that unit


def lags_of(model: SequenceModel, task: Series) -> Lags:
    """What a model answers to the whole test, and what it reads for it."""
    test = task.examples("test")
    last = torch.full((len(test.inputs),), task.lags - 1)
    weights = answer_attention(model, test.inputs, last)
    told = task.in_own_unit(answers(model, test.inputs)[:, -1, 0], "test")
    return Lags(
        attention=None if weights is None else _by_lag(weights.mean((0, 1, 2))),
        influence=_by_lag(answer_influence(model, test.inputs, last).mean(0)),
        forecasts=tuple(told.tolist()),
        error=float((told - truth(task)).abs().mean()),
    )


def truth(task: Series) -> Tensor:
    """(N,) the held-out values, in the series' own unit."""
    return torch.tensor(task.series.values, dtype=torch.float64)[task.asked("test")]


def autocorrelations(task: Series) -> tuple[float, ...]:
    """Of the training part, for each lag of a window from 1: of its changes, where the task is told in changes."""
    part = torch.tensor(task.series.values[: task.num_train], dtype=torch.float64)
    return tuple(autocorrelation(part.diff() if task.relative else part, task.lags).tolist())


def floor_errors(task: Series) -> dict[str, float]:
    """Mean absolute error of each floor by its name, in the series' own unit."""
    due = truth(task)
    return {name: float((task.in_own_unit(told, "test") - due).abs().mean()) for name, told in task.forecasts().items()}


def _by_lag(weights: Tensor) -> tuple[float, ...]:
    """The last position is lag 1."""
    return tuple(weights.flip(0).tolist())
