"""Where a model is right: by position, by distance to what it had to remember, by length."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import SequenceModel
from attnlab.tasks import Batch, Task, accuracy, mse
from attnlab.training.scoring.evaluate import EXAMPLES, answers, held_out


@dataclass(frozen=True)
class Share:
    """How well the answers at one position, distance or length do."""

    at: int  # position (from 0), distance in positions, or length T
    score: float  # share of right answers; mean squared error for a regression task
    count: int  # scored answers it is the mean of


def accuracy_by_position(
    model: SequenceModel, task: Task, *, examples: int = EXAMPLES, seed: int = 0
) -> tuple[Share, ...]:
    """One share for every position where something is scored."""
    batch = held_out(task, examples=examples, seed=seed)
    positions = torch.arange(batch.scored.shape[1]).expand_as(batch.scored)
    return _grouped(answers(model, batch.inputs), batch, positions)


def accuracy_by_distance(
    model: SequenceModel, task: Task, *, examples: int = EXAMPLES, seed: int = 0
) -> tuple[Share, ...] | None:
    """One share for every distance from an answer to the one input it repeats; None for a task without such inputs."""
    measure = DISTANCES.get(task.info.name)
    if measure is None:
        return None
    batch = held_out(task, examples=examples, seed=seed)
    return _grouped(answers(model, batch.inputs), batch, measure(batch))


def accuracy_by_length(
    model: SequenceModel, task: Task, lengths: Sequence[int], *, examples: int = EXAMPLES, seed: int = 0
) -> tuple[Share, ...]:
    """One share for every length.

    Args:
        model: of any family.
        task: one that has other lengths to choose; what it scores at them, it says itself.
        lengths: T each, trained or longer.
        examples: of each length.
        seed: of the examples.

    Raises:
        SpecError: longer than the model takes.
        SizeError: not a length of this task.
    """
    shares = []
    for length in lengths:
        if length > model.config.max_len:
            message = f"lengths ({length}) must be at most {model.config.max_len}, the model's max_len"
            raise SpecError("lengths", "most", message, got=length, most=model.config.max_len)
        batch = held_out(task, examples=examples, seed=seed, seq_len=length)
        metric = mse if task.info.regression else accuracy
        score = metric(answers(model, batch.inputs), batch)
        if score is not None:
            shares.append(Share(length, score, int(batch.scored.sum())))
    return tuple(shares)


def _grouped(outputs: Tensor, batch: Batch, groups: Tensor) -> tuple[Share, ...]:
    """Shares of the scored answers by a whole number each has, groups (B, T)."""
    if batch.targets.is_floating_point():
        values = (outputs.squeeze(-1) - batch.targets) ** 2
    else:
        values = ((outputs.argmax(-1) == batch.targets) & ~outputs.isnan().any(-1)).float()
    counts = torch.bincount(groups[batch.scored])
    sums = torch.bincount(groups[batch.scored], weights=values[batch.scored].double())
    rows = enumerate(zip(sums.tolist(), counts.tolist(), strict=True))
    return tuple(Share(at, total / count, count) for at, (total, count) in rows if count)


def _mirrored(batch: Batch) -> Tensor:
    """Reverse: answer t repeats input T - 1 - t, on either side."""
    T = batch.inputs.shape[1]
    return (T - 1 - 2 * torch.arange(T)).abs().expand(batch.inputs.shape)


def _paired(batch: Batch) -> Tensor:
    """MQAR: the value stands after the first place of the key."""
    inputs = batch.inputs
    first = (inputs[:, :, None] == inputs[:, None, :]).int().argmax(2)  # (B, T): the first position of the same symbol
    return torch.arange(inputs.shape[1]) - first - 1


def _picked(batch: Batch) -> Tensor:
    """Selective copying: the i-th answer repeats the i-th symbol that is neither noise nor marker."""
    data = (batch.inputs > 0) & ~batch.scored
    places = data.nonzero()[:, 1].view(len(data), -1)  # (B, n): as many in each example
    distances = torch.zeros_like(batch.inputs)
    answers_at = batch.scored.nonzero()[:, 1].view_as(places)
    return distances.scatter_(1, answers_at, answers_at - places)


DISTANCES: Mapping[str, Callable[[Batch], Tensor]] = MappingProxyType(
    {"reverse": _mirrored, "mqar": _paired, "selective_copying": _picked}
)
"""(B, T) positions from each scored answer to the input it repeats, by task. In copy memory they are all the same."""
