"""The lessons page: the list of all, or one lesson with the card of its step beside the living picture."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.lessons import Prediction, Task, guess_of, lesson, lessons, position_of, step_at
from attnlab.pictures.lessons.card import card_of_prediction, card_of_task
from attnlab.prose import address, page_prose
from attnlab.settings.learn.lessons import KINDS, LESSONS
from attnlab.ui.canvases.lesson_card import deed_on, lesson_card
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import rerun, values_now
from attnlab.ui.lessons import progress, racing
from attnlab.ui.lessons.listing import list_view
from attnlab.ui.lessons.picture import LESSON, controls_of, picture_of
from attnlab.ui.lessons.progress import PAGE
from attnlab.ui.lessons.teacher import teacher_view

CARD_KEY = "lesson_card"


def lessons_page() -> None:
    """What the link asks for."""
    words = page_prose("lessons")
    refused_in_link(PAGE, KINDS)
    settings = progress.own_settings()
    if settings.lesson is not None and settings.reader == "learner":
        progress.enter(settings.lesson, settings.step)
    say_refused(PAGE, KINDS, values_now(KINDS), words["page"]["link_refused"])
    if settings.lesson is None:
        list_view(words["page"])
    elif settings.reader == "teacher":
        teacher_view(lesson(settings.lesson), words)
    else:
        _lesson()


@st.fragment(key=LESSON)
def _lesson() -> None:
    """The card, the controls that its step needs, and the picture."""
    words, settings = page_prose("lessons"), progress.own_settings()
    if settings.lesson is None:
        return
    number, step = step_at(settings.lesson, settings.step)
    with st.container(horizontal=True, gap="medium", key="lesson_beside"):
        aside = st.container(width=340, key="lesson_aside")
        with st.container(width="stretch", gap="xsmall", key="lesson_shown"):
            controls_of(step)
            race = racing.race_of(step, settings)
            guess = progress.guess_at((settings.lesson, step.id))
            shown = progress.shown_settings(step)
            if race.run is None or guess is None or settings.revealed:
                shown = picture_of(step, shown, settings.revealed, words, race.raced)
            else:
                racing.watched(race.run)
    with aside:
        place = (settings.lesson, step.id)
        if isinstance(step, Prediction):
            whole = (lesson(settings.lesson), number, step, shown, settings.revealed, guess, words["card"], race.raced)
            card = racing.card_with_race(card_of_prediction(*whole), step, race, guess, settings, words["card"])
        else:
            card = _task_card(number, step, place, shown, words)
        lesson_card(card, key=CARD_KEY, on_deed_change=_take_deed)
        st.link_button(
            words["page"]["teacher"],
            address("lessons", {"lesson": settings.lesson, "for": "teacher"}),
            type="tertiary",
            icon=":material/co_present:",
        )


def _task_card(number: int, step: Task, place: progress.Place, now: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    was_shown = progress.was_shown(place)
    card = card_of_task(lesson(place[0]), number, step, now, progress.hints_at(place), was_shown, words["card"])
    if card["reached"] and not was_shown:
        progress.mark_done(place)
    return card


def _take_deed() -> None:
    """Do what was done on the card, if it was done on the step that is shown."""
    deed, guess, at = deed_on(CARD_KEY)
    settings = progress.own_settings()
    if settings.lesson is None or at != [settings.lesson, step_at(settings.lesson, settings.step)[0]]:
        return
    number, step = step_at(settings.lesson, settings.step)
    place = (settings.lesson, step.id)
    if deed in {"next", "previous", "all"}:
        _walk(deed, settings.lesson, number)
        rerun()
        return
    if deed in {"commit", "race"} and isinstance(step, Prediction):
        _commit(step, place, number, guess, race=deed == "race")
    elif deed in {"raced", "shipped"} and isinstance(step, Prediction):
        run = settings.race_run if deed == "raced" else ""
        progress.go(settings.lesson, number, revealed=True, race_run=run)
    elif deed == "hint":
        progress.take_hint(place)
    elif deed == "show" and isinstance(step, Task):
        progress.show_solution(step, place)
    elif deed == "again":
        progress.forget_shown(place)
        progress.go(settings.lesson, number)
    rerun(LESSON)


def _walk(deed: str, name: str, number: int) -> None:
    """To another step. A race that was run goes along: a later one may ask about it again."""
    race = progress.own_settings().race_run
    if deed == "all":
        progress.go(None)
    elif deed == "previous":
        progress.go(name, max(number - 1, 1), race_run=race)
    elif number < len(lesson(name).steps):
        progress.go(name, number + 1, race_run=race)
    else:
        following = position_of(name) + 1
        progress.go(lessons()[following].id if following < len(LESSONS) else None)


def _commit(step: Prediction, place: progress.Place, number: int, sent: Any, *, race: bool) -> None:
    """Keep the guess and compute, or have a race run first; what is no guess changes nothing."""
    guess = guess_of(step, sent)
    if guess is None:
        return
    progress.keep_guess(place, guess)
    progress.mark_done(place)
    if not race:
        progress.go(place[0], number, revealed=True, race_run=progress.own_settings().race_run)
    elif run := racing.started(step):
        progress.go(place[0], number, race_run=run)
