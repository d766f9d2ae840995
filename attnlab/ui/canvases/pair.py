"""Two layers head by head on one canvas each head (`assets/pair/`), or many layers: every column a head."""

from collections.abc import Callable

from attnlab.ui.canvases.component import component

_component = component("pair")


def pair(payload: bytes, *, key: str, on_selection_change: Callable[[], None] | None = None) -> None:
    """Draw one payload.

    Args:
        payload: from `compare_payload`.
        key: names the component; `st.session_state[key].selection` then holds head, query and key, counted from 0.
        on_selection_change: called when another head or cell was chosen; nothing is sent without it.
    """
    if on_selection_change is None:
        _component(key=key, data=payload)
    else:
        _component(key=key, data=payload, on_selection_change=on_selection_change)
