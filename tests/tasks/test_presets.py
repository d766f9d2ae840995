"""The registry, its sizes, and the example a learner sees first."""

import pytest

from attnlab.tasks import LONGER_TESTS, PRESETS, TASKS, Adding, Sentiment, class_names, worked_example
from attnlab.tasks.presets import EXAMPLE_SEEDS
from tests.tasks.small import num_answers, seeded

EVERY = [(name, preset) for name, presets in PRESETS.items() for preset in presets]


def test_every_task_has_presets_and_no_other() -> None:
    assert PRESETS.keys() == TASKS.keys()
    assert all({"live", "example"} <= presets.keys() for presets in PRESETS.values())
    assert EXAMPLE_SEEDS.keys() <= TASKS.keys()
    assert LONGER_TESTS.keys() <= TASKS.keys()


@pytest.mark.parametrize(("name", "preset"), EVERY)
def test_every_preset_works_and_is_told_by_its_sizes(name: str, preset: str) -> None:
    sizes = PRESETS[name][preset]
    task = TASKS[name](**sizes)
    assert task.info.sizes == sizes
    assert task.sample(2, seeded(), "test").targets.shape == (2, num_answers(task.info))


@pytest.mark.parametrize(
    ("name", "preset", "seq_len", "span"),
    [
        ("reverse", "published", 16, 16),
        ("copy_memory", "live", 70, 61),
        ("copy_memory", "published", 220, 211),
        ("copy_memory", "published_1000", 1020, 1011),
        ("markov_chain", "published", 100, 100),
        ("mqar", "live", 32, 32),
        ("mqar", "published", 128, 128),
        ("selective_copying", "live", 32, 32),
        ("sort", "published", 11, 11),
        ("adding", "live", 100, 100),
        ("adding", "published", 600, 600),
    ],
)
def test_published_sizes_are_those_of_the_papers(name: str, preset: str, seq_len: int, span: int) -> None:
    info = TASKS[name](**PRESETS[name][preset]).info
    assert (info.seq_len, info.span) == (seq_len, span)


@pytest.mark.parametrize("name", LONGER_TESTS)
def test_longer_tests_are_longer_and_work(name: str) -> None:
    task = TASKS[name](**PRESETS[name]["live"])
    for seq_len in LONGER_TESTS[name]:
        assert task.info.seq_len < seq_len
        assert task.sample(2, seeded(), "test", seq_len).targets.shape == (2, seq_len)


@pytest.mark.parametrize("name", TASKS)
def test_a_worked_example_is_a_short_test_example_as_text(name: str) -> None:
    task = TASKS[name](**PRESETS[name]["example"])
    example = worked_example(task)
    assert example == worked_example(task)
    assert example != worked_example(task, seed=99)
    assert len(example.inputs) == len(example.answers) == task.info.seq_len <= 25
    assert all(isinstance(symbol, str) and symbol for symbol in example.inputs)
    assert any(example.answers)
    assert example.prose == f"task.{name}.example"
    names = class_names(task)
    assert len(names) == (0 if task.info.regression else task.info.num_outputs)
    assert {answer for answer in example.answers if answer is not None} <= set(names) or task.info.regression


def test_worked_examples_by_hand() -> None:
    def shown(name: str) -> tuple[str, str]:
        example = worked_example(TASKS[name](**PRESETS[name]["example"]))
        return " ".join(example.inputs), " ".join(answer or "_" for answer in example.answers)

    assert shown("copy_memory") == ("4 2 3 · · · · ? ? ? ?", "_ _ _ _ _ _ _ _ 4 2 3")
    inputs, answers = shown("parity")
    assert inputs == "1 0 0 1 0 0 1 1"
    assert answers == "1 1 1 0 0 0 1 0"
    inputs, answers = shown("sentiment")
    assert " not " in inputs
    assert inputs.split()[-1 - inputs.count("<pad>") - 1] in {"superb", "great", "good"}
    assert answers.replace("_", "").strip() == "negative"


def test_marked_numbers_carry_a_star_and_add_up() -> None:
    example = worked_example(Adding(length=7))
    marked = [float(text[:-1]) for text in example.inputs if text.endswith("*")]
    assert len(marked) == 2
    assert example.answers[:-1] == (None,) * 6
    assert float(example.answers[-1] or 0) == pytest.approx(sum(marked), abs=0.011)


def test_labels_name_the_classes_of_sentiment() -> None:
    assert class_names(Sentiment()) == ("negative", "positive")
