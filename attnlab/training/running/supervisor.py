"""Sees to it that every run somebody waits for is trained by somebody who lives.

A page's poll gives the time for it: where no page is open there is nobody to train for. Workers look after leases too.
"""

import logging
import time

from attnlab.training.running.jobs import Jobs
from attnlab.training.store import RunStore, StoreFault
from attnlab.training.store.upkeep.keeping import Limits

TICK_S = 2.0
SILENT_S = 15.0
"""A worker beats every second, and Dask notices within moments if one dies: this is for those that hang, and for
those of an app that is gone."""
SWEEP_S = 300.0
"""Between two looks for runs that are too old or too many."""
WITHOUT_END = Limits()

log = logging.getLogger(__name__)


class Supervisor:
    """One for each process, shared by its pages.

    Args:
        store: the run store.
        jobs: where runs are handed to workers.
        silent_s: how long a worker may give no sign of life.
        limits: what is kept of runs that have ended.
    """

    def __init__(
        self, store: RunStore, jobs: Jobs, *, silent_s: float = SILENT_S, limits: Limits = WITHOUT_END
    ) -> None:
        self._store, self._jobs, self._silent_s, self._limits = store, jobs, silent_s, limits
        self._swept = -SWEEP_S
        self._ticked = -TICK_S
        self._looking = False
        self._unheard = True  # pages, while this app or the database was away

    def tick(self) -> None:
        """Called from every poll of every page: looks after all runs, at most every `TICK_S`, in the background."""
        now = time.monotonic()
        if now - self._ticked >= TICK_S and not self._looking:
            self._ticked, self._looking = now, True
            self._jobs.in_background(self._look)

    def _look(self) -> None:
        try:
            self._look_after_runs()
        finally:
            self._looking = False

    def _look_after_runs(self) -> None:
        try:
            if self._unheard:
                self._store.queue.extend_leases()
                self._unheard = False
            silent = self._store.queue.requeue_silent(self._silent_s)
            self._store.queue.stop_abandoned()
            self._store.datasets.sweep()
            self._forget_old()
            waiting = self._store.queue.waiting()
        except StoreFault as fault:
            log.warning("%s", fault)
            self._unheard = True
            return
        for run_id in waiting:
            if run_id in silent:
                self._jobs.resubmit(run_id)
            else:
                self._jobs.submit(run_id)

    def _forget_old(self) -> None:
        """What is beyond the limits. Asked now and then; the store sees to it that it is done once an hour."""
        now = time.monotonic()
        if not self._limits.any or now - self._swept < SWEEP_S:
            return
        self._swept = now
        if gone := self._store.keeping.forget_hourly(self._limits):
            log.info("Old runs deleted: %d", len(gone))
