"""Test examples as text, and what a model answers to them, right or wrong."""

from dataclasses import dataclass

from torch import Tensor

from attnlab.models import SequenceModel
from attnlab.sequences import Item, two_decimals
from attnlab.tasks import Batch, Task, class_names, input_items
from attnlab.training.scoring.evaluate import answers, held_out


@dataclass(frozen=True)
class Answer:
    """At one scored position."""

    position: int  # from 0
    target: str
    predicted: str
    right: bool
    probability: float | None  # that the model gives to what it predicts; None for a regression task


@dataclass(frozen=True)
class Prediction:
    """One test example and its answers."""

    items: tuple[Item, ...]  # T
    answers: tuple[Answer, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the items are called."""
        return tuple(item.label for item in self.items)


def predictions(model: SequenceModel, task: Task, count: int = 6, *, seed: int = 0) -> tuple[Prediction, ...]:
    """What the model answers to `count` test examples, the same for every model of one seed."""
    batch, names = held_out(task, examples=count, seed=seed), class_names(task)
    outputs = answers(model, batch.inputs)
    return tuple(
        Prediction(
            input_items(task, batch, row),
            _values(outputs[row], batch, row, task.info.close)
            if task.info.regression
            else _classes(outputs[row], batch, row, names),
        )
        for row in range(len(batch.inputs))
    )


def _classes(outputs: Tensor, batch: Batch, row: int, names: tuple[str, ...]) -> tuple[Answer, ...]:
    """Of one example, outputs (T, num_outputs)."""
    positions = batch.scored[row].nonzero().squeeze(1)
    probabilities, predicted = outputs[positions].softmax(-1).max(-1)
    columns = (positions, batch.targets[row, positions], predicted, probabilities)
    return tuple(
        Answer(position, names[target], names[guess], target == guess, probability)
        for position, target, guess, probability in zip(*(column.tolist() for column in columns), strict=True)
    )


def _values(outputs: Tensor, batch: Batch, row: int, close: float) -> tuple[Answer, ...]:
    """Of one example, outputs (T, 1)."""
    positions = batch.scored[row].nonzero().squeeze(1)
    columns = (positions, batch.targets[row, positions], outputs[positions, 0])
    return tuple(
        Answer(position, two_decimals(target), two_decimals(guess), abs(target - guess) < close, None)
        for position, target, guess in zip(*(column.tolist() for column in columns), strict=True)
    )
