"""What the learner's own data are too few for, found before anything is trained on them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from attnlab.tasks import ClassifyCsv, CsvClassification, NextCharacter, Task, Translation
from attnlab.tasks.translation.corpus import UNKNOWN_ID
from attnlab.text import UNKNOWN
from attnlab.training.scoring.intervals import wilson

FEW_ROWS = 100
"""Training rows below which contenders learn them by heart."""
FEW_TESTS = 20
"""Held-out examples below which one more or less is 5 % of the score or more."""
FEW_OF_CLASS = 5
"""Training texts of a class below which it is hardly learned."""
FEW_PAIRS = 500
FEW_CHARACTERS = 5000
MANY_NEW_WORDS = 0.25
"""Share of the words in held-out examples that no training example has."""


@dataclass(frozen=True)
class Finding:
    """One thing to know, by the name of its sentence in the prose (`findings` in training.toml)."""

    code: str
    values: Mapping[str, float] = field(default_factory=dict)  # what the sentence has blanks for
    labels: tuple[str, ...] = ()  # classes that it is about: text of the learner's


def findings(task: Task) -> tuple[Finding, ...]:
    """What there is to say of a task on the learner's own data; nothing of any other, or where there are enough."""
    if isinstance(task, CsvClassification | ClassifyCsv):
        return _of_texts(task)
    if isinstance(task, Translation) and task.pairs is not None:
        return _of_pairs(task)
    return _of_characters(task) if isinstance(task, NextCharacter) else ()


@functools.lru_cache(maxsize=8)
def _of_texts(task: CsvClassification | ClassifyCsv) -> tuple[Finding, ...]:
    train = sum(sides["train"] for sides in task.balance.values())
    small = tuple(label for label, sides in task.balance.items() if sides["train"] < FEW_OF_CLASS or sides["test"] < 2)
    found = [Finding("few_rows", {"train": train})] if train < FEW_ROWS else []
    found += _few_tests(task)
    if small and (train >= FEW_ROWS or len(small) < len(task.labels)):  # else all of it is too few, which is said
        found.append(Finding("small_classes", {"least": FEW_OF_CLASS}, small))
    unknown = (task.info.symbols or ()).index(UNKNOWN)
    return (*found, *_new_words(task.examples("test").inputs, unknown))


@functools.lru_cache(maxsize=8)
def _of_pairs(task: Translation) -> tuple[Finding, ...]:
    corpus = task.corpus
    train = len(corpus.sides["train"])
    found = [Finding("few_pairs", {"train": train})] if train < FEW_PAIRS else []
    return (*found, *_few_tests(task), *_new_words(corpus.sources[corpus.sides["test"]], UNKNOWN_ID))


def _of_characters(task: NextCharacter) -> tuple[Finding, ...]:
    train = task.num_characters("train")
    return (Finding("few_characters", {"train": train}),) if train < FEW_CHARACTERS else ()


def _few_tests(task: Task) -> list[Finding]:
    """The interval is that of a full score, which is the best there can be."""
    test = task.info.num_test or 0
    if not 0 < test < FEW_TESTS:
        return []
    return [
        Finding("one_test" if test == 1 else "few_tests", {"test": test, "low_percent": 100 * wilson(1.0, test).low})
    ]


def _new_words(inputs: Tensor, unknown: int) -> list[Finding]:
    """Of held-out ids, in which padding and marks stand below <unk>."""
    share = (inputs == unknown).sum().item() / max(1, (inputs >= unknown).sum().item())
    return [Finding("new_words", {"percent": 100 * share})] if share > MANY_NEW_WORDS else []
