"""Settings go with the reader from page to page.

Streamlit empties the link when another page is chosen, and a widget of another page is another widget, even under the
same key: without this the explorer's values would be gone on the compare page, and the other way round.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from attnlab.ui.compare_settings import OPENING, in_link, linked_values

_SHOWN = "shown_page"


def carry_settings(page: str) -> None:
    """Where another page than before is about to run, hand it the settings; but a link with settings says them all.

    Args:
        page: its path in the address.
    """
    before = st.session_state.get(_SHOWN)
    st.session_state[_SHOWN] = page
    if before in {None, page}:
        return
    known = {name: st.session_state[name] for name in OPENING if name in st.session_state}
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    if any(name in OPENING for name in params):
        known = {name: value for name, value in linked_values(params).items() if name in known or name in params}
    set_values(known)


def set_values(values: Mapping[str, Any]) -> None:
    """Give widgets their values before they are drawn, and tell the link of those that are about to appear.

    One that is there already tells the link by itself, and nobody else may; one that appears with a value does not.
    """
    st.session_state.update(values)
    for name, text in in_link(values).items():
        with suppress(StreamlitAPIException):
            st.query_params[name] = text
