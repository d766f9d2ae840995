"""The language of a visitor: what the link says, else what it said before in this session, else the browser's.

A run must know it before it begins, fragments too (`ui/crowd/turnstile.py`), and a request for a picture or a document
has no session. So each finds it here, and no two visitors share one.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from urllib.parse import parse_qs

import streamlit as st
from starlette.requests import Request
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from attnlab.languages import PARAMETER, Spoken, accepted, offered, present, speaking, spoken
from attnlab.settings.site import Site
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import kept

CHOSEN = kept("site", "language")
"""The session's key of the language that a link of it has named."""
_FIRST_PAGE = kept("site", "language_page")


def of_request(request: Request) -> Spoken:
    """Of a document or a picture: by the query, else by what the browser accepts."""
    return spoken(request.query_params.get(PARAMETER), accepted(request.headers.get("accept-language", "")))


def speaking_in(runner: ScriptRunner, data: RerunData) -> AbstractContextManager[None]:
    """The context of one run. A link that names a language says it for the session: Streamlit empties the next one."""
    asked = parse_qs(data.query_string).get(PARAMETER, [""])[-1]
    state = runner._session_state
    if asked in offered():
        state[CHOSEN] = asked
    elif CHOSEN in state:
        asked = state[CHOSEN]
    return speaking(spoken(asked, _tags_of(runner._session_id, data)))


def _tags_of(session: str, data: RerunData) -> list[str]:
    """What the browser accepts, as its documents and pictures know it; its locale where it says nothing."""
    client = get_instance().get_client(session) if exists() else None
    context = None if client is None else client.client_context
    headers = [] if context is None else context.headers
    said = [value for name, value in headers if name.lower() == "accept-language"]
    locale = "" if data.context_info is None else data.context_info.locale
    return [*(tag for header in said for tag in accepted(header)), *([locale] if locale else [])]


def keep_language(page: str, words: Mapping[str, str]) -> None:
    """Have the link of a page say a language that was chosen, and say which one could not be taken.

    Args:
        page: its path.
        words: of the frame, with the sentence "refused".
    """
    first = st.session_state.setdefault(_FIRST_PAGE, page)
    if PARAMETER not in st.query_params and present().by_link:
        st.query_params[PARAMETER] = present().code
    kinds = Site.kinds()
    if refused_in_link(PARAMETER, kinds) and page == first:
        say_refused(PARAMETER, kinds, {PARAMETER: offered()[present().code].name}, words["refused"])
