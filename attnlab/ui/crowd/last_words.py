"""What a run has said reaches its browser, even if the next request comes before anybody has listened.

A run speaks in its thread, and its words wait for the event loop. If its thread has ended and the loop comes to the
visitor's next request first, Streamlit starts a new runner for it and from then on ignores whatever the one before has
still to say. Before a run of the whole page that is harmless, since the page says it all again. Before a run of one
part it is not: where the loop is late a whole page lacks its picture, or a text that was typed changes nothing. So such
a request waits until all has been heard.
"""

import functools
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

AGAIN_S = 0.001
LONGEST_S = 1.0
"""A runner that was told to stop and does not is left behind, as Streamlit does."""

Request = Callable[[AppSession, ClientState | None], None]


@functools.cache
def hear_out() -> None:
    """From now on, in every session."""
    AppSession.request_rerun = heard_out(AppSession.request_rerun)  # type: ignore[method-assign, assignment]


def heard_out(request_rerun: Request) -> Request:
    """The same for sessions whose last runner may have something to say; their requests keep their order."""
    waiting: WeakKeyDictionary[AppSession, deque[ClientState | None]] = WeakKeyDictionary()

    def in_time(session: AppSession, client_state: ClientState | None) -> None:
        if session not in waiting and not is_ending(session):
            request_rerun(session, client_state)
            return
        waiting.setdefault(session, deque()).append(client_state)
        if len(waiting[session]) == 1:
            look_again(session, 0.0)

    def look_again(session: AppSession, waited_s: float) -> None:
        session._event_loop.call_later(AGAIN_S, go_on, session, waited_s + AGAIN_S)

    def go_on(session: AppSession, waited_s: float) -> None:
        if is_ending(session) and waited_s < LONGEST_S:
            look_again(session, waited_s)
            return
        asked = waiting[session]
        try:
            request_rerun(session, asked.popleft())
        except RuntimeError as error:  # no thread could be started: said as where a session takes its requests
            session.handle_backmsg_exception(error)
        if asked:
            look_again(session, 0.0)
        else:
            del waiting[session]

    return in_time


def is_ending(session: AppSession) -> bool:
    """Whether its runner takes no more requests, but has still something to say."""
    runner = session._scriptrunner
    return runner is not None and runner._requests._state == ScriptRequestType.STOP
