"""One worked example of a task: what goes in, and what is due where."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from attnlab.engine.seeds import generator
from attnlab.sequences import Item, Text, two_decimals
from attnlab.tasks.base import Batch, HasItems, Task
from attnlab.tasks.presets import EXAMPLE_SEEDS
from attnlab.text import UNKNOWN, UNKNOWN_SIGN


@runtime_checkable
class HasLabels(Protocol):
    """A task whose classes are not symbols of its vocabulary."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        ...


@runtime_checkable
class WritesOwn(Protocol):
    """A task on the learner's own words, of which the vocabulary may lack some."""

    def written(self, row: int) -> tuple[str, ...]:
        """What one of the `rows` of a batch begins with, as it was written."""
        ...


@dataclass(frozen=True)
class Example:
    """One example as it is read, T positions."""

    items: tuple[Item, ...]
    answers: tuple[str | None, ...]  # None where nothing is due
    prose: str  # key of the sentence that explains it

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the items are called."""
        return tuple(item.label for item in self.items)


def worked_example(task: Task, seed: int | None = None) -> Example:
    """A test example of a task, so that no model has trained on what the learner is shown.

    Args:
        task: at any sizes; those of the "example" preset fit one line.
        seed: another seed, another example; if None, one that shows the point.
    """
    info = task.info
    chosen = EXAMPLE_SEEDS.get(info.name, 0) if seed is None else seed
    batch = task.sample(1, generator(chosen, "worked example", info.name), "test")
    return Example(input_items(task, batch, 0), answer_texts(task, batch, 0), f"task.{info.name}.example")


def answer_texts(task: Task, batch: Batch, number: int) -> tuple[str | None, ...]:
    """What is due at each of the T positions of one example of a batch; None where nothing is."""
    names, info = class_names(task), task.info
    answers = [
        None if not scored else two_decimals(target) if info.regression else names[int(target)]
        for target, scored in zip(batch.targets[number].tolist(), batch.scored[number].tolist(), strict=True)
    ]
    silent = [None] * (batch.inputs.shape[1] - len(answers))  # answers are due at the last positions
    return (*silent, *answers)


def class_names(task: Task) -> tuple[str, ...]:
    """What each output class is called: the task's labels, or else its symbols; nothing for a regression."""
    if isinstance(task, HasLabels):
        return task.labels
    symbols = (task.info.symbols or ())[: task.info.num_outputs]
    return tuple(UNKNOWN_SIGN if symbol == UNKNOWN else symbol for symbol in symbols)


def input_items(task: Task, batch: Batch, number: int) -> tuple[Item, ...]:
    """What stands at each of the T positions of one example of a batch: the task's own items, or else words."""
    if isinstance(task, HasItems):
        return task.items(batch, number)
    return tuple(Text(label) for label in _spelled(task, batch, number))


def input_texts(task: Task, batch: Batch, number: int) -> tuple[str, ...]:
    """What one example of a batch is called where somebody reads it, T positions.

    Symbols, those of a translation's source first, and words of the learner's as they were written; of features the
    first, with a star where the second is set; of other items their names.
    """
    return tuple(item.label for item in input_items(task, batch, number))


def _spelled(task: Task, batch: Batch, number: int) -> tuple[str, ...]:
    info, row = task.info, batch.inputs[number].tolist()
    if info.symbols is None:
        return tuple(f"{two_decimals(features[0])}{'*' * bool(features[1])}" for features in row)
    source = info.source_len or 0
    read = [(info.source_symbols or ())[symbol] for symbol in row[:source]]
    named = (*read, *(info.symbols[symbol] for symbol in row[source:]))
    if batch.rows is None or not isinstance(task, WritesOwn):
        return named
    written = task.written(int(batch.rows[number]))
    rest = named[len(written) :]
    return (*written, *(UNKNOWN_SIGN if symbol == UNKNOWN else symbol for symbol in rest))
