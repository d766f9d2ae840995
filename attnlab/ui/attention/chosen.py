"""Which controls a teacher has chosen for a class: others are left away, or stand there and turn nothing.

The link says it, and no setting is changed by it. Whoever learns may always unlock all.
"""

from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.prose import page_prose
from attnlab.settings.learn.classroom import CONTROLS, Chosen
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.explorer import explorer_drawing
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import link, rerun

PAGE = "explorer_of_a_class"


def chosen() -> Chosen:
    """What the link says of it."""
    return Chosen.read(link())


def is_shown(name: str) -> bool:
    """Whether a control of the first screen is there."""
    return not chosen().show or name in chosen().show


def chosen_drawing(words: Any, **acts: Any) -> Drawing:
    """`explorer_drawing`, without what is hidden, and with what is locked off."""
    draw = explorer_drawing(words, **acts)
    hidden = [name for name in CONTROLS if not is_shown(name)]
    return replace(draw, off=(*draw.off, *chosen().lock), hidden=hidden)


def chosen_notice(bar: str) -> None:
    """That a teacher has chosen, and the way out of it.

    Args:
        bar: the key of the bar of settings, which stays open on that way.
    """
    refused_in_link(PAGE, Chosen.kinds())
    wanted = chosen()
    say_refused(PAGE, Chosen.kinds(), wanted.values(), page_prose("attention")["page"]["link_refused"])
    if not (wanted.show or wanted.lock):
        return
    words = page_prose("class")["explorer"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(words["chosen"], width="content")
        st.button(
            words["unlock"],
            key="class_unlock",
            type="tertiary",
            icon=":material/lock_open:",
            on_click=_unlock,
            args=(bar,),
        )


def _unlock(bar: str) -> None:
    st.session_state[bar] = True
    for name in Chosen.kinds():
        if name in st.query_params:
            del st.query_params[name]
    rerun()
