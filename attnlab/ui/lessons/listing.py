"""All lessons, in the order in which they build on each other."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.lessons import Lesson, lessons
from attnlab.lessons.words import words_of
from attnlab.prose import counted, listed
from attnlab.ui.kit.session import rerun
from attnlab.ui.lessons import progress

WIDTH = 330


def list_view(words: Mapping[str, Any]) -> None:
    """A card for each.

    Args:
        words: the page's prose of itself.
    """
    st.header(words["title"], anchor=False)
    st.markdown(words["line"])
    with st.container(horizontal=True, gap="small", key="lesson_list"):
        for number, one in enumerate(lessons(), 1):
            with st.container(width=WIDTH, height="stretch", border=True, gap="xsmall", key=f"lesson_{one.id}"):
                _entry(number, one, words)


def _entry(number: int, one: Lesson, words: Mapping[str, Any]) -> None:
    said = words_of(one.id)
    title = words["solved"].format(title=said["title"]) if progress.is_done(one.id) else said["title"]
    label = words["numbered"].format(number=number, title=title)
    st.button(
        label,
        key=f"open_{one.id}",
        icon=":material/arrow_forward:",
        icon_position="right",
        type="tertiary",
        on_click=_open,
        args=(one.id,),
    )
    st.markdown(said["line"])
    st.caption(builds_on(one, words))


def builds_on(one: Lesson, words: Mapping[str, Any]) -> str:
    """How long a lesson takes, and what comes before it."""
    names = listed(words["named"].format(title=words_of(name)["title"]) for name in one.after)
    sentence = words["builds_on" if names else "builds_on_nothing"]
    return counted(sentence, one.minutes, minutes=one.minutes, names=names)


def _open(name: str) -> None:
    progress.go(name)
    rerun()
