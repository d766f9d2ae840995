"""The heartbeat of a worker, in a thread of its own: a long step of training is no death."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attnlab.training.store import NotHeldError, RunStore, StoreFault, UnknownRunError

BEAT_S = 1.0
STALL_S = 300.0
"""A worker that has done nothing for so long hangs: its heart stops, so that a supervisor gives the run to another."""
LEASES_EVERY = 10
"""Beats between two looks at leases: the worker of an app that is gone must not train for ever."""


class Heart:
    """Beats while the worker is at work."""

    def __init__(self, store: RunStore, run_id: str, worker: str) -> None:
        self._store, self._run_id, self._worker = store, run_id, worker
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
                with suppress(StoreFault):  # the next beat tries again
                    self._store.queue.beat(self._run_id, self._worker)
                    beats += 1
                    if beats % LEASES_EVERY == 0:
                        self._store.queue.stop_abandoned()


@contextmanager
def beating(store: RunStore, run_id: str, worker: str) -> Iterator[Heart]:
    """A heart that beats until the block ends."""
    heart = Heart(store, run_id, worker)
    thread = threading.Thread(target=heart.beat, name=f"heart of {run_id}", daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        heart.stop()
        thread.join()
