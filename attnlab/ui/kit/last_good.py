"""The last picture that could be drawn: it stays while settings do not fit together."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from attnlab.engine import SpecError
from attnlab.ui.kit.session import kept

Asked = TypeVar("Asked")
Picture = TypeVar("Picture")


def drawn(
    page: str, ask: Callable[[], Asked], make: Callable[[Asked], Picture], opening: Callable[[], Asked]
) -> tuple[Picture, SpecError | None]:
    """The picture of what is asked for; where that does not fit together, the last one that did, and why it doesn't.

    Args:
        page: whose last good picture it is.
        ask: what the settings ask for: small, since each session keeps it.
        make: the picture of that, from a cache that all sessions share.
        opening: what the page asks for as it opens.

    Raises:
        SpecError: not even that can be drawn.
    """
    key = kept(page, "last_good")
    try:
        asked = ask()
        picture = make(asked)
    except SpecError as error:
        return _before(key, make, opening), error
    st.session_state[key] = asked
    return picture, None


def _before(key: str, make: Callable[[Asked], Picture], opening: Callable[[], Asked]) -> Picture:
    try:
        return make(st.session_state[key])
    except (KeyError, SpecError):  # there was none, or its model is gone for good
        return make(opening())
