"""How good a model is on test examples, which no contender has trained on.

While it trains it is scored on `EXAMPLES` of them, often; at the end on the final test, once. That one is the score of
a model: every page and the command line give it, with the number of examples it is of.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor

from attnlab.engine.seeds import generator
from attnlab.models import AnyModel, ClassifierModel
from attnlab.models.classifier import probabilities
from attnlab.tasks import (
    FINAL_EXAMPLES,
    METRICS,
    SHARES,
    Batch,
    ClassBalance,
    Disturbed,
    Listed,
    Task,
    TaskInfo,
    class_balance,
    confusion_counts,
    is_uneven,
)
from attnlab.training.racing.loss import scored_loss
from attnlab.training.racing.reading import as_read_by
from attnlab.training.scoring.intervals import ENOUGH, Interval, wilson

EXAMPLES = 256
MAX_OUTPUTS = 2**26
"""Numbers that a model may answer at once: 256 MiB of float32. Fewer examples are taken where classes are many."""


@dataclass(frozen=True)
class Evaluation:
    """Scores on one batch of test examples."""

    loss: float  # mean cross-entropy in nats, or squared error, over scored positions
    metric: float | None  # the task's own; None if nothing is scored
    examples: int  # that were scored
    balance: ClassBalance | None = None  # where each example has one verdict
    uneven: bool = False  # whether its classes are, so that the balance says what the metric does not

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it beside the weights that it is of."""
        finite = {name: value if math.isfinite(value) else None for name, value in self._numbers().items()}
        return asdict(self) | finite

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        balance = told["balance"] and ClassBalance(**told["balance"])
        loss = math.nan if told["loss"] is None else told["loss"]
        return cls(**{**told, "loss": loss, "balance": balance})

    def _numbers(self) -> dict[str, float]:
        return {"loss": self.loss} | ({} if self.metric is None else {"metric": self.metric})


def held_out(task: Task, *, examples: int = EXAMPLES, seed: int = 0, seq_len: int | None = None) -> Batch:
    """The test batch of a seed: the same for every contender, step and process."""
    most = _most_together(seq_len or task.info.seq_len, task.info)
    return task.sample(min(examples, most), _held_out_generator(task, seed), "test", seq_len)


def _held_out_generator(task: Task, seed: int) -> torch.Generator:
    return generator(seed, "held out", task.info.name)


