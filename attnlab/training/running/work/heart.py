"""The heartbeat of a worker, in a thread of its own: a long step of training is no death."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attnlab.training.running.work.claim import Claim
from attnlab.training.store import NotHeldError, StoreFault, UnknownRunError

BEAT_S = 1.0
STALL_S = 300.0
"""A worker that has done nothing for so long hangs: its heart stops, so that a supervisor gives the run to another."""
LEASES_EVERY = 10
"""Beats between two looks at leases: the worker of an app that is gone must not train for ever."""


class Heart:
    """Beats while the worker is at work."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._stopped = threading.Event()
        self._touched = time.monotonic()

    def touch(self) -> None:
        """The worker has done something."""
        self._touched = time.monotonic()

    def stop(self) -> None:
        """No more beats."""
        self._stopped.set()

    def beat(self) -> None:
        """Until stopped, or until the run is somebody else's; the worker itself finds that out."""
        beats = 0
        with suppress(NotHeldError, UnknownRunError):
            while not self._stopped.wait(BEAT_S):
                if time.monotonic() - self._touched > STALL_S:
                    continue
                try:
                    self._claim.beat()
                    beats += 1
                    if beats % LEASES_EVERY == 0:
                        self._claim.store.queue.stop_abandoned()
                except StoreFault:  # the next beat tries again; pages, too, could renew no lease until now
                    beats = 0


@contextmanager
def beating(claim: Claim) -> Iterator[Heart]:
    """A heart that beats until the block ends."""
    heart = Heart(claim)
    thread = threading.Thread(target=heart.beat, name=f"heart of {claim.run_id}", daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        heart.stop()
        thread.join()
