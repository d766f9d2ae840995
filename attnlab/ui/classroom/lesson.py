"""A step of a lesson as a class follows it: its picture, and the card on which each guesses for themselves."""

from contextlib import suppress
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.lessons import Guess, Prediction, cover_of, guess_of, lesson, lessons, seen, settings_in
from attnlab.lessons.raced import Raced, raced_in
from attnlab.lessons.shown import SETTINGS, ShownRace
from attnlab.lessons.steps import began_with
from attnlab.lessons.words import words_of
from attnlab.looks import run_store
from attnlab.looks.layers import asked
from attnlab.looks.stacks import asked_stack
from attnlab.pictures.lessons.card import card_of_prediction, card_of_task, followed
from attnlab.pictures.lessons.finishes import finishes_chart
from attnlab.pictures.lessons.step import LessonPicture
from attnlab.pictures.stacks.blocks import stack_picture
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Settings
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.learn.lessons import SHOWN
from attnlab.training.store import StoreFault
from attnlab.ui.canvases.canvas import stack, stage
from attnlab.ui.canvases.lesson_card import deed_on, lesson_card
from attnlab.ui.classroom.steps import Followed
from attnlab.ui.kit.session import kept, rerun

CARD_KEY = "class_card"
_GUESSES = kept("class", "guesses")


def offered_lessons() -> list[dict[str, Any]]:
    """What a teacher may choose from: each lesson with what its steps are."""
    card = page_prose("lessons")["card"]
    return [
        {
            "id": one.id,
            "title": words_of(one.id)["title"],
            "steps": [_kind(step, card) for step in one.steps],
        }
        for one in lessons()
    ]


def _kind(step: Any, card: dict[str, str]) -> str:
    return card["task"] if not isinstance(step, Prediction) else card["recall" if step.recalls else "predict"]


def step_view(code: str, step: Followed) -> None:
    """Draw it, as on the lessons page: the card beside the picture.

    Args:
        code: of the room.
        step: where the teacher is.
    """
    with (
        st.container(key=f"class_canvas_{step.canvas}"),
        st.container(horizontal=True, gap="medium", key="lesson_beside"),
    ):
        with st.container(width=340, key="lesson_aside"):
            _card(code, step)
        with st.container(width="stretch", gap="xsmall", key="lesson_shown"):
            _picture(step)


def _settings(step: Followed) -> Settings:
    """What the teacher's link shows; as the step begins where it says nothing, or what cannot be read any more."""
    if not any(name in SHOWN for name in step.params):
        return began_with(step.step)
    try:
        return settings_in(step.step.picture, step.params)
    except SpecError:
        return began_with(step.step)


def _raced(step: Followed) -> Raced | None:
    """The race that was run for the step; what ships decides where there is none, or the store is away just now."""
    with suppress(StoreFault):
        return raced_in(run_store.store(), step.race) if step.race else None
    return None


def _card(code: str, step: Followed) -> None:
    words, whole = page_prose("lessons")["card"], lesson(step.lesson)
    place = (code, step.lesson, step.number)
    guess: Guess | None = st.session_state.get(_GUESSES, {}).get(place)
    if isinstance(step.step, Prediction):
        about = (whole, step.number, step.step, began_with(step.step), step.revealed, guess, words, _raced(step))
        card = card_of_prediction(*about)
    else:
        card = card_of_task(whole, step.number, step.step, _settings(step), 0, False, words)

    def keep() -> None:
        deed, sent, at = deed_on(CARD_KEY)
        if deed == "send" and isinstance(step.step, Prediction) and at == [step.lesson, step.number]:
            made = guess_of(step.step, sent)
            if made is not None:
                st.session_state.setdefault(_GUESSES, {})[place] = made
        rerun("class_shown")

    lesson_card(followed(card, guess, words), key=CARD_KEY, on_deed_change=keep)


def _picture(step: Followed) -> None:
    words, cover = page_prose("lessons")["page"], cover_of(step.step, step.revealed)
    if cover == "picture":
        st.container(key="lesson_veiled").markdown(words["veiled"])
        return
    wanted = seen(step.step, step.revealed, _settings(step))
    try:
        _drawn(wanted, cover, step)
    except SpecError:  # the settings do not fit together: the teacher's own page says so
        _drawn(began_with(step.step, step.revealed), cover, step)


def _drawn(wanted: Settings, cover: str, step: Followed) -> None:
    if isinstance(wanted, Explorer):
        stage(LessonPicture(asked(wanted), cover).picture(), key="class_lesson_stage")
    elif isinstance(wanted, Blocks):
        stack(stack_picture(asked_stack(wanted)), key="class_lesson_stack")
    else:
        began: Any = SETTINGS["races"]()
        caption, chart = finishes_chart(ShownRace(wanted, began, _raced(step)))  # type: ignore[arg-type]
        st.caption(caption)
        st.vega_lite_chart(chart, key="class_lesson_race")
