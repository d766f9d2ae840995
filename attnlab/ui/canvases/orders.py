"""Buttons whose presses are counted, so that each is carried out once (`assets/orders/`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.ui.canvases.component import component

_component = component("orders")
MOST = 20
"""Presses at once: more than a hand can do before the server answers."""


def orders(
    buttons: Sequence[Mapping[str, Any]], label: str, *, heard: int, key: str, on_pressed_change: Callable[[], None]
) -> None:
    """Draw a row of buttons.

    A press of `st.button` goes along with each message to the server until a run has taken it: a poll between has it
    carried out twice (seen with races under load).

    Args:
        buttons: of each its "name" (one that has a drawing in `orders.js`), its "text", and whether it is "wide".
        label: of the row, for who does not see it.
        heard: the number of the last press that was taken.
        key: names the component; `presses` reads what it sends.
        on_pressed_change: called when a button is pressed.
    """
    data = {"buttons": [dict(one) for one in buttons], "label": label, "heard": heard}
    _component(key=key, data=data, on_pressed_change=on_pressed_change, width="content")


def presses(key: str, heard: int) -> list[tuple[int, str]]:
    """The presses that came after one: number and name of each, in their order; none if the browser sent anything else.

    The names are the browser's: check them before use.
    """
    sent = st.session_state.get(key)
    told = sent.get("pressed") if isinstance(sent, Mapping) else None
    if not isinstance(told, list) or len(told) > MOST:
        return []
    found = [_press(one) for one in told]
    new = [press for press in found if press is not None and press[0] > heard]
    return sorted(dict(new).items())


def _press(told: object) -> tuple[int, str] | None:
    if not isinstance(told, Mapping):
        return None
    count, name = told.get("count"), told.get("name")
    return (count, name) if type(count) is int and isinstance(name, str) else None
