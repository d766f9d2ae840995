"""What visitors leave behind is given back: sessions, with three descriptors each, and memory.

Streamlit keeps a session that has lost its browser, for one that comes back (`server.disconnectedSessionTTL`). It drops
those whose time is over only when another browser leaves; the last ones stay.
"""

import asyncio
import ctypes
import gc
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from streamlit.runtime import Runtime

KEPT_S = 60
"""Seconds that a session waits for its browser; a gap in the network is over by then. Streamlit would wait for 120."""
EVERY_S = 10


class Absent:
    """Sessions without a browser, and since when."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def overdue(self, absent: Iterable[str], now: float) -> list[str]:
        """Those that have been away for `KEPT_S`. One that came back begins anew when it leaves again.

        Args:
            absent: the names of all that are away.
            now: seconds, of any clock.
        """
        self._since = {name: self._since.get(name, now) for name in absent}
        return [name for name, since in self._since.items() if now - since >= KEPT_S]


async def give_back(runtime: Runtime) -> None:
    """Look after what visitors have left, as long as the process lives."""
    absent = Absent()
    while True:
        await asyncio.sleep(EVERY_S)
        close(runtime, absent.overdue(without_browser(runtime), time.monotonic()))
        await asyncio.to_thread(return_free_memory)


def without_browser(runtime: Runtime) -> list[str]:
    """The names of the sessions that are kept for a browser that may come back."""
    sessions = runtime._session_mgr.list_sessions()  # nothing else lists those
    return [info.session.id for info in sessions if not runtime.is_active_session(info.session.id)]


def close(runtime: Runtime, names: Sequence[str]) -> None:
    """End these sessions for good, and others that nothing but their own parts hold any more."""
    for name in names:
        runtime.close_session(name)
    if names:
        gc.collect()


def return_free_memory() -> None:
    """The C library keeps freed memory for itself unless it is told not to."""
    with suppress(OSError, AttributeError):  # one other than GNU's has no such function
        ctypes.CDLL(None).malloc_trim(0)


def raise_descriptor_limit() -> None:
    """As many as the system lets this process have: of the usual 1024 a few hundred visitors use all."""
    with suppress(ImportError):  # Windows has no such limit
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
