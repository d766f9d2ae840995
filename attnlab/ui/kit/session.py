"""What the pages keep in the session, and how they read their settings out of it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from attnlab.settings import fields
from attnlab.settings.fields import Kinds


def kept(page: str, name: str) -> str:
    """The session's key of what a page keeps for itself, beside its settings and the keys of its widgets."""
    return f"{page}:{name}"


SHOWN_PAGE = kept("site", "shown_page")
"""The session's key of the path of the page that is shown."""
DRAGGED = kept("sliders", "dragged")
"""The session's key of what sliders say while they are dragged, by parameter."""


def rerun(*fragments: str) -> None:
    """Run these fragments alone, or without any the whole page. Only for callbacks.

    Before the page has run once it has no fragments yet; then the whole page runs, as Streamlit does by itself.
    """
    with suppress(StreamlitAPIException):
        st.rerun(list(fragments) or "app")


def link() -> dict[str, list[str]]:
    """Every parameter of the link with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def values_now(kinds: Kinds) -> dict[str, Any]:
    """The value of each setting, wherever its widget stands; what the link says before the widget is drawn.

    A slider that is being dragged has a value of its own, which is the session's alone until it is let go. A list to
    choose from may have been given what is not on it, by hand: then it has its default.
    """
    state = st.session_state
    dragged = state.get(DRAGGED, {})

    def value(name: str, linked: Any) -> Any:
        kind, now = kinds[name], dragged[name] if name in dragged else state.get(name, linked)
        return now if now is None or kind.widget != "choice" or kind.holds(now) else kind.default

    return {name: value(name, linked) for name, linked in fields.read(link(), kinds).items()}


def value_now(kinds: Kinds, name: str) -> Any:
    """As `values_now`, of one setting."""
    return values_now({name: kinds[name]})[name]


def picked(key: str) -> dict[str, Any] | None:
    """What a picture says was chosen on it; None if it is no mapping, whatever a browser may have sent."""
    selection = st.session_state[key].get("selection")
    return selection if isinstance(selection, dict) else None


def set_values(kinds: Kinds, values: Mapping[str, Any]) -> None:
    """Give settings their values, and say them in the link. Only for callbacks, and before the page is drawn.

    Args:
        kinds: those of the page that its link may name.
        values: by parameter.
    """
    st.session_state.update(values)
    tell(kinds, values)


def tell(kinds: Kinds, values: Mapping[str, Any]) -> None:
    """Say in the link what it does not say yet, and nothing of what is as the page opens.

    A field that is bound to its parameter and is there already tells the link by itself, and nobody else may.
    """
    said, now = fields.told(values, kinds), fields.read(link(), kinds)
    for name, value in values.items():
        if name in said and fields.one(value) == now[name]:
            continue  # a number may be written in more than one way
        with suppress(StreamlitAPIException, KeyError):
            if name in said:
                st.query_params[name] = said[name]
            else:
                del st.query_params[name]


def take(kinds: Kinds, wanted: Mapping[str, Any]) -> None:
    """Give settings the values that were chosen on a picture, as far as a link may say them. Only for callbacks.

    Args:
        kinds: the page's settings.
        wanted: by parameter; whatever a browser may have sent, None for what it did not choose.
    """
    chosen = {name: value for name, value in wanted.items() if value is not None and kinds[name].holds(value)}
    set_values(kinds, chosen)


def counted(index: Any) -> Any:
    """A place as settings count, from 1, of one as the engine counts, from 0; anything else as it is."""
    return index + 1 if isinstance(index, int) and not isinstance(index, bool) else index
