"""What visitors have said of claims and wait for, by visitor, so that a reload or a second tab loses none of it.

Kept in the memory of this process, which a visitor's cookie leads back to (deploy/nginx.conf), and no longer than it
lives. Those who were here longest ago are forgotten first.
"""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field

from attnlab.claims import Size, VerdictName
from attnlab.claims.kept import KeptOutcome

MOST = 1000
"""Visitors who are remembered: each has a word for each claim and one outcome at most."""


@dataclass(frozen=True)
class Running:
    """An experiment that somebody waits for."""

    claim: str
    size: Size
    coming: Future[KeptOutcome]
    began: float  # of a clock that only goes forward, s

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self.began


@dataclass(frozen=True)
class Trouble:
    """Why an experiment has no outcome."""

    claim: str
    code: str  # the name of its sentence
    reason: str = ""  # as Markdown


@dataclass
class Said:
    """One visitor's part."""

    guesses: dict[str, VerdictName] = field(default_factory=dict)  # by claim; the first word stands
    outcome: KeptOutcome | None = None  # what was measured for this visitor last
    running: Running | None = None
    trouble: Trouble | None = None  # of the last experiment


class Memory:
    """What each visitor has said.

    Args:
        most: visitors who are remembered.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._said: OrderedDict[str, Said] = OrderedDict()

    def of(self, visitor: str) -> Said:
        """The part of a visitor, to read and to change."""
        with self._lock:
            said = self._said.setdefault(visitor, Said())
            self._said.move_to_end(visitor)
            while len(self._said) > self._most:
                self._said.popitem(last=False)
            return said


MEMORY = Memory()
