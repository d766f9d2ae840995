"""The widgets of the compare page. A's have the explorer's keys, so values go with the reader from page to page.

As on the explorer, those that are used most stand in the fragment of the picture; the others name the fragments to run.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from attnlab.engine.spec import MAX_TOKENS
from attnlab.settings.attention import OF_NUMBERS, Explorer
from attnlab.settings.lab.compare import (
    B_KINDS,
    CHANGES,
    COMPARED,
    EDITS,
    FIRST_SCREEN,
    KINDS,
    LOOKED_AT,
    NOT_COMPARED,
    OTHER,
    PICTURE,
    differing,
    of_b,
    otherwise,
    swapped,
)
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.examples.instead import example_instead, reads_examples_now
from attnlab.ui.kit.explorer import explorer_drawing, explorer_settings
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import counted, forget, kept, link, picked, rerun, set_values, tell, value_now, values_now
from attnlab.ui.kit.session import take as take_chosen

PAIR, DRAWN, FOLLOWERS = "pair", "compare_drawer", "compare_followers"
"""The fragments of the page: what is drawn from the settings, the drawer, and the widgets that follow the picture."""
PAIR_KEY = "pair_canvas"
_CHANGES_BEFORE = kept("compare", "changes_before")


def compared_settings() -> tuple[Explorer, Explorer]:
    """The settings of A and those of B, wherever their widgets stand."""
    a = explorer_settings()
    return a, of_b(a, changes(), values_now(B_KINDS))


def changes() -> tuple[str, ...]:
    """The settings that B changes."""
    return tuple(values_now({"changes": KINDS["changes"]})["changes"] or ())


def settings_of_a(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """The sentence, and the drawer with what is not on the first screen.

    Args:
        words: the prose of the explorer, whose controls these are.
        own: the prose of this page.
    """
    refused_in_link("compare", KINDS)
    _open_with_another_example()
    draw = explorer_drawing(words, on_change=rerun, args=(PAIR,))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if reads_examples_now():
            example_instead(draw, words)
        else:
            place = words["page"]["sentence_help"].format(limit=MAX_TOKENS)
            draw.sentence("sentence", own["page"]["sentence_a"], placeholder=place, label_visibility="collapsed")
        drawer = st.popover(own["page"]["more"], icon=":material/tune:")
    with drawer:
        _drawer(words, own["page"]["more_title"])
        _followers(words)


def _open_with_another_example() -> None:
    """Where examples are read and nobody has said what B changes: another one, for its positions are the model's."""
    if "changes" in st.session_state or "changes" in st.query_params or not reads_examples_now():
        return
    other = otherwise("example", explorer_settings().example)
    st.query_params.from_dict({**link(), "changes": ["example"], f"{OTHER}example": str(other)})
    st.rerun()


@st.fragment(key=DRAWN)
def _drawer(words: Mapping[str, Any], title: str) -> None:
    draw = explorer_drawing(words, on_change=rerun, args=(PAIR, DRAWN))
    in_sight = (*FIRST_SCREEN, *OF_NUMBERS, "sentence")
    rest = [name for name in Explorer.kinds() if name not in (*in_sight, *NOT_COMPARED)]
    draw.row(*rest, "device", key="drawer_a", title=title, instead=dict.fromkeys(("source", "model"), rerun))


@st.fragment(key=FOLLOWERS)
def _followers(words: Mapping[str, Any]) -> None:
    draw = explorer_drawing(words, on_change=rerun, args=(PAIR, FOLLOWERS))
    draw.row(*LOOKED_AT, key="drawer_looked_at", title=words["sections"]["looked_at"])


def first_screen(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """The few settings of A that are in sight."""
    draw = explorer_drawing(words)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(own["page"]["badge_a"], width="content")
        draw.row(*FIRST_SCREEN, key="first_screen_a")


def changes_of_b(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """What B changes, and the widget of each change."""
    page = own["page"]
    st.session_state["changes"] = list(changes())
    draw = Drawing(B_KINDS, words, shared=OTHER)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(page["badge_b"], width="content")
        st.multiselect(
            page["changes"],
            COMPARED,
            format_func=_label_in(words),
            key="changes",
            placeholder=page["changes_none"],
            help=page["changes_help"],
            on_change=_take_changes,
            width=330,
        )
        if "sentence" in changes():
            draw.sentence(f"{OTHER}sentence", page["sentence_b"], width=420)
        if others := [f"{OTHER}{name}" for name in changes() if name not in ("sentence", EDITS, PICTURE)]:
            draw.row(*others, key="first_screen_b")


def _label_in(words: Mapping[str, Any]) -> Callable[[str], str]:
    """What a setting is called on the page."""

    def label(name: str) -> str:
        return str(words["page"]["sentence"] if name == "sentence" else words["controls"][name]["label"])

    return label


def _take_changes() -> None:
    """A setting that B has just begun to change says something else than A."""
    before = st.session_state.get(_CHANGES_BEFORE, CHANGES)
    a, b = compared_settings()
    for name in changes():
        if name not in before and name != EDITS and name not in differing(a, b):
            set_values({f"{OTHER}{name}": otherwise(name, getattr(a, name))})
    _say_changes()


def _say_changes() -> None:
    """B has no value of its own for what it does not change."""
    forget(f"{OTHER}{name}" for name in COMPARED if name not in changes())
    tell()
    st.session_state[_CHANGES_BEFORE] = changes()


def order_control(words: Mapping[str, Any]) -> str:
    """In which order the heads stand."""
    Drawing(KINDS, words).row("order", key="order_row", few=("order",), bare=("order",))
    return str(value_now(KINDS, "order"))


def swap() -> None:
    """A becomes B and B becomes A. Only for callbacks."""
    a, b = compared_settings()
    set_values(swapped(a, b) | {"changes": differing(a, b)})
    _say_changes()


def take(settings: Mapping[str, Any]) -> None:
    """Set A and B as a preset says; what it does not name is as on the opening page. Only for callbacks."""
    changed = list(settings.get("changes", ()))
    opening = {name: value for name, value in Explorer().values().items() if name not in ("device", *LOOKED_AT)}
    set_values(opening | {"sweep": None, **settings, "changes": changed})
    _say_changes()


def take_selection() -> None:
    """The head and the cell that were chosen on the picture become part of the link."""
    if sent := picked(PAIR_KEY):
        places = {name: 0 if sent.get(name) is None else counted(sent[name]) for name in ("query", "key")}
        take_chosen(KINDS, {"head": counted(sent.get("head")), **places})
    rerun(PAIR, FOLLOWERS)
