"""The button of a file that is taken away: the same everywhere, and what makes it speaks the language of its page."""

from collections.abc import Callable

import streamlit as st

from attnlab.languages import said_as_now


def download(label: str, made: str | bytes | Callable[[], str | bytes], file: str, mime: str, key: str = "") -> None:
    """A button that leaves the page as it is.

    Args:
        label: what it says.
        made: the file; or what makes it at the click, in a request of its own that knows of no page.
        file: its name.
        mime: its type.
        key: of the widget; without one its label names it.
    """
    data = said_as_now(made) if callable(made) else made
    st.download_button(label, data, file, mime, key=key or None, on_click="ignore")
