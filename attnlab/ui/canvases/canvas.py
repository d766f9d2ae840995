"""The canvases that draw one payload and tell what was chosen on it; `assets/` holds their other halves."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attnlab.ui.canvases.component import component


class Canvas(Protocol):
    """Draws a payload; the same for every canvas."""

    def __call__(
        self,
        payload: bytes | Mapping[str, Any],
        *,
        key: str,
        on_selection_change: Callable[[], None] | None = None,
    ) -> None:
        """Draw one payload.

        Args:
            payload: from the function that each canvas names below.
            key: names the component; `st.session_state[key].selection` then holds what the user chose last, counted
                from 0.
            on_selection_change: called when something else was chosen; nothing is sent without it.
        """


def _canvas(name: str) -> Canvas:
    draw = component(name)

    def drawn(
        payload: bytes | Mapping[str, Any], *, key: str, on_selection_change: Callable[[], None] | None = None
    ) -> None:
        heard = {} if on_selection_change is None else {"on_selection_change": on_selection_change}
        draw(key=key, data=payload, **heard)

    return drawn


stage = _canvas("stage")
"""All matrices of a layer (`stage_picture`)."""
stack = _canvas("blocks")
"""A whole stack as a diagram, one part of it open in place (`stack_picture`)."""
overview = _canvas("overview")
"""All layers and heads of a model at a glance (`overview_picture`)."""
words = _canvas("words")
"""A sentence and the words that each word listens to (`listening_picture`)."""
pair = _canvas("pair")
"""Two layers head by head, or many layers: every column a head (`compare_payload`)."""
translation = _canvas("translation")
"""Two sentences, their alignment, every head (`translation_payload`)."""
beam_tree = _canvas("beam_tree")
"""The tree of a beam search (`tree_data`)."""
cards = _canvas("cards")
"""Cards of variants (`cards_payload`)."""
