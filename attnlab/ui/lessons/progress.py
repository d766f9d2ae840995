"""How far a learner has come: the step and what it shows are the link's, guesses and hints the session's."""

from typing import Any, cast

import streamlit as st

from attnlab.lessons import Guess, Step, Task, began_with, lesson, opening, step_at
from attnlab.lessons.shown import SETTINGS
from attnlab.settings.fields import Settings, told
from attnlab.settings.learn.lessons import FOR, KINDS, OWN, SHOWN, Lessons, lessons_settings
from attnlab.ui.kit.session import ADDRESSED, kept, link, set_values, values_now

PAGE = "lessons"
_GUESSES, _HINTS, _DONE, _SHOWN, _ENTERED = (
    kept(PAGE, name) for name in ("guesses", "hints", "done", "shown", "entered")
)
Place = tuple[str, str]
"""A lesson's name and a step's."""


def own_settings() -> Lessons:
    """The page's own settings now."""
    return lessons_settings(values_now(OWN))


def shown_settings(step: Step) -> Settings:
    """The settings of the page that the step shows, as they are now."""
    page = SETTINGS[step.picture]
    return page.of(values_now(page.kinds()))


def go(
    name: str | None, number: int = 1, *, reader: str = "learner", revealed: bool = False, race_run: str = ""
) -> None:
    """To a step, as it begins, or as its answer is computed; to the list of all without a name. Only for callbacks."""
    own = {"lesson": name, "step": number, "revealed": revealed, FOR: reader, "race_run": race_run}
    if name is not None:
        number, step = step_at(name, number)
        own |= {"step": number}
        st.session_state[ADDRESSED] = KINDS
        set_values(_opening(step, revealed) | own)
        st.session_state[_ENTERED] = (name, number)
    else:
        set_values({name: kind.default for name, kind in SHOWN.items()} | own)
        st.session_state[ADDRESSED] = OWN


def enter(name: str, number: int) -> None:
    """Where a link has brought the reader, which says nothing of what the step shows: that is as the step begins."""
    st.session_state[ADDRESSED] = KINDS
    number, step = step_at(name, number)
    if st.session_state.get(_ENTERED) == (name, number):
        return
    st.session_state[_ENTERED] = (name, number)
    params = link()
    if any(parameter in SHOWN for parameter in params):
        return
    begins = _opening(step, own_settings().revealed)
    # What another step or page has left would stand against the link.
    st.session_state.update({name: value for name, value in begins.items() if name in st.session_state})
    said = told(begins, KINDS)
    if said:
        st.query_params.from_dict({**said, **params})
        st.rerun()


def show_solution(step: Task, place: Place) -> None:
    """The task as it is solved; it counts as seen. Only for callbacks."""
    st.session_state.setdefault(_SHOWN, set()).add(place)
    set_values(opening(step.picture, step.solution).values())


def _opening(step: Step, revealed: bool) -> dict[str, Any]:
    """Every setting that a picture has, as the step has it."""
    return {name: kind.default for name, kind in SHOWN.items()} | began_with(step, revealed).values()


# ---- what the session remembers --------------------------------------------------------------------------------------


def guess_at(place: Place) -> Guess | None:
    """What was guessed; None if nothing was."""
    return cast("Guess | None", st.session_state.get(_GUESSES, {}).get(place))


def keep_guess(place: Place, guess: Guess) -> None:
    """Remember it."""
    st.session_state.setdefault(_GUESSES, {})[place] = guess


def hints_at(place: Place) -> int:
    """How many hints were taken."""
    return int(st.session_state.get(_HINTS, {}).get(place, 0))


def take_hint(place: Place) -> None:
    """One more."""
    st.session_state.setdefault(_HINTS, {})[place] = hints_at(place) + 1


def was_shown(place: Place) -> bool:
    """Whether the solution was asked for and is still on screen."""
    return place in st.session_state.get(_SHOWN, ())


def forget_shown(place: Place) -> None:
    """The step begins again."""
    st.session_state.get(_SHOWN, set()).discard(place)


def mark_done(place: Place) -> None:
    """A prediction was computed, or a goal reached by the learner."""
    st.session_state.setdefault(_DONE, set()).add(place)


def is_done(name: str) -> bool:
    """Whether every step of a lesson is."""
    done = st.session_state.get(_DONE, ())
    return all((name, step.id) in done for step in lesson(name).steps)
