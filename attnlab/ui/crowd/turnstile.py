"""Runs of scripts pass one after the other, in the order they were asked for.

Python computes in one thread at a time. A hundred runs at once are no faster than one after the other; but each of them
is as slow as all together, and a picture, which needs four milliseconds, waits for a turn of every one of them.
"""

import functools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from attnlab.looks.turns import wait_within

Within: TypeAlias = Callable[[ScriptRunner, RerunData], AbstractContextManager[None]]

AT_ONCE = 1
LONGEST_S = 0.5
"""A run that takes longer has its place no more: it waits for something, and nobody else has to."""

SWITCH_S = 0.001
"""After which a picture may interrupt a run; Python would wait for five times as long. Where many compete, that costs
more than it gives: with a hundred visitors it took a fifth from the slowest pictures, and nothing from the runs."""


class Turnstile:
    """Lets a few pass at once, first come, first served.

    Args:
        at_once: how many.
        longest_s: seconds until one that has not come out counts no more.
        clock: seconds since whenever.
    """

    def __init__(self, at_once: int, longest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.longest_s, self.clock = at_once, longest_s, clock
        self._lock = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._inside: dict[threading.Event, float] = {}  # since when
        self._own = threading.local()  # the ticket of a thread that is inside

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for a place, and have it until the block ends."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave one's place to others until the block ends; nothing for a thread that has none."""
        had_one = hasattr(self._own, "ticket")
        if had_one:
            self._leave()
        try:
            yield
        finally:
            if had_one:
                self._enter()

    def _enter(self) -> None:
        mine = threading.Event()
        with self._lock:
            self._line.append(mine)
            self._admit()
        while not mine.wait(self.longest_s):
            with self._lock:
                self._admit()
        self._own.ticket = mine

    def _leave(self) -> None:
        with self._lock:
            del self._inside[self._own.ticket]
            self._admit()
        del self._own.ticket

    def _admit(self) -> None:
        """Those for whom there is a place."""
        now = self.clock()
        while self._line and sum(now - since < self.longest_s for since in self._inside.values()) < self.at_once:
            first = self._line.popleft()
            self._inside[first] = now
            first.set()


@functools.cache
def put_up(within: Within = lambda _runner, _data: nullcontext()) -> None:
    """From now on all runs of this process pass it.

    Args:
        within: a context for each run, whole pages and fragments alike.
    """
    turnstile, run = Turnstile(AT_ONCE, LONGEST_S), ScriptRunner._run_script

    def in_turn(runner: ScriptRunner, rerun_data: RerunData) -> None:
        with turnstile.passing(), within(runner, rerun_data):
            run(runner, rerun_data)

    sys.setswitchinterval(SWITCH_S)
    wait_within(turnstile.aside)
    ScriptRunner._run_script = in_turn  # type: ignore[method-assign, assignment]
