"""Server-sent events: one task a process asks the store for all rooms what is new, and tells whoever listens.

A listener has room for one message, the latest: who is slow misses what came in between, and never holds up others.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from attnlab.classroom import NoRoomError, Room, RoomStore
from attnlab.training.store import StoreError, StoreFault
from attnlab.ui.classroom.telling import as_text, told

EVERY_S = 0.2
COMMENT_S = 15.0
"""A proxy that hears nothing for a minute hangs up; and whoever listens is seen on the seat so often."""
COUNT_S = 2.0
"""How often the teacher is told how many there are."""
COMMENT = ": still here\n\n"
MOST_STREAMS = 6
"""Of one seat: a browser opens no more to one address."""


class Listener:
    """Somebody's stream."""

    def __init__(self, seat: str, *, teacher: bool) -> None:
        self.seat, self.teacher = seat, teacher
        self._message: str | None = None
        self._fresh = asyncio.Event()

    def tell(self, message: str | None) -> None:
        """What is to be sent next, in the place of what was not sent yet; None ends the stream."""
        self._message = message
        self._fresh.set()

    async def heard(self) -> str | None:
        """The latest message, as soon as there is one."""
        await self._fresh.wait()
        self._fresh.clear()
        return self._message


class Reader:
    """The listeners of this process, and the one task that reads for them while there are any.

    Args:
        rooms: opens the store.
        every_s: how often it is asked, in seconds.
        comment_s: after how much silence a comment is sent, in seconds.
    """

    def __init__(self, rooms: Callable[[], RoomStore], every_s: float = EVERY_S, comment_s: float = COMMENT_S) -> None:
        self._rooms, self._every_s, self._comment_s = rooms, every_s, comment_s
        self._listeners: dict[str, set[Listener]] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._present: dict[str, int] = {}
        self._newest = 0
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def streams(self, code: str, seat: str) -> int:
        """How many streams of a room a seat has here."""
        return sum(listener.seat == seat for listener in self._listeners.get(code, ()))

    def wake(self) -> None:
        """Something has been posted here: ask the store now."""
        self._woken.set()

    async def events(self, code: str, seat: str, *, teacher: bool) -> AsyncIterator[str]:
        """A room's events for one listener, from its state on, until the room is gone or the server ends."""
        listener = Listener(seat, teacher=teacher)
        self._listeners.setdefault(code, set()).add(listener)
        self._newest -= 1
        self._seen[code] = (self._newest, 0)  # no room was ever so: the next look tells the newcomer, too
        if self._task is None or self._task.done():
            self._woken = asyncio.Event()
            self._task = asyncio.create_task(self._read())
        self.wake()
        try:
            while True:
                try:
                    async with asyncio.timeout(self._comment_s):
                        message = await listener.heard()
                except TimeoutError:
                    yield COMMENT
                    continue
                if message is None:
                    return
                yield f"data: {message}\n\n"
        finally:
            self._listeners[code].discard(listener)
            if not self._listeners[code]:
                del self._listeners[code]
                self._seen.pop(code, None)
                self._present.pop(code, None)

    async def _read(self) -> None:
        counted = looked = 0.0
        while self._listeners and not is_ending():
            self._woken.clear()
            now = time.monotonic()
            count, see = now - counted >= COUNT_S, now - looked >= self._comment_s
            counted, looked = now if count else counted, now if see else looked
            with suppress(StoreFault, StoreError):  # the next look may find it again
                messages = await run_in_threadpool(self._look, count, see)
                self._tell(messages)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._woken.wait()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(None)

    def _look(self, count: bool, see: bool) -> dict[tuple[str, bool], str | None]:
        """What is to be told, by room and by whether it is for its teacher."""
        rooms, seen = self._rooms(), dict(self._seen)
        if see:
            sitting = {code: {one.seat for one in them if not one.teacher} for code, them in self._copied().items()}
            rooms.sitting.see({code: here for code, here in sitting.items() if here})
        led = [code for code, them in self._copied().items() if any(one.teacher for one in them)]
        present = rooms.sitting.present(led) if count and led else {}
        news = rooms.news(seen)
        for code in present:
            if code in self._listeners and present[code] != self._present.get(code):
                self._present[code] = present[code]
                with suppress(NoRoomError):
                    news.setdefault(code, rooms.look(code))
        told_now: dict[tuple[str, bool], str | None] = {}
        for code, room in news.items():
            for teacher in {one.teacher for one in self._copied().get(code, ())}:
                told_now[code, teacher] = self._message(rooms, room, teacher=teacher)
            if room is not None and self._seen.get(code) == seen[code]:
                self._seen[code] = (room.version, room.ballots)
        return told_now

    def _copied(self) -> dict[str, list[Listener]]:
        return {code: list(listeners) for code, listeners in list(self._listeners.items())}

    def _message(self, rooms: RoomStore, room: Room | None, *, teacher: bool) -> str | None:
        if room is None:
            return None
        return as_text(told(rooms, room, teacher=teacher, present=self._present.get(room.code, 0)))

    def _tell(self, messages: dict[tuple[str, bool], str | None]) -> None:
        for code, listeners in self._copied().items():
            for listener in listeners:
                if (code, listener.teacher) in messages:
                    listener.tell(messages[code, listener.teacher])


def is_ending() -> bool:
    """Whether the server was told to end: it waits for open answers, and a stream of events is never done by itself."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
