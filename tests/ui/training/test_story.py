"""What is said of a race in words, before and after it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.charts import contender_name
from attnlab.looks.run_store import Final
from attnlab.looks.trained.probes import Probe
from attnlab.models import describe
from attnlab.prose import page_prose
from attnlab.sequences import Text
from attnlab.tasks import PRESETS, TASKS, Example, Floor, class_names, worked_example
from attnlab.training.scoring.evaluate import Evaluation
from attnlab.training.shown.races import RACES
from attnlab.ui.training.looks import answers_among
from attnlab.ui.training.story import floor_under, handicap, last_answer, offered, verdicts
from tests.ui.rows import told_to
from tests.ui.training.test_plan import race

WORDS = page_prose("training")
OFFERED = {name: task for name, task in TASKS.items() if WORDS["tasks"].get(name)}


@pytest.mark.parametrize("name", OFFERED)
def test_the_question_offers_the_right_answer_among_others_that_could_be(name: str) -> None:
    task = TASKS[name](**PRESETS[name]["example"])
    example = worked_example(task)
    place, answer = last_answer(example)
    assert example.answers[place] == answer
    assert not any(example.answers[place + 1 :])
    options = offered(example, answer, class_names(task))
    if task.info.regression:
        assert options == []
    else:
        assert answer in options
        assert 2 <= len(options) == len(set(options)) <= 4
        assert set(options) <= set(class_names(task))


def test_an_answer_that_is_no_class_is_not_asked_for() -> None:
    assert offered(Example((Text("1"),), ("0.5",), ""), "0.5", ()) == []


def test_the_answer_is_hidden_until_somebody_has_answered() -> None:
    page = race("recall")
    guess = next(one for one in page.get("button_group") if one.key == "training:guess_mqar")
    assert table(page)[-2]["text"] == "?"
    guess.set_value("v3").run()
    assert table(page)[-2]["text"] == "figs"
    assert any(WORDS["question"]["wrong"].format(answer="figs") == one.value for one in page.markdown)


def table(page: AppTest) -> list[dict[str, Any]]:
    """The answers of the worked example."""
    (found,) = (one for one in page.get("bidi_component") if one.key == "example")
    answers: list[dict[str, Any]] = told_to(found)["examples"][0]["rows"][1]["cells"]
    return answers


@pytest.mark.parametrize("name", RACES)
def test_each_contender_is_told_by_its_own_numbers(name: str) -> None:
    plan = RACES[name]
    for key in plan.contenders:
        sentence = handicap(plan, key, WORDS["lanes"])
        assert "{" not in sentence
        facts = describe(plan.sequence_config(key), plan.task.info.seq_len)
        numbers = {f"{facts.seq_len}", f"{facts.state_size or 0:,}", f"{facts.receptive_field}"}
        assert not any(character.isdigit() for character in sentence) or any(one in sentence for one in numbers)


def test_the_best_is_told_first_and_who_has_learned_nothing_is_compared_with_the_floor() -> None:
    plan = RACES["recall"]
    ends = {"lstm": 0.245, "transformer": 0.999, "tcn": 0.6}
    told = verdicts(
        {key: Final(400, Evaluation(0.1, score, 1000), 0.003, False) for key, score in ends.items()}, plan, WORDS
    )
    assert [sentence.split(":")[0].split(" has")[0].strip("*") for sentence in told] == [
        contender_name(key) for key in ("transformer", "tcn", "lstm")
    ]
    assert told[0].startswith(
        WORDS["verdict"]["learned"].split("{why}")[0].format(name="Transformer", score="99.9%").strip()
    )
    assert WORDS["floors"]["in context"] in told[2]
    assert all(
        handicap(plan, key, WORDS["lanes"]) in sentence
        for key, sentence in zip(("transformer", "tcn", "lstm"), told, strict=True)
    )


def test_a_loss_is_better_where_it_is_lower_and_a_diverged_contender_is_not_told() -> None:
    plan = RACES["markov_chain"]
    ends = {"transformer": 0.6, "lstm": 0.52}
    found = {key: Final(400, Evaluation(0.1, score, 1000), 0.003, False) for key, score in ends.items()}
    assert ["LSTM" in sentence for sentence in verdicts(found, plan, WORDS)] == [True, False]
    assert len(verdicts(found | {"lstm": Final(9, Evaluation(0.1, None, 0), 0.003, False)}, plan, WORDS)) == 1


def test_the_floor_that_is_named_is_the_lowest_that_a_score_is_not_above() -> None:
    floors = (Floor("chance", 1.0, 0.1), Floor("memoryless", 1.0, 0.25), Floor("bayes", 0.5))
    assert [floor and floor.name for floor in (floor_under(score, floors) for score in (0.11, 0.2, 0.26, 0.4))] == [
        "chance",
        "memoryless",
        "memoryless",
        None,
    ]


def test_an_answer_is_framed_where_it_stands_once_behind_the_blanks_too() -> None:
    probe = Probe(("a", "b", "b", "c"), (0, 1, 1, 2), answers=(None, None, "b", "a"))
    assert answers_among(probe, 4) == [(3, 0)]
    assert answers_among(probe, 8) == [(7, 0)]
    assert answers_among(Probe(("a",), (0,)), 1) == []
