"""One worked example of a task: what goes in, and what is due where."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from attnlab.engine.seeds import generator
from attnlab.tasks.base import Task, TaskInfo
from attnlab.tasks.presets import EXAMPLE_SEEDS


@runtime_checkable
class HasLabels(Protocol):
    """A task whose classes are not symbols of its vocabulary."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        ...


@dataclass(frozen=True)
class Example:
    """One example as text, T positions."""

    inputs: tuple[str, ...]
    answers: tuple[str | None, ...]  # None where nothing is due
    prose: str  # key of the sentence that explains it


def worked_example(task: Task, seed: int | None = None) -> Example:
    """A test example of a task, so that no model has trained on what the learner is shown.

    Args:
        task: at any sizes; those of the "example" preset fit one line.
        seed: another seed, another example; if None, one that shows the point.
    """
    info = task.info
    chosen = EXAMPLE_SEEDS.get(info.name, 0) if seed is None else seed
    batch = task.sample(1, generator(chosen, "worked example", info.name), "test")
    names = class_names(task)
    inputs = _input_texts(info, batch.inputs[0].tolist())
    answers = [
        None if not scored else f"{target:.2f}" if info.regression else names[int(target)]
        for target, scored in zip(batch.targets[0].tolist(), batch.scored[0].tolist(), strict=True)
    ]
    silent = [None] * (len(inputs) - len(answers))  # answers are due at the last positions
    return Example(inputs, (*silent, *answers), f"task.{info.name}.example")


def class_names(task: Task) -> tuple[str, ...]:
    """What each output class is called: the task's labels, or else its symbols; nothing for a regression."""
    if isinstance(task, HasLabels):
        return task.labels
    return (task.info.symbols or ())[: task.info.num_outputs]


def _input_texts(info: TaskInfo, row: list[int] | list[list[float]]) -> tuple[str, ...]:
    """Symbols, those of the source first; or the first feature, with a star where the second is set."""
    if info.symbols is not None:
        source = info.source_len or 0
        numbers = [int(number) for number in row if not isinstance(number, list)]
        read = [(info.source_symbols or ())[number] for number in numbers[:source]]
        return (*read, *(info.symbols[number] for number in numbers[source:]))
    return tuple(f"{number[0]:.2f}{'*' * bool(number[1])}" for number in row if isinstance(number, list))
