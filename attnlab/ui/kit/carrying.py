"""Settings go with the reader from page to page.

Streamlit empties the link when another page is chosen, and a widget of another page is another widget, even under the
same key: without this the explorer's values would be gone on the compare page, and the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from attnlab.settings import blocks as blocks_settings
from attnlab.settings import classify as classify_settings
from attnlab.settings import compare as compare_settings
from attnlab.settings import translate as translate_settings

_SHOWN = "shown_page"


@dataclass(frozen=True)
class _Kind:
    """Settings that some pages have in common."""

    opening: Mapping[str, Any]
    linked_values: Callable[[Mapping[str, Sequence[str]]], dict[str, Any]]
    in_link: Callable[[Mapping[str, Any]], Mapping[str, Any]]

    def known(self, params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Those that another page should find."""
        known = {name: st.session_state[name] for name in self.opening if name in st.session_state}
        if any(name in self.opening for name in params):
            linked = self.linked_values(params)
            return {name: value for name, value in linked.items() if name in known or name in params}
        return known


_EXPLORER = _Kind(compare_settings.OPENING, compare_settings.linked_values, compare_settings.in_link)
_KINDS = {
    "blocks": _Kind(blocks_settings.DEFAULTS, blocks_settings.linked_values, blocks_settings.in_link),
    "translate": _Kind(translate_settings.DEFAULTS, translate_settings.linked_values, translate_settings.in_link),
    "classify": _Kind(classify_settings.DEFAULTS, classify_settings.linked_values, classify_settings.in_link),
}
"""By the path of the one page that has them; the explorer's belong to all others."""


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
    here = _KINDS.get(page, _EXPLORER)
    for kind in (_EXPLORER, *_KINDS.values()):
        if kind is not here:
            st.session_state.update(kind.known(params))
    set_values(here.known(params))


def set_values(values: Mapping[str, Any]) -> None:
    """Give widgets their values before they are drawn, and tell the link of those that are about to appear.

    One that is there already tells the link by itself, and nobody else may; one that appears with a value does not.
    """
    st.session_state.update(values)
    for kind in (_EXPLORER, *_KINDS.values()):
        for name, text in kind.in_link({name: values[name] for name in values if name in kind.opening}).items():
            with suppress(StreamlitAPIException):
                st.query_params[name] = text
