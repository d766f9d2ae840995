"""What a page says when the server did not take a file: the browser shows no more of the refusal than its number."""

import threading
from collections import OrderedDict
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from attnlab.prose import page_prose

Refusal = Literal["session", "server", "slow"]
MOST = 1024
"""Sessions that have not been told yet; of more, those that wait longest are not told at all."""


class Refusals:
    """The last refusal of each session, until its page has said it."""

    def __init__(self) -> None:
        self._by_session: OrderedDict[str, Refusal] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, session: str, refusal: Refusal) -> None:
        """To be said by the next run of a page with an uploader."""
        with self._lock:
            self._by_session[session] = refusal
            while len(self._by_session) > MOST:
                self._by_session.popitem(last=False)

    def taken(self, session: str) -> Refusal | None:
        """What there is to say, once."""
        with self._lock:
            return self._by_session.pop(session, None)


REFUSALS = Refusals()
"""Of the process."""


def upload_notice() -> None:
    """The sentence, beside an uploader, if there is one to say."""
    context = get_script_run_ctx()
    if context is not None and (refusal := REFUSALS.taken(context.session_id)):
        st.warning(page_prose("site")["uploads"][refusal])
