"""What a run has said reaches its browser, even if the next request comes before anybody has listened."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from attnlab.ui.crowd.last_words import AGAIN_S, LONGEST_S, Request, heard_out, is_ending
from tests.waiting import eventually

SCRIPT = """
import streamlit as st

@st.fragment
def below():
    st.text("below")

st.text("above")
below()
"""


# --- Streamlit's own session ------------------------------------------------------------------------------------------


@pytest.fixture
def new_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppSession]:
    """Factory of sessions of the script."""
    monkeypatch.setattr(Runtime, "_instance", MagicMock())
    script = tmp_path / "page.py"
    script.write_text(SCRIPT)
    data = ScriptData(str(script), is_hello=False)
    return lambda: AppSession(data, MemoryUploadedFileManager("/upload"), ScriptCache(), None, {})


async def texts_of_a_page_and_a_part_asked_for_at_once(new_session: Callable[[], AppSession], ask: Request) -> set[str]:
    """What a browser is shown, if it asks for the part before the loop has heard anything of the page."""
    session = new_session()
    ask(session, ClientState())
    eventually(lambda: is_ending(session))  # in a thread of its own; this one keeps the loop
    (part,) = session._fragment_storage._fragments  # type: ignore[attr-defined]
    ask(session, ClientState(fragment_id=part))
    sent: list[ForwardMsg] = []
    while session._scriptrunner is not None:
        await asyncio.sleep(0.01)
        sent += session.flush_browser_queue()
    sent += session.flush_browser_queue()
    return {one.delta.new_element.text.body for one in sent if one.delta.new_element.HasField("text")}


@pytest.mark.parametrize(
    ("ask", "seen"),
    [(AppSession.request_rerun, {"below"}), (heard_out(AppSession.request_rerun), {"above", "below"})],
    ids=["streamlit", "heard out"],
)
def test_a_page_is_there_whole_though_a_part_of_it_is_asked_for_at_once(
    ask: Request, seen: set[str], new_session: Callable[[], AppSession]
) -> None:
    """The first case is why this exists: once it fails, Streamlit listens by itself."""
    assert asyncio.run(texts_of_a_page_and_a_part_asked_for_at_once(new_session, ask)) == seen


# --- a session in its place -------------------------------------------------------------------------------------------


class Loop:
    """Calls what it is given when the test says so."""

    def __init__(self) -> None:
        self.later: list[tuple[Any, ...]] = []
        self.waited_s = 0.0

    def call_later(self, after_s: float, *call: Any) -> None:
        self.waited_s += after_s
        self.later.append(call)

    def turn(self) -> None:
        calls, self.later = self.later, []
        for function, *args in calls:
            function(*args)


class Session(SimpleNamespace):
    """As much of one as is asked for."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(_event_loop=Loop(), _scriptrunner=None, faults=[])

    def ends(self) -> None:
        """Its runner has ended, and has not been heard out."""
        self._scriptrunner = SimpleNamespace(_requests=SimpleNamespace(_state=ScriptRequestType.STOP))

    def is_heard_out(self) -> None:
        self._scriptrunner = None

    def handle_backmsg_exception(self, fault: BaseException) -> None:
        self.faults.append(fault)


Ask = Callable[[Session, str], None]


@pytest.fixture
def handed_on() -> list[str]:
    return []


@pytest.fixture
def ask(handed_on: list[str]) -> Ask:
    def request_rerun(_: Any, request: Any) -> None:
        if request == "bad":
            raise RuntimeError(request)
        handed_on.append(request)

    return heard_out(request_rerun)  # type: ignore[return-value]


def test_a_request_goes_on_at_once_where_nobody_has_anything_to_say(ask: Ask, handed_on: list[str]) -> None:
    session = Session()
    ask(session, "first")
    session._scriptrunner = SimpleNamespace(_requests=SimpleNamespace(_state=ScriptRequestType.CONTINUE))
    ask(session, "second")
    assert (handed_on, session._event_loop.later) == (["first", "second"], [])


def test_requests_wait_in_their_order_and_keep_no_other_session(ask: Ask, handed_on: list[str]) -> None:
    session, other = Session(), Session()
    session.ends()
    ask(session, "first")
    ask(session, "second")
    ask(other, "other")
    session._event_loop.turn()
    assert handed_on == ["other"]
    session.is_heard_out()
    ask(session, "third")  # though nobody has anything to say now
    assert handed_on == ["other"]
    while session._event_loop.later:
        session._event_loop.turn()
    assert handed_on == ["other", "first", "second", "third"]
    ask(session, "fourth")
    assert handed_on[-1] == "fourth"


def test_a_runner_that_never_ends_keeps_nobody_for_ever(ask: Ask, handed_on: list[str]) -> None:
    session = Session()
    session.ends()
    ask(session, "first")
    while session._event_loop.later:
        session._event_loop.turn()
    assert handed_on == ["first"]
    assert session._event_loop.waited_s == pytest.approx(LONGEST_S, abs=2 * AGAIN_S)


def test_a_request_that_cannot_be_taken_is_the_sessions_to_say_and_the_next_is_taken(
    ask: Ask, handed_on: list[str]
) -> None:
    session = Session()
    session.ends()
    ask(session, "bad")
    ask(session, "good")
    session.is_heard_out()
    while session._event_loop.later:
        session._event_loop.turn()
    assert [str(fault) for fault in session.faults] == ["bad"]
    assert handed_on == ["good"]