def _most_together(seq_len: int, info: TaskInfo) -> int:
    """Examples of this length whose answers a model may give at once."""
    return max(1, MAX_OUTPUTS // (seq_len * info.num_outputs))


def answers(model: AnyModel, inputs: Tensor) -> Tensor:
    """What the model answers without dropout, on the CPU; it is left in the mode it was in.

    Args:
        model: on any device.
        inputs: (B, T) or (B, T, F), on any device.

    Returns:
        (B, A, num_outputs).
    """
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            outputs: Tensor = model(inputs.to(model.head.weight.device)).cpu()
    finally:
        model.train(was_training)
    return outputs


def scores(model: AnyModel, batch: Batch, info: TaskInfo) -> Evaluation:
    """Loss and metric of a model on a batch."""
    return _together([_seen(answers(model, batch.inputs), batch, info)], info)


def evaluate(
    model: AnyModel, task: Task, *, examples: int = EXAMPLES, seed: int = 0, seq_len: int | None = None
) -> Evaluation:
    """Loss and metric on the test split.

    Args:
        model: of any family, on any device.
        task: what it was trained on.
        examples: B.
        seed: of the examples.
        seq_len: another length, where the task has one to choose.
    """
    test = held_out(task, examples=examples, seed=seed, seq_len=seq_len)
    return scores(model, as_read_by(model, task, test), task.info)


# --- at the end -------------------------------------------------------------------------------------------------------


def final_test(task: Task) -> Batch:
    """What a final score is of: all of a learner's own rows with labels, else `FINAL_EXAMPLES` or all there are."""
    if isinstance(task, Listed):
        return task.examples("test")
    return task.sample(FINAL_EXAMPLES[task.info.kind], _held_out_generator(task, 0), "test")


def final_scores(model: AnyModel, task: Task, alive: Callable[[], object] = bool) -> Evaluation:
    """The score of a model: the same wherever it is asked for, and by whom.

    Args:
        model: of any family, on any device.
        task: what it was trained on.
        alive: called before every few examples, by whoever must show that it still works: of a learner's own rows,
            there may be so many that all of them take minutes.
    """
    info, test = task.info, as_read_by(model, task, final_test(task))
    if isinstance(model, ClassifierModel):  # as `verdicts`, so that no text is judged otherwise there
        shares = probabilities(model, test.inputs.to(model.head.weight.device), alive).cpu()
        return _together([_seen(shares.clamp(min=torch.finfo(shares.dtype).tiny).log()[:, None], test, info)], info)
    seen = []
    for part in _parts(test, info):
        alive()
        seen.append(_seen(answers(model, part.inputs), part, info))
    return _together(seen, info)


PLAIN = "plain"
"""The name of the final test among the disturbed ones."""


def disturbed_scores(model: AnyModel, task: Task) -> dict[str, float]:
    """The metric on the final test and, where a task disturbs it, on what that makes of it; all in one order.

    Args:
        model: of any family, on any device.
        task: what it was trained on.
    """
    tests = {PLAIN: final_test(task)} | dict(task.disturbed() if isinstance(task, Disturbed) else {})
    found = {name: scores(model, test, task.info).metric for name, test in tests.items()}
    return {name: metric for name, metric in found.items() if metric is not None}


def interval_of(share: float | None, metric: str, examples: int) -> Interval | None:
    """Where the true share lies, by 95 %, of which so many examples are a sample.

    The answers within one example hang together, so that examples are counted and not answers: where an example has
    many, the interval is rather too wide.

    Returns:
        None of a metric that is no share, and of `ENOUGH` examples or more.
    """
    if share is None or metric not in SHARES or not 1 <= examples < ENOUGH:
        return None
    return wilson(share, examples)


# --- part by part -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """A part of the examples."""

    loss: float
    metric: float | None
    examples: int
    answers: int  # that were scored
    confusion: Tensor | None  # (C, C), where each example has one verdict


def _parts(test: Batch, info: TaskInfo) -> Iterator[Batch]:
    """As many examples together as while training: no more memory is needed."""
    size = min(EXAMPLES, _most_together(info.seq_len, info))
    for start in range(0, len(test.inputs), size):
        some = slice(start, start + size)
        yield Batch(test.inputs[some], test.targets[some], test.scored[some])


def _seen(outputs: Tensor, batch: Batch, info: TaskInfo) -> _Seen:
    """Of outputs (B, A, num_outputs) on a batch (B, A)."""
    loss, metric = scored_loss(outputs, batch).item(), METRICS[info.metric](outputs, batch)
    confusion, scored = None, batch.scored
    if not info.regression and bool((scored.sum(1) == 1).all()):
        confusion = confusion_counts(batch.targets[scored], outputs[scored].argmax(-1), info.num_outputs)
    return _Seen(loss, metric, len(outputs), int(scored.sum()), confusion)


def _together(parts: Sequence[_Seen], info: TaskInfo) -> Evaluation:
    """Means over all parts; of a share the right answers are counted, so that parts leave no rounding in it."""
    examples, answered = sum(part.examples for part in parts), sum(part.answers for part in parts)
    loss = math.fsum(part.loss * part.answers for part in parts) / answered if answered else math.nan
    weighted = [
        (part.metric, part.examples if info.metric == "exact" else part.answers)
        for part in parts
        if part.metric is not None
    ]
    hits = [metric * weight for metric, weight in weighted]
    total = sum(weight for _, weight in weighted)
    metric = math.fsum(map(round, hits) if info.metric in SHARES else hits) / total if total else None
    confusions = [part.confusion for part in parts if part.confusion is not None]
    if len(confusions) < len(parts):
        return Evaluation(loss, metric, examples)
    counts = torch.stack(confusions).sum(0)
    return Evaluation(loss, metric, examples, class_balance(counts), uneven=is_uneven(counts.sum(1)))
