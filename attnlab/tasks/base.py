"""What a task is: a generator of examples, a metric on the positions that count, and the floors to beat.

Every task gives a model a sequence and asks for one answer at each scored position, so that one loop trains every
family on every task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from attnlab.sequences import Item
from attnlab.tasks.classification.class_balance import ClassBalance

Split = Literal["train", "test"]
Kind = Literal["sequence", "translation", "classification"]
"""Which models a task is for: those that answer at each position, write a second sequence, or judge a text."""
FINAL_EXAMPLES: Mapping[Kind, int] = MappingProxyType({"sequence": 1000, "translation": 400, "classification": 1000})
"""Test examples of a final score, or as many as there are: fewer where all their words have to be written one by one.
A task that lists its examples (`Listed`) is scored on all of them."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples of one task. B examples, T positions, A answers: one a position in a "sequence" task (A = T).

    In "translation" a row of inputs is the source, padded to `source_len`, and the target as far as it is known before
    each of its A words; in "classification" a padded text with one verdict (A = 1).

    `targets` holds class numbers (int64) or, for a regression task, values (float32); only those where `scored` is
    True count, for the loss and for the metric alike.
    """

    inputs: Tensor  # (B, T) int64 token ids, or (B, T, F) float32 features
    targets: Tensor  # (B, A)
    scored: Tensor  # (B, A) bool
    rows: Tensor | None = None  # (B,) where in the learner's own data each stands, for `WritesOwn`


@dataclass(frozen=True)
class Floor:
    """A score that needs no learning, or cannot be beaten; drawn on the curves."""

    name: str  # "chance", "memoryless", "bayes", ...
    loss: float | None = None  # mean cross-entropy in nats (or squared error) over scored positions
    metric: float | None = None
    balance: ClassBalance | None = None  # of verdicts, on the rows on which contenders are scored


@dataclass(frozen=True)
class TaskInfo:
    """What a page and a model must know about a task."""

    name: str
    symbols: tuple[str, ...] | None  # the vocabulary as shown; None if the inputs are features
    num_features: int | None  # of each position, if the inputs are features
    num_outputs: int  # classes, or 1 for a regression task
    regression: bool
    causal: bool  # whether a model may look ahead
    seq_len: int  # T of the default preset
    span: int  # how far back an answer may depend on: a convolution must reach it
    metric: str  # "accuracy", "exact", "mse", "loss"
    floors: tuple[Floor, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)  # the preset's numbers, by name
    kind: Kind = "sequence"
    source_symbols: tuple[str, ...] | None = None  # of a translation: the vocabulary that is read; `symbols` is written
    source_len: int | None = None  # of a translation: positions of the source in a row of inputs, padding counted
    num_test: int | None = None  # test examples, where there is an end of them
    grid: tuple[int, int] | None = None  # of a picture: rows and columns of its patches, the first of the T positions
    close: float = 0.04  # of a regression task: an answer this near its target is shown as right


class Task(Protocol):
    """A task at fixed sizes."""

    @property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        ...

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Fresh examples.

        Args:
            batch_size: B; for "test", where there are fewer examples than that, as many as there are, each once.
            generator: the randomness; the same state gives the same batch.
            split: no example of "test" is ever drawn for "train".
            seq_len: another length, where the task has one to choose (longer tests).
        """
        ...


@runtime_checkable
class HasEvidence(Protocol):
    """A task that knows which inputs decide an answer, as it has put them there."""

    def with_evidence(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> tuple[Batch, Tensor]:
        """As `sample`, and (B, A, T) bool: the inputs that decide each answer, none where chance does."""
        ...


@runtime_checkable
class Listed(Protocol):
    """A task whose examples can be asked for all together."""

    def examples(self, split: Split) -> Batch:
        """All of one side, or a fixed number where there is no end of them; the same at each call."""
        ...


@runtime_checkable
class HasItems(Protocol):
    """A task whose positions are more than words: it says what stands at each, and how an answer is drawn."""

    def items(self, batch: Batch, number: int) -> tuple[Item, ...]:
        """The T items of one example of a batch."""
        ...

    def answer_item(self, value: float) -> Item:
        """What an answer looks like: a class by its number, or the value of a regression task."""
        ...


@runtime_checkable
class Disturbed(Protocol):
    """A task whose test can be asked again with changed inputs: what did a model take for granted?"""

    def disturbed(self) -> Mapping[str, Batch]:
        """All test examples, changed, with the same answers due; by the name of what was done to them."""
        ...
