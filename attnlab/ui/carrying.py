"""Settings go with the reader from page to page.

Streamlit empties the link when another page is chosen, and a widget of another page is another widget, even under the
same key: without this the explorer's values would be gone on the compare page, and the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from attnlab.ui import blocks_settings, compare_settings

_SHOWN = "shown_page"
_BLOCKS = "blocks"


def carry_settings(page: str) -> None:
    """Where another page than before is about to run, hand it the settings; but a link with settings says them all.

    Args:
        page: its path in the address.
    """
    before = st.session_state.get(_SHOWN)
    st.session_state[_SHOWN] = page
    if before in {None, page}:
        return
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    blocks = _known(blocks_settings.DEFAULTS, blocks_settings.linked_values, params)
    others = _known(compare_settings.OPENING, compare_settings.linked_values, params)
    st.session_state.update(others if page == _BLOCKS else blocks)
    set_values(blocks if page == _BLOCKS else others)


def _known(
    opening: Mapping[str, Any],
    linked_values: Callable[[Mapping[str, Sequence[str]]], dict[str, Any]],
    params: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The settings of one kind that another page should find."""
    known = {name: st.session_state[name] for name in opening if name in st.session_state}
    if any(name in opening for name in params):
        return {name: value for name, value in linked_values(params).items() if name in known or name in params}
    return known


def set_values(values: Mapping[str, Any]) -> None:
    """Give widgets their values before they are drawn, and tell the link of those that are about to appear.

    One that is there already tells the link by itself, and nobody else may; one that appears with a value does not.
    """
    st.session_state.update(values)
    of_blocks = {name: value for name, value in values.items() if name in blocks_settings.DEFAULTS}
    others = {name: value for name, value in values.items() if name not in of_blocks}
    for name, text in (blocks_settings.in_link(of_blocks) | compare_settings.in_link(others)).items():
        with suppress(StreamlitAPIException):
            st.query_params[name] = text
