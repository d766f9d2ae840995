"""Take it with you: the picture as a script to read, to run and to change, and all of its numbers as one file."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import streamlit as st

from attnlab.export import listing_of, npz_of, script_of
from attnlab.looks.layers import Asked
from attnlab.notebook import taken_along
from attnlab.prose import page_prose
from attnlab.ui.kit.taking.downloads import download

PAGE, SCRIPT, ARRAYS = "attention_layer.html", "attention_layer.py", "attention_layer.npz"
LISTING_PX = 420

File: TypeAlias = tuple[str, Callable[[], str | bytes], str, str]
"""What its button says, what makes it at the click, its name and its type."""


def export_view(wanted: Asked, whole: Sequence[File] = ()) -> None:
    """An expander whose content is made only while somebody looks, and whose files only when somebody asks.

    Args:
        wanted: what is on the stage.
        whole: files of more than is on the stage, in a row of their own below a sentence of theirs.
    """
    trace, head = wanted.trace(), wanted.selection["head"]
    words = page_prose("export")["page"]
    drawer = st.expander(words["title"], key="export", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        st.caption(words["line"])
        with st.container(horizontal=True):
            _download(words["picture"], partial(taken_along, wanted), PAGE, "text/html")
            _download(words["script"], partial(script_of, trace, head), SCRIPT, "text/x-python")
            _download(words["numbers"], partial(npz_of, trace), ARRAYS, "application/octet-stream")
        st.caption(words["picture_line"])
        if whole:
            with st.container(horizontal=True):
                for file in whole:
                    _download(*file)
            st.caption(words["whole_line"])
        st.code(listing_of(trace, head), language="python", height=LISTING_PX)
        st.caption(words["listing"].format(head=head + 1))
        widened = trace.spec.dtype == "bfloat16"
        st.caption(words["arrays_widened" if widened else "arrays"].format(dtype=trace.spec.dtype, file=ARRAYS))


def _download(label: str, made: Callable[[], str | bytes], file: str, mime: str) -> None:
    download(label, made, file, mime, key=f"export_{file}")
