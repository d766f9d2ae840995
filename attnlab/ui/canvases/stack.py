"""The stack component: a whole stack as a diagram, one part of it open in place, drawn by `assets/blocks/`."""

from collections.abc import Callable

from attnlab.ui.canvases.component import component

_component = component("blocks")


def stack(payload: bytes, *, key: str, on_selection_change: Callable[[], None]) -> None:
    """Draw one payload.

    Args:
        payload: from `blocks_payload`.
        key: names the component; `st.session_state[key].selection` then holds what the user chose last.
        on_selection_change: called when another part, token, head or cell was chosen.
    """
    _component(key=key, data=payload, on_selection_change=on_selection_change)
