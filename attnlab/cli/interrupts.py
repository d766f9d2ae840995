"""Ctrl-C that waits for the end of a chunk, so that what there is so far can be shown."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def interrupts() -> Iterator[Event]:
    """An event that the first Ctrl-C sets; a second one raises KeyboardInterrupt as ever."""
    asked = Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
