"""A series as a line whose values can be moved (`assets/handles/`)."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from attnlab.looks.trained.probes import Curve
from attnlab.settings.drawn.moved import HIGHEST
from attnlab.ui.canvases.component import component

_component = component("handles")


def handles(
    curve: Curve,
    words: Mapping[str, str],
    *,
    revision: str,
    key: str,
    link: Mapping[str, Any],
    on_moved_change: Callable[[], None],
) -> None:
    """Draw a series whose values can be moved.

    Args:
        curve: the values, those that were moved, and how far they can be.
        words: "label", and "value" with the blanks {number} and {value}.
        revision: names the series; what was moved gives way when it changes.
        key: names the component; `moved` reads what it sends.
        link: how a link says what is moved: "name" of the parameter, and "over", the number of the held-out example.
        on_moved_change: called while somebody moves a value.
    """
    data = {
        "held_out": curve.held_out,
        "moved": curve.moved,
        "low": curve.low,
        "high": curve.high,
        "movable": curve.movable,
        "words": dict(words),
        "revision": revision,
        **link,
    }
    _component(key=key, data=data, on_moved_change=on_moved_change)


def moved(key: str, movable: int) -> dict[int, int] | None:
    """What the browser sent: heights by place; None if it is anything else.

    Args:
        key: of the component.
        movable: so many of the values, from the first on, can be moved.
    """
    sent = st.session_state[key].get("moved")
    if not isinstance(sent, list) or not all(_is_point(point, movable) for point in sent):
        return None
    return dict(sent)


def _is_point(point: object, movable: int) -> bool:
    if not isinstance(point, list) or [type(number) for number in point] != [int, int]:
        return False
    place, height = point
    return bool(0 <= place < movable and 0 <= height <= HIGHEST)
