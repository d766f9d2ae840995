"""How much visitors may have uploaded at once: Streamlit bounds a file, and keeps every one in memory.

What it holds is counted where it holds it, so a file that was taken away, or whose session has ended, makes room.
"""

import asyncio
import functools
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import get_option
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from attnlab.prose import page_prose
from attnlab.ui.crowd.pace import PAGE_RUN, Allowance
from attnlab.ui.races.uploads.notice import REFUSALS, Refusal

SESSION_VARIABLE = "ATTNLAB_SESSION_UPLOAD_MIB"
SERVER_VARIABLE = "ATTNLAB_SERVER_UPLOAD_MIB"
SESSION_MIB, SERVER_MIB = 20, 256
MAX_MIB = 2**20
MEBIBYTE = 2**20
LEAST = 2**16
"""Bytes that a file counts for, however small: it has a name, and a place among the others."""
LONGEST_S = 120.0
"""That an upload may take; until then its room is taken."""
STATUS: Mapping[Refusal, int] = {"session": 413, "server": 429, "slow": 408}


@dataclass(frozen=True)
class Bounds:
    """Bytes of all files together."""

    session: int = SESSION_MIB * MEBIBYTE
    server: int = SERVER_MIB * MEBIBYTE


def bounds() -> Bounds:
    """Those that the environment sets.

    Raises:
        SystemExit: one that is no whole number of MiB.
    """
    return Bounds(_bytes_in(SESSION_VARIABLE, SESSION_MIB), _bytes_in(SERVER_VARIABLE, SERVER_MIB))


def _bytes_in(variable: str, otherwise: int) -> int:
    said = os.environ.get(variable) or str(otherwise)
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(MAX_MIB)) and int(said) <= MAX_MIB):
        raise SystemExit(f"{variable} ({said!r:.40}) must be a whole number of MiB between 0 and {MAX_MIB}")
    return int(said) * MEBIBYTE


class Uploads:
    """Refuses a file for which its session, or the process, has no room left.

    Args:
        app: to hand on to.
        bounds: of what may be held.
        prefix: what stands before every path, such as "/lab".
        runtime: Streamlit's, once there is one.
        clock: seconds since whenever.
    """

    def __init__(
        self,
        app: ASGIApp,
        bounds: Bounds,
        prefix: str = "",
        runtime: Callable[[], Runtime] = get_instance,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app, self.bounds, self.path = app, bounds, f"{prefix}/_stcore/upload_file/"
        self.runtime, self.clock = runtime, clock
        self.coming: Counter[str] = Counter()  # bytes on their way, by session
        self.told = functools.lru_cache(1024)(lambda _session: Allowance(clock()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(self.path):
            return await self.app(scope, receive, send)
        session = scope["path"].removeprefix(self.path).partition("/")[0]
        size = declared_size(Headers(scope=scope))
        if refusal := self._refusal(session, size):
            return await self._refuse(refusal, session, scope, receive, send)
        self.coming[session] += size
        try:
            await self._taken(session, scope, receive, send)
        finally:
            self.coming[session] -= size
            self.coming += Counter()  # drops those at zero
            if self.runtime()._session_mgr.get_session_info(session) is None:  # it ended meanwhile: nobody else would
                self.runtime().uploaded_file_mgr.remove_session_files(session)

    def _refusal(self, session: str, size: int) -> Refusal | None:
        held = held_by_session(cast("MemoryUploadedFileManager", self.runtime().uploaded_file_mgr)) + self.coming
        if held[session] + size > self.bounds.session:
            return "session"
        return "server" if held.total() + size > self.bounds.server else None

    async def _taken(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            async with asyncio.timeout(LONGEST_S):
                await self.app(scope, receive, noted)
        except TimeoutError:
            if not answered:
                await self._refuse("slow", session, scope, receive, send, read=False)

    async def _refuse(
        self, refusal: Refusal, session: str, scope: Scope, receive: Receive, send: Send, *, read: bool = True
    ) -> None:
        """Say so in the answer and on the page. A browser that is still sending would not read the answer."""
        if read:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_S):
                    await _discard(receive)
        self._say(refusal, session)
        sentence = page_prose("site")["uploads"][refusal]
        headers = {"Retry-After": "60"} if refusal == "server" else {}
        await PlainTextResponse(sentence, STATUS[refusal], headers)(scope, receive, send)

    def _say(self, refusal: Refusal, session: str) -> None:
        """Have the page run to say it, no more often than its visitor could."""
        info = self.runtime()._session_mgr.get_session_info(session)
        if info is None:
            return
        REFUSALS.add(session, refusal)
        if not self.told(session).wait(PAGE_RUN, self.clock()):
            state = ClientState()
            state.CopyFrom(info.session._client_state)  # as for a script that was edited
            state.fragment_id = ""
            info.session.request_rerun(state)


def declared_size(headers: Mapping[str, str]) -> int:
    """Bytes that a request takes room for: as many as it says, or as many as it could have."""
    most = get_option("server.maxUploadSize") * MEBIBYTE
    said = headers.get("content-length", "")
    return max(LEAST, min(int(said), most)) if said.isascii() and said.isdigit() and len(said) < 19 else int(most)


def held_by_session(manager: MemoryUploadedFileManager) -> Counter[str]:
    """Bytes of the files that each session has."""
    held: Counter[str] = Counter()
    for session, files in list(manager.file_storage.items()):
        held[session] = sum(max(LEAST, len(file.data)) for file in list(files.values()))
    return held


async def _discard(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
