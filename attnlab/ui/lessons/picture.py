"""The living picture beside the card: the stage, the stack of blocks, or what a race has come to."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.lessons import Prediction, Step, Task, began_with, cover_of, seen
from attnlab.lessons.raced import Raced
from attnlab.lessons.shown import ShownRace
from attnlab.looks.layers import asked, drawable
from attnlab.looks.stacks import AskedStack, asked_stack
from attnlab.pictures.lessons.finishes import finishes_chart, race_title
from attnlab.pictures.lessons.step import LessonPicture
from attnlab.pictures.stacks.blocks import stack_picture
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Settings
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.learn.lessons import SHOWN
from attnlab.settings.training import Training
from attnlab.training.shown.compared import comparison
from attnlab.ui.canvases.canvas import stack, stage
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.explorer import explorer_drawing
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.layer_notes import text_notes
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.session import rerun, take_cell, take_part

STAGE_KEY, STACK_KEY = "stage_canvas", "blocks_canvas"
LESSON = "lesson"
"""The fragment of a lesson that is open."""
PROSE = {"layer": "attention", "stack": "blocks", "races": "training"}
_FEW = ("heads", "d_model", "stack_placement", "stack_depth", "tokenizer")


def controls_of(step: Step) -> None:
    """The controls that a task needs, and no others."""
    if not isinstance(step, Task) or not step.show:
        return
    words = page_prose("lessons" if step.picture == "races" else PROSE[step.picture])
    draw = explorer_drawing(words) if step.picture == "layer" else Drawing(SHOWN, words, shared=_shared(step))
    names = [name for name in step.show if name not in {"sentence", "temperature"}]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="lesson_controls"):
        if "sentence" in step.show:
            draw.sentence("sentence", words["page"]["sentence"], label_visibility="collapsed")
        if names:
            offered, named = {"t_race": tuple(comparison()["tasks"])}, {"t_race": race_title}
            draw.row(*names, key=f"lesson_row_{step.picture}", few=_FEW, top=True, offered=offered, named=named)
        if "temperature" in step.show:
            with st.container(width=200):
                draw.drag("temperature")


def _shared(step: Step) -> str:
    return "" if step.picture == "stack" else Training.link_prefix


def picture_of(
    step: Step, now: Settings, revealed: bool, words: Mapping[str, Any], raced: Raced | None = None
) -> Settings:
    """Draw what the step shows, covered as far as it is being guessed.

    Args:
        step: a question or a task.
        now: the page's settings.
        revealed: whether the answer has been computed.
        words: the page's prose.
        raced: what a race has come to that was run for the step.

    Returns:
        The settings that are on screen: where those of the page cannot be drawn, the last that could.
    """
    cover = cover_of(step, revealed)
    wanted = seen(step, revealed, now)
    if cover == "picture":
        st.container(key="lesson_veiled").markdown(words["page"]["veiled"])
        return wanted
    if isinstance(wanted, Explorer):
        return _layer(step, wanted, cover)
    return _stack(step, wanted) if isinstance(wanted, Blocks) else _race(step, wanted, words, raced)


def _layer(step: Step, wanted: Explorer, cover: str) -> Settings:
    words = page_prose("attention")
    with said("lessons"):
        found, error = drawn("lessons", lambda: asked(wanted), drawable, lambda: asked(_opening(step, Explorer)))
        _say(error, words, wanted)
        if error is None and not isinstance(step, Prediction):
            for note in text_notes(found.text, found.trace(), words["page"]):
                st.caption(note)
    stage(LessonPicture(found, cover).picture(), key=STAGE_KEY, on_selection_change=_take_cell)
    return found.settings


def _stack(step: Step, wanted: Blocks) -> Settings:
    with said("lessons"):
        found, error = drawn("lessons_stack", lambda: wanted, _drawable, lambda: _opening(step, Blocks))
        _say(error, page_prose("blocks"), wanted)
    stack(stack_picture(found), key=STACK_KEY, on_selection_change=_take_part)
    return found.settings


def _race(step: Step, wanted: Settings, words: Mapping[str, Any], raced: Raced | None) -> Settings:
    """The finishes of a race, longest bar first as the file has them."""
    with said("lessons"):
        found, error = drawn(
            "lessons_race", lambda: wanted, lambda one: _finished(one, raced), lambda: _opening(step, Training)
        )
        _say(error, words, wanted)
    caption, chart = finishes_chart(found)
    st.caption(caption)
    st.vega_lite_chart(chart, key="finishes")
    return found.settings


def _finished(settings: Training, raced: Raced | None) -> ShownRace:
    """Raises `SpecError` where there is no such race."""
    race = ShownRace(settings, settings, raced)
    _ = race.rows
    return race


def _drawable(settings: Blocks) -> AskedStack:
    wanted = asked_stack(settings)
    wanted.trace()
    return wanted


def _opening(step: Step, page: Any) -> Any:
    """What the step begins with, if it is of that page; the lesson before may have shown another one."""
    began = began_with(step)
    return began if isinstance(began, page) else page()


def _say(error: SpecError | None, words: Mapping[str, Any], settings: Settings) -> None:
    if error is not None:
        say_refusal(
            error, page_prose("lessons")["page"]["refused"], control_labels(settings.kinds(), words["controls"])
        )


def _take_cell() -> None:
    """What was chosen on the stage becomes the value of its settings, and so part of the link."""
    take_cell(STAGE_KEY, Explorer.kinds())
    rerun(LESSON)


def _take_part() -> None:
    """The same of the stack."""
    take_part(STACK_KEY)
    rerun(LESSON)
