"""A picture that is drawn, cell by cell or with a pen (`assets/pad/`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.ui.canvases.component import component

_component = component("pad")


def pad(
    cells: Sequence[int],
    words: Mapping[str, str],
    *,
    patch: tuple[int, int],
    revision: str,
    key: str,
    link: Mapping[str, Any] | None = None,
    on_cells_change: Callable[[], None],
) -> None:
    """Draw a picture that can be drawn on.

    Args:
        cells: ink of each, row by row, from 0 to 16.
        words: "label", the tools "pen", "eraser" and "patch", and "clear".
        patch: rows and columns of a patch, which can be filled and emptied at once.
        revision: names the picture; what was drawn gives way when it changes.
        key: names the component; `drawn` reads what it sends.
        link: how a link says what is drawn: "name" of the parameter, and "over", the number of the held-out example.
            Who on the page draws by itself what it says is told at once.
        on_cells_change: called while somebody draws.
    """
    data = {"cells": list(cells), "words": dict(words), "patch": list(patch), "revision": revision, "link": link}
    _component(key=key, data=data, on_cells_change=on_cells_change)


def drawn(key: str, count: int, most: int) -> tuple[int, ...] | None:
    """What the browser sent: so many whole numbers from 0 to `most`; None if it is anything else."""
    sent = st.session_state[key].get("cells")
    if not isinstance(sent, list) or len(sent) != count:
        return None
    return tuple(sent) if all(type(cell) is int and 0 <= cell <= most for cell in sent) else None
