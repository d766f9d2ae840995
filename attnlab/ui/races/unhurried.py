"""Which step of a run is read while it trains, where that is much work: a newer one only after a rest.

Held-out texts of a learner's own may be thousands. Read at every new snapshot, they would cost the server several times
what training costs; all pages that watch a run share the step, and so what is made of it.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

REST = 10.0
"""Times as long as the last reading took."""
MOST = 256
"""Runs whose last reading is remembered."""


@dataclass(frozen=True)
class _Reading:
    step: int
    seconds: float
    ended: float


class Unhurried:
    """The last reading of each run."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, _Reading] = OrderedDict()
        self._lock = threading.Lock()

    def step(self, run: str, newest: int) -> int:
        """The newest step, or that of the last reading while its rest lasts."""
        with self._lock:
            last = self._last.get(run)
        if last is None or last.step > newest or time.monotonic() - last.ended >= REST * last.seconds:
            return newest
        return last.step

    def took(self, run: str, step: int, seconds: float) -> None:
        """A step was read; the second time it only comes from a cache, which says nothing of the work."""
        with self._lock:
            last = self._last.get(run)
            if last is not None and last.step == step:
                return
            self._last[run] = _Reading(step, seconds, time.monotonic())
            self._last.move_to_end(run)
            while len(self._last) > MOST:
                self._last.popitem(last=False)


UNHURRIED = Unhurried()
"""Of the process."""
