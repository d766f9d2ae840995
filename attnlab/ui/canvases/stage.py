"""The stage component: all matrices of a layer on one canvas, drawn by `assets/stage/`."""

from collections.abc import Callable

from attnlab.ui.canvases.component import component

_component = component("stage")


def stage(payload: bytes, *, key: str, on_selection_change: Callable[[], None]) -> None:
    """Draw one payload.

    Args:
        payload: from `stage_payload`.
        key: names the component; `st.session_state[key].selection` then holds what the user chose last.
        on_selection_change: called when the user has chosen another head, cell, stage or view.
    """
    _component(key=key, data=payload, on_selection_change=on_selection_change)
