"""How often a worker does what is no training: by its own processor time, not by the clock."""

import math
import time

LONGEST = 5.0
"""Intervals on the clock after which it is time in any case: a thread that waits for a GPU may use no processor."""


class Pace:
    """Says when it is time again.

    On a machine with nothing else to do, a second of this thread's processor time is one of the clock. On a busy one
    the clock runs ahead, and what is done so many times a second would take the larger a share of what is left.

    Args:
        every_s: seconds of the thread's processor time between two times.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._worked = self._clock = -math.inf

    def is_due(self) -> bool:
        """Whether the last time was long enough ago; at first it is."""
        worked, clock = time.thread_time() - self._worked, time.monotonic() - self._clock
        return worked >= self._every_s or clock >= LONGEST * self._every_s

    def begin(self) -> None:
        """This is the last time."""
        self._worked, self._clock = time.thread_time(), time.monotonic()
