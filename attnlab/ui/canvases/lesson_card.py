"""The card of a lesson's step (`assets/lesson_card/`)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from attnlab.ui.canvases.component import component

_component = component("lesson_card")


def lesson_card(data: Mapping[str, Any], *, key: str, on_deed_change: Callable[[], None]) -> None:
    """Draw a card.

    Args:
        data: what `attnlab/pictures/lessons/card.py` makes.
        key: names the component; `deed_on` reads what was done on it last.
        on_deed_change: called when somebody does something on it.
    """
    text = json.dumps(data, sort_keys=True, allow_nan=False)
    revision = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()
    _component(key=key, data={**data, "revision": revision}, on_deed_change=on_deed_change)


def deed_on(key: str) -> tuple[str, Any, Any]:
    """What was done last: its name, what was guessed with it, and the step that it was done on.

    They are the browser's: check them before use.
    """
    sent = st.session_state[key].get("deed")
    sent = sent if isinstance(sent, Mapping) else {}
    return str(sent.get("deed", "")), sent.get("guess"), sent.get("at")
