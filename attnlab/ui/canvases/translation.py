"""The translation component: two sentences, their alignment, every head, drawn by `assets/translation/`."""

from collections.abc import Callable

from attnlab.ui.canvases.component import component

_component = component("translation")


def translation(payload: bytes, *, key: str, on_selection_change: Callable[[], None]) -> None:
    """Draw one payload.

    Args:
        payload: from `translation_payload`.
        key: names the component; `st.session_state[key].selection` then holds what the user chose last.
        on_selection_change: called when another word, head, view or translator was chosen.
    """
    _component(key=key, data=payload, on_selection_change=on_selection_change)
