"""A slider whose value arrives while it is dragged (`assets/live_slider/`)."""

from collections.abc import Callable, Sequence

import streamlit as st

from attnlab.ui.canvases.component import component

_component = component("live_slider")


def live_slider(
    label: str,
    *,
    key: str,
    name: str,
    value: float,
    bounds: tuple[float, float] | None = None,
    stops: Sequence[int] = (),
    play: str = "",
    help: str = "",  # noqa: A002 - the name that Streamlit's widgets use
    off: bool = False,
    on_value_change: Callable[[], None],
) -> None:
    """A slider: logarithmic between two positive bounds, or on stops that lie evenly apart.

    While it is dragged it offers {name: value} to whoever on the page draws by itself; without such a listener it tells
    the server at once.

    With `play`, the name of a button, it goes from stop to stop by itself within ten seconds.

    `st.session_state[key].value` then holds {"value": float, "final": bool}; final is False while it is dragged.
    Bounds and stops are the browser's: check the value again before using it (`slid`).
    """
    low, high = bounds or (0, 0)
    track = {"min": low, "max": high, "stops": list(stops) or None}
    _component(
        key=key,
        data={"label": label, "name": name, "value": value, "help": help, "off": off, "play": play} | track,
        on_value_change=on_value_change,
        # Streamlit takes a state whose only key is "value" for its content, and asks which of its parts have changed:
        # a slider let go where it was sent last has changed in "final" alone.
        on_final_change=on_value_change,
    )


def slid(key: str) -> tuple[float, bool] | None:
    """What the browser sent: a number and whether the slider rests; None if it is neither."""
    sent = st.session_state[key].get("value")
    value = sent.get("value") if isinstance(sent, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value), bool(sent.get("final"))
