"""Who comes back to a process that does not know him finds his page again, whatever he touches first.

After a restart, or where another replica takes over, a browser reconnects and keeps what it shows, without a run.
The first control that it touches asks for its own fragment, of which the new session has never heard: Streamlit drops
that request and says nothing, and so it does with every one after it.
"""

import functools
from collections.abc import Callable
from typing import TypeAlias
from weakref import WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

RequestRerun: TypeAlias = Callable[[AppSession, ClientState | None], None]


@functools.cache
def know_again() -> None:
    """From now on, in every session of this process."""
    AppSession.request_rerun = whole_at_first(AppSession.request_rerun)  # type: ignore[method-assign, assignment]


def whole_at_first(request: RequestRerun) -> RequestRerun:
    """The same request, but for a session's first: that one runs the whole page, with the values that it brings.

    Args:
        request: a session's, with what its client asks for.
    """
    known: WeakSet[AppSession] = WeakSet()

    def asked(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and session not in known:
            client_state.ClearField("fragment_id")
        known.add(session)
        request(session, client_state)

    return asked
