"""What is said of a race in words, before it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.languages import Spoken, speaking
from attnlab.looks.trained.probes import Probe
from attnlab.prose import page_prose
from attnlab.sequences import Text
from attnlab.tasks import PRESETS, TASKS, Example, class_names, worked_example
from attnlab.training.shown.races import RACES
from attnlab.ui.training.looks import answers_among, named
from attnlab.ui.training.story import last_answer, offered, told_of
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


def test_an_answer_is_framed_where_it_stands_once_behind_the_blanks_too() -> None:
    probe = Probe(("a", "b", "b", "c"), (0, 1, 1, 2), answers=(None, None, "b", "a"))
    assert answers_among(probe, 4) == [(3, 0)]
    assert answers_among(probe, 8) == [(7, 0)]
    assert answers_among(Probe(("a",), (0,)), 1) == []


@pytest.mark.parametrize("name", RACES)
def test_a_race_is_known_by_its_plan_and_how_it_ends_is_not_told_before_it(name: str) -> None:
    own = WORDS["races"].get(name) or WORDS["tasks"][RACES[name].task_name]
    assert told_of(RACES[name], WORDS) == own
    assert "%" not in own["line"] + own["point"]


def test_the_items_of_a_shop_are_called_as_the_language_does() -> None:
    with speaking(Spoken("zh")):
        assert named(RACES["events"], ("phone", "case", "?")) == ("手机", "手机壳", "?")
        assert named(RACES["recall"], ("k1",)) == ("k1",)
