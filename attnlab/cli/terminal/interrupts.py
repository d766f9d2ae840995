"""Ctrl-C, and the signal that asks a process to end, wait for the end of a chunk: what there is so far can be shown."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Asked:
    """Whether the end was asked for, and how."""

    def __init__(self) -> None:
        self.by: signal.Signals | None = None

    def is_set(self) -> bool:
        """Whether it was."""
        return self.by is not None

    @property
    def exit_code(self) -> int:
        """What a shell says of a process that ended by it: 130 for Ctrl-C, 143 for SIGTERM; 0 if nobody asked."""
        return 0 if self.by is None else 128 + self.by


@contextmanager
def interrupts() -> Iterator[Asked]:
    """What the first such signal sets; a second one of its kind ends the process as ever."""
    asked = Asked()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.by = signal.Signals(number)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cleared_away() -> Iterator[None]:
    """SIGTERM within ends the process as Ctrl-C does: what was begun is cleared away first. Exit code 143.

    Ctrl-C does so also where the process was begun with it ignored, as a shell begins what runs behind it.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
