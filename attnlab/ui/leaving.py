"""What visitors leave behind is given back: sessions, with three descriptors each, and memory.

Streamlit keeps a session that has lost its browser for a while (`server.disconnectedSessionTTL`), but looks for those
whose time is over only when another one leaves, and the last ones stay.
"""

import asyncio
import ctypes
import gc
from contextlib import suppress

from streamlit.runtime import Runtime
from streamlit.runtime.session_manager import SessionManager

EVERY_S = 10


async def give_back(runtime: Runtime) -> None:
    """Look after what visitors have left, as long as the process lives."""
    kept = 0
    while True:
        await asyncio.sleep(EVERY_S)
        kept = tidied(runtime._session_mgr, kept)
        await asyncio.to_thread(return_free_memory)


def tidied(sessions: SessionManager, kept: int) -> int:
    """How many sessions there are, once those have gone whose time is over.

    Args:
        sessions: all of them.
        kept: how many there were when this was last asked.
    """
    now = len(sessions.list_sessions())
    if now < kept:
        gc.collect()  # a session is closed when nothing holds it any more, and its parts hold each other
    return now


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
