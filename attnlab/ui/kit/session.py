"""What the widgets of every page do with the session."""

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException


def rerun(*fragments: str) -> None:
    """Run these fragments instead of the whole page. Only for callbacks.

    Before the page has run once it has no fragments yet; then the whole page runs, as Streamlit does by itself.
    """
    with suppress(StreamlitAPIException):
        st.rerun(list(fragments))
