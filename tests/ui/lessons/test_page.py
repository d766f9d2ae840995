"""The lessons page as its parts: cards, covers, the teacher's page; and what the link and the session keep."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.lessons import Prediction, Task, began_with, lesson, lessons, opening, step_at
from attnlab.pictures.lessons.card import card_of_prediction, card_of_task
from attnlab.pictures.lessons.covered import COVERS
from attnlab.pictures.lessons.step import of_lesson
from attnlab.pictures.packing import header_and_matrices
from attnlab.prose import counted, page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.learn.lessons import LESSONS
from attnlab.ui.kit.session import SHOWN_PAGE

WORDS = page_prose("lessons")
EVERY = [(one.id, number, step) for one in lessons() for number, step in enumerate(one.steps, 1)]
QUESTIONS = [(name, number, step) for name, number, step in EVERY if isinstance(step, Prediction)]
TASKS = [(name, number, step) for name, number, step in EVERY if isinstance(step, Task)]
SECRET = ("truth", "said", "guess")


def app(known: Mapping[str, Any] = MappingProxyType({}), **link: str) -> AppTest:
    def script() -> None:
        from attnlab.settings.learn.lessons import KINDS
        from attnlab.ui.kit.carrying import carry_settings
        from attnlab.ui.lessons.page import lessons_page

        assert KINDS
        carry_settings("lessons")
        lessons_page()

    test = AppTest.from_function(script, default_timeout=60)
    for name, value in link.items():
        test.query_params[name] = value
    for key, value in known.items():
        test.session_state[key] = value
    return test.run()


def said_in(page: AppTest, parameter: str) -> str:
    found = page.query_params[parameter]
    return str(found[0] if isinstance(found, list) else found)


def ids(steps: list[tuple[str, int, Any]]) -> list[str]:
    return [f"{name}-{step.id}" for name, _, step in steps]


# --- what is covered --------------------------------------------------------------------------------------------------

COVERED = [(name, number, step) for name, number, step in QUESTIONS if step.hides in COVERS]


@pytest.mark.parametrize(("name", "number", "step"), COVERED, ids=ids(COVERED))
def test_what_is_guessed_is_in_the_payload_as_a_place_without_numbers(name: str, number: int, step: Prediction) -> None:
    link = {"lesson": [name], "step": [str(number)]}
    header, matrices = header_and_matrices(of_lesson(link).picture())
    places = {place["name"]: place for place in header["arrays"]}
    assert "offset" not in places[step.hides]
    assert places[step.hides]["rows"] > 0
    assert "offset" not in places["output"]
    assert len(matrices) == sum("offset" in place for place in places.values()) < len(places)
    if step.hides in COVERS[: COVERS.index("weights") + 1]:
        assert "offset" not in places["thumbnails"]
        assert {(head["label"], head["entropy_bits"]) for head in header["heads"]} == {("", None)}
    whole, _ = header_and_matrices(of_lesson(link | {"revealed": ["true"]}).picture())
    assert all("offset" in place for place in whole["arrays"])
    assert whole["revision"] != header["revision"]


@pytest.mark.parametrize(("name", "number", "step"), QUESTIONS, ids=ids(QUESTIONS))
def test_a_card_holds_no_answer_before_it_is_computed(name: str, number: int, step: Prediction) -> None:
    now = began_with(step)
    open_card = card_of_prediction(lesson(name), number, step, now, False, None, WORDS["card"])
    assert not any(open_card[part] for part in SECRET)
    assert open_card["acts"] == ["commit"]
    said = page_prose(f"lessons/{name}")["steps"][step.id]
    sent = json.dumps(open_card, ensure_ascii=False)
    assert said["why"] not in sent
    assert not [option for option in said.get("options", {}).values() if option.get("answer", "\0") in sent]
    told = card_of_prediction(lesson(name), number, step, now, True, None, WORDS["card"])
    assert told["truth"]
    assert told["said"][0]["strong"] == WORDS["card"]["alone"]
    assert not [text for text in (told["place"], told["name"], *_texts(told)) if "{" in text]


def _texts(card: dict[str, Any]) -> list[str]:
    return [part["text"] for part in card["said"]]


@pytest.mark.parametrize(("name", "number", "step"), QUESTIONS, ids=ids(QUESTIONS))
def test_every_guess_is_answered_in_words(name: str, number: int, step: Prediction) -> None:
    guesses: dict[str, list[Any]] = {
        "choice": [option.id for option in step.options],
        "number": [0.0, 1.0, 1e6, -1.0],
        "cell": [0, 3, 200],
        "weights": [(1.0,), (0.5, 0.5)],
        "curve": [tuple([0.0] * 9), tuple([0.9] * 9)],
        "order": [tuple(item.id for item in step.items), tuple(item.id for item in reversed(step.items))],
    }
    said = set()
    for guess in guesses[step.ask]:
        card = card_of_prediction(lesson(name), number, step, began_with(step), True, guess, WORDS["card"])
        first, *_ = card["said"]
        assert first["strong"] in {WORDS["card"]["right"], WORDS["card"]["wrong"]}
        assert first["text"]
        assert "{" not in first["text"]
        said.add(first["text"])
    assert len(said) > (0 if step.ask == "weights" else 1)


@pytest.mark.parametrize(("name", "number", "step"), TASKS, ids=ids(TASKS))
def test_a_task_s_card_says_when_the_goal_is_reached_and_gives_hints_one_by_one(
    name: str, number: int, step: Task
) -> None:
    def card(link: str, hints: int = 0, was_shown: bool = False) -> dict[str, Any]:
        now = opening(step.picture, link)
        return card_of_task(lesson(name), number, step, now, hints, was_shown, WORDS["card"])

    begun, solved = card(step.link), card(step.solution)
    assert (begun["reached"], begun["said"]) == (False, [])
    assert solved["reached"]
    assert solved["said"][0]["strong"] == WORDS["card"]["reached"]
    assert [len(card(step.link, hints)["hints"]) for hints in range(4)] == [0, 1, 2, 3]
    assert [card(step.link, hints)["acts"][0] for hints in (0, 2, 3)] == ["hint", "hint", "show"]
    assert WORDS["card"]["shown"] in {part["text"] for part in card(step.solution, 3, True)["said"]}


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_lists_every_lesson_with_what_it_builds_on() -> None:
    page = app()
    assert not page.exception
    titles = [page_prose(f"lessons/{name}")["title"] for name in LESSONS]
    labels = [button.label for button in page.button]
    assert all(any(title in label for label in labels) for title in titles)
    assert page.caption[0].value == counted(WORDS["page"]["builds_on_nothing"], 6, minutes=6)


@pytest.mark.parametrize("name", LESSONS)
def test_every_step_of_a_lesson_opens_by_its_link(name: str) -> None:
    for number in range(1, len(lesson(name).steps) + 1):
        page = app(lesson=name, step=str(number))
        assert not page.exception, (name, number)
        _, step = step_at(name, number)
        settings = began_with(step)
        kinds = settings.kinds()
        for parameter, value in settings.told().items():
            assert said_in(page, parameter) == value, parameter
            assert kinds[parameter].allowed([value]) is None


def test_a_step_beyond_the_last_is_the_last_and_what_a_link_cannot_say_is_said() -> None:
    assert not app(lesson="mask", step="9").exception
    page = app(lesson="nothing", step="x")
    assert not page.exception
    (warning,) = page.warning
    assert "lesson (nothing) in the link must be one of tokens, rows" in warning.value.replace("\u2060\\", "")
    assert "a whole number from 1 to 9" in warning.value.replace("\u2060\\", "")


def test_a_link_with_settings_keeps_them_and_a_goal_that_they_reach_is_reached() -> None:
    page = app(lesson="mask", step="4", mask="prefix", prefix="3")
    assert not page.exception
    assert said_in(page, "mask") == "prefix"
    assert page.session_state["lessons:done"] == {("mask", "exactly")}


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ({"lesson": "who_wins", "step": "4", "t_race": "csv"}, "t_race"),
        ({"lesson": "who_wins", "step": "4", "t_race": "next_character"}, "t_race"),
        ({"lesson": "stream", "step": "4", "stack_heads": "5", "stack_depth": "6"}, "heads"),
        ({"lesson": "views", "step": "3", "kv_heads": "3"}, "key/value heads"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence_and_a_picture_stays(link: dict[str, str], why: str) -> None:
    page = app(**link)
    assert not page.exception
    (error,) = page.error
    assert why in error.value.replace("\u2060\\", "")


@pytest.mark.parametrize("name", LESSONS)
def test_the_teacher_reads_aim_misconceptions_and_what_to_say(name: str) -> None:
    page = app(lesson=name, **{"for": "teacher"})
    assert not page.exception
    said = page_prose(f"lessons/{name}")
    whole = "\n".join(element.value for element in page.markdown).replace("\u2060", "").replace("\\", "")
    assert said["aim"] in whole
    for step in said["steps"].values():
        assert step["say"] in whole
        for option in step.get("options", {}).values():
            assert option.get("misconception", "") in whole


def test_of_lesson_refuses_what_shows_no_layer() -> None:
    for link in ({}, {"lesson": ["who_wins"], "step": ["2"]}, {"lesson": ["tokens"], "step": ["1"]}):
        with pytest.raises(ValueError, match=r"^(lesson|step)"):
            of_lesson(link)


def test_what_the_learner_looks_at_stays_while_the_question_keeps_its_settings() -> None:
    link = {"lesson": ["match"], "step": ["2"], "query": ["9"], "key": ["2"], "mask": ["none"]}
    shown = of_lesson(link).asked.settings
    assert (shown.query, shown.key, shown.mask) == (9, 2, Explorer().mask)
    task = of_lesson({"lesson": ["mask"], "step": ["4"], "mask": ["none"]}).asked.settings
    assert task.mask == "none"


def test_a_link_to_a_step_shows_it_as_it_begins_whatever_was_open_before() -> None:
    page = app({SHOWN_PAGE: "compare", "heads": 4, "d_model": 32}, lesson="tokens", step="3")
    assert not page.exception
    assert (page.session_state["heads"], page.session_state["d_model"]) == (1, 16)
