"""Settings go with the reader from page to page, and come back with Back.

Streamlit empties the link when another page is chosen, and a widget of another page is another widget, even under the
same key: without this the explorer's values would be gone on the compare page, and the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from attnlab.settings import attention as attention_settings
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

    def known(self) -> dict[str, Any]:
        """Those that another page should find."""
        return {name: st.session_state[name] for name in self.opening if name in st.session_state}

    def linked(self, params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """What a link says of all that is known; as the page opens where it is silent."""
        linked = self.linked_values(params)
        return {name: value for name, value in linked.items() if name in st.session_state or name in params}


_EXPLORER = _Kind(compare_settings.OPENING, compare_settings.linked_values, compare_settings.in_link)
_BLOCKS = _Kind(blocks_settings.DEFAULTS, blocks_settings.linked_values, blocks_settings.in_link)
_TRANSLATE = _Kind(translate_settings.DEFAULTS, translate_settings.linked_values, translate_settings.in_link)
_CLASSIFY = _Kind(classify_settings.DEFAULTS, classify_settings.linked_values, classify_settings.in_link)

_IN_ADDRESS: Mapping[str, tuple[_Kind, Mapping[str, Any]]] = {
    "": (_EXPLORER, attention_settings.DEFAULTS),
    "compare": (_EXPLORER, compare_settings.OPENING),
    "blocks": (_BLOCKS, blocks_settings.DEFAULTS),
    "translate": (_TRANSLATE, translate_settings.DEFAULTS),
    "classify": (_CLASSIFY, classify_settings.DEFAULTS),
}
"""By a page's path: whose settings it has, and which of them its address may name. Other pages have none."""


def carry_settings(page: str) -> None:
    """Where another page than before is about to run, hand it the settings; but a link with settings says them all.

    So does the address that Back or Forward brings, even one without any settings.

    Args:
        page: its path in the address.
    """
    before = st.session_state.get(_SHOWN)
    st.session_state[_SHOWN] = page
    if before in {None, page}:
        return
    here, _ = _IN_ADDRESS.get(page, (None, {}))
    for kind in (_EXPLORER, _BLOCKS, _TRANSLATE, _CLASSIFY):
        if kind is not here:
            st.session_state.update(kind.known())
    if here is None:
        return
    came_by_history = _restore_address()
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    said = came_by_history or any(name in here.opening for name in params)
    set_values(here.linked(params) if said else here.known())


def _restore_address() -> bool:
    """Whether Back or Forward brought the reader here; then the link says again all that the address did.

    Streamlit has taken out of it what a widget of the page before was bound to, even where this page binds it too.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation:
        return False
    address = context.query_string
    with context.session_state.query_params() as params:
        params.set_initial_query_params(address)
    st.query_params.from_dict(parse_qs(address, keep_blank_values=True))
    return True


def set_values(values: Mapping[str, Any]) -> None:
    """Give widgets their values before they are drawn, and tell the link of those that are about to appear.

    One that is there already tells the link by itself, and nobody else may; one that appears with a value does not.
    """
    st.session_state.update(values)
    kind, named = _IN_ADDRESS[st.session_state[_SHOWN]]
    for name, text in kind.in_link({name: values[name] for name in values if name in named}).items():
        with suppress(StreamlitAPIException):
            st.query_params[name] = text
