"""A row of controls (`assets/controls/`), whose values are the words that a link has for them."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from attnlab.ui.canvases.component import component

_component = component("controls")


def controls(data: Mapping[str, Any], *, key: str, on_chosen_change: Callable[[], None]) -> None:
    """Draw a row. What is chosen in it stands in the address before the server hears of it.

    Args:
        data: {"page": its path, "title": above the row or "", "top": whether controls of unequal height begin at one
            line, "words": {"help" with the blank {label}, "more", "less"}, "controls": as `assets/controls/parts.js`
            has them}.
        key: names the component; `chosen` reads what it sent.
        on_chosen_change: called when the reader chooses.
    """
    heard, _ = chosen(key)
    _component(key=key, data={**data, "heard": heard}, on_chosen_change=on_chosen_change, width="content")


def chosen(key: str) -> tuple[int, dict[str, str]]:
    """What the browser sent last: its count, and texts by parameter; zero and nothing if it is anything else.

    They are the browser's: check every text before using it.
    """
    sent = st.session_state.get(key)
    told = sent.get("chosen") if isinstance(sent, Mapping) else None
    told = told if isinstance(told, Mapping) else {}
    count, values = told.get("count"), told.get("values")
    if isinstance(count, bool) or not isinstance(count, int) or not isinstance(values, Mapping):
        return 0, {}
    return count, {name: text for name, text in values.items() if isinstance(name, str) and isinstance(text, str)}
