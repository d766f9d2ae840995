"""The class page and the explorer of a class, run as Streamlit runs them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.paths import ROOT
from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.ui.classroom.opened import rooms
from attnlab.ui.classroom.page import SCREEN

WORDS = page_prose("class")


def opened(page: str, **link: Any) -> AppTest:
    made = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    made.query_params.update(link)
    made.run()
    assert not made.exception, made.exception[0].message
    return made


def canvases(page: AppTest) -> list[str]:
    """The keys of what is drawn beside the room's own screen."""
    keys = [str(one.key) for one in page.get("bidi_component")]
    return [key for key in keys if key != SCREEN]


def test_without_a_room_there_is_the_door(store: RunStore) -> None:
    assert opened("class").header[0].value == WORDS["page"]["heading"]


@pytest.mark.parametrize("code", ["ABCDE", "five", "<b>", "x" * 1000])
def test_a_room_that_cannot_be_is_refused_in_the_link(code: str, store: RunStore) -> None:
    page = opened("class", room=code)
    assert "room" not in page.query_params
    assert "five letters" in page.warning[0].value


def test_a_room_that_is_no_more_leads_to_the_door(store: RunStore) -> None:
    assert opened("class", room="BCDFG").header[0].value == WORDS["page"]["heading"]


@pytest.mark.parametrize("of", ["", "start", "models", "blocks", "translate"])
@pytest.mark.usefixtures("minilm")
def test_every_page_that_a_teacher_is_on_has_its_canvas_or_none(of: str, store: RunStore) -> None:
    code, secret = rooms().make()
    rooms().move(code, secret, of, "")
    page = opened("class", room=code.lower())
    assert not page.header
    wanted = {"": "explorer", "translate": None}.get(of, of)
    assert canvases(page) == ([f"class_{wanted}"] if wanted else [])


@pytest.mark.parametrize(
    ("link", "canvas"),
    [
        ("lesson=match&step=2", "class_lesson_stage"),
        ("lesson=two_texts&step=2", None),
        ("lesson=two_texts&step=2&revealed=true", "class_lesson_stack"),
        ("lesson=who_wins&step=2", None),
        ("lesson=rows&step=2&heads=3&d_model=8", "class_lesson_stage"),
    ],
    ids=["stage", "veiled", "stack", "race", "no fit"],
)
def test_a_step_of_a_lesson_is_its_picture_and_a_card_to_guess_on(
    link: str, canvas: str | None, store: RunStore
) -> None:
    code, secret = rooms().make()
    rooms().move(code, secret, "lessons", link)
    assert canvases(opened("class", room=code)) == ["class_card", *([canvas] if canvas else [])]


def test_the_finishes_of_a_race_are_shown_once_the_teacher_has_computed(store: RunStore) -> None:
    code, secret = rooms().make()
    for link, charts in (("lesson=who_wins&step=2", 0), ("lesson=who_wins&step=2&revealed=true", 1)):
        rooms().move(code, secret, "lessons", link)
        assert len(opened("class", room=code).get("vega_lite_chart")) == charts


def test_settings_that_do_not_fit_together_show_the_page_as_it_opens(store: RunStore) -> None:
    code, secret = rooms().make()
    rooms().move(code, secret, "", "heads=3&d_model=8")
    assert canvases(opened("class", room=code)) == ["class_explorer"]


def test_a_teacher_s_choice_hides_and_locks_controls_until_they_are_unlocked() -> None:
    page = opened("attention", class_show=["heads", "mask", "sentence"], class_lock=["mask", "sentence"])
    assert page.text_input(key="sentence").disabled
    assert not [
        one for one in page.get("popover") if one.proto.popover.label == page_prose("attention")["page"]["more"]
    ]
    page.button(key="class_unlock").click().run()
    assert not page.exception
    assert not page.text_input(key="sentence").disabled
    assert not {"class_show", "class_lock"} & set(page.query_params)


def test_a_choice_of_controls_that_are_none_is_refused() -> None:
    page = opened("attention", class_show=["device"])
    assert "class_show" in page.warning[0].value
    assert not [one for one in page.button if one.key == "class_unlock"]
