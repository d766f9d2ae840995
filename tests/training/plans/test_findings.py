"""What too few data are too few for: said of each kind of data, and not of enough of them."""

import pytest

from attnlab.prose import page_prose
from attnlab.tasks import TASKS, NextCharacter, ParallelText, Table, Task, Translation, example_text
from attnlab.tasks.classification.classify import ClassifyCsv
from attnlab.tasks.classification.csv_task import CsvClassification
from attnlab.training.plans import findings as module
from attnlab.training.plans.findings import Finding, findings
from attnlab.training.scoring.intervals import wilson

COMMON = ("one", "two", "three", "four", "five")


def table(count: int, rare: int = 0, *, new_words: bool = False) -> Table:
    """So many rows of two classes, and so many of a third; each text differs."""
    texts = [
        f"row {' '.join(COMMON[(number // 5**place) % 5] for place in range(6))}" + f" w{number}" * 9 * new_words
        for number in range(count + rare)
    ]
    labels = [("good", "bad")[number % 2] for number in range(count)] + ["rare"] * rare
    return Table(tuple(texts), tuple(labels), 0)


def pairs(count: int) -> Translation:
    sources = tuple(f"{' '.join(COMMON[(number // 5**place) % 5] for place in range(6))}" for number in range(count))
    return Translation(pairs=ParallelText(sources, tuple(text.upper() for text in sources), 0))


def codes(task: Task) -> list[str]:
    return [one.code for one in findings(task)]


@pytest.mark.parametrize("kind", [CsvClassification, ClassifyCsv])
def test_four_rows_are_few_to_learn_from_and_few_to_be_tested_on(kind: type) -> None:
    task = kind(table(4))
    few, tests, *_ = findings(task)
    train = sum(sides["train"] for sides in task.balance.values())
    assert few == Finding("few_rows", {"train": train})
    assert tests == Finding("few_tests", {"test": 4 - train, "low_percent": 100 * wilson(1, 4 - train).low})


@pytest.mark.parametrize("kind", [CsvClassification, ClassifyCsv])
def test_a_class_with_two_texts_is_named_and_the_others_are_not(kind: type) -> None:
    (found,) = findings(kind(table(400, rare=2)))
    assert found == Finding("small_classes", {"least": module.FEW_OF_CLASS}, ("rare",))
    assert codes(kind(table(400))) == []


def test_a_class_with_a_single_held_out_text_is_named_however_many_train() -> None:
    tasks = (CsvClassification(table(400, rare=rare)) for rare in range(6, 14))
    single = next(task for task in tasks if task.balance["rare"]["test"] == 1 and task.balance["rare"]["train"] >= 5)
    (found,) = findings(single)
    assert found.labels == ("rare",)


def test_one_held_out_example_says_nothing() -> None:
    assert codes(pairs(3))[:2] == ["few_pairs", "one_test"]
    assert pairs(3).info.num_test == 1


def test_enough_pairs_are_enough() -> None:
    assert codes(pairs(module.FEW_PAIRS * 2)) == []
    assert codes(pairs(module.FEW_PAIRS)) == ["few_pairs"]


def test_words_that_no_training_text_has_are_counted() -> None:
    (found,) = findings(CsvClassification(table(400, new_words=True), max_vocabulary=10_000))
    assert found.code == "new_words"
    assert found.values["percent"] == pytest.approx(100 * 9 / 16, abs=1)
    (same,) = findings(ClassifyCsv(table(400, new_words=True), max_vocabulary=10_000))
    assert same == found


def test_a_short_text_is_short_and_the_example_is_not() -> None:
    (found,) = findings(NextCharacter(text=example_text()[:2000], length=16))
    assert found.code == "few_characters"
    assert 1000 < found.values["train"] < 2000
    assert codes(NextCharacter()) == []


@pytest.mark.parametrize("name", [name for name in TASKS if "csv" not in name])
def test_of_a_task_that_makes_its_own_examples_there_is_nothing_to_say(name: str) -> None:
    assert codes(TASKS[name]()) == []


def test_every_finding_has_a_sentence_with_its_blanks() -> None:
    said = page_prose("training")["findings"]
    found = [
        *findings(ClassifyCsv(table(4))),
        *findings(ClassifyCsv(table(400, rare=2))),
        *findings(ClassifyCsv(table(400, new_words=True), max_vocabulary=10_000)),
        *findings(pairs(3)),
        *findings(NextCharacter(text=example_text()[:2000], length=16)),
    ]
    assert {one.code for one in found} == set(said)
    for one in found:
        assert "{" not in said[one.code].format(**one.values, labels=", ".join(one.labels))
