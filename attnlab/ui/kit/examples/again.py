"""The way back from what was changed by hand of a held-out example."""

from collections.abc import Sequence

import streamlit as st

from attnlab.looks.trained.reading import HeldOut
from attnlab.ui.kit.session import kept, rerun, set_values


def revision(held_out: HeldOut, name: str) -> str:
    """Names what a canvas shows: it changes with the example, and each time the held-out one is asked for again.

    Args:
        held_out: which example it is.
        name: of the parameter that says what was changed.
    """
    return f"{held_out.number}:{st.session_state.get(_turn(name), 0)}"


def again_button(label: str, held_out: HeldOut, name: str, fragments: Sequence[str]) -> None:
    """A button that takes back what was changed; off where nothing is.

    Args:
        label: on it.
        held_out: as of `revision`.
        name: as of `revision`.
        fragments: those that run when it is pressed.
    """
    st.button(
        label,
        key=f"{name}_again",
        type="tertiary",
        on_click=_again,
        args=(name, fragments),
        disabled=not held_out.drawn,
    )


def _turn(name: str) -> str:
    return kept("pads", name)


def _again(name: str, fragments: Sequence[str]) -> None:
    turn = _turn(name)
    st.session_state[turn] = st.session_state.get(turn, 0) + 1
    set_values({name: ""})
    rerun(*fragments)
