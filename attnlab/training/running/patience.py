"""Waiting for a database that is busy, full or away, instead of losing what was computed."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from attnlab.training.store import StoreFault

GIVE_UP_S = 60.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0

log = logging.getLogger(__name__)
T = TypeVar("T")


class Patience:
    """Calls the store again and again while it has a fault; `StoreFault` if that lasts for longer than `give_up_s`.

    What is over at the second try is nothing that whoever reads the log could mend, and not in it.
    """

    def __init__(self, give_up_s: float = GIVE_UP_S) -> None:
        self.give_up_s = give_up_s

    def __call__(self, call: Callable[[], T]) -> T:
        """What the call returns, once it returns."""
        deadline, wait = time.monotonic() + self.give_up_s, FIRST_WAIT_S
        while True:
            try:
                return call()
            except StoreFault as fault:
                if time.monotonic() + wait > deadline:
                    raise
                if wait > FIRST_WAIT_S:
                    log.warning("%s Trying again in %.1f s.", fault, wait)
                time.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_S)
