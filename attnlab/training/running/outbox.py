"""What a race has told on its way to the store: points and snapshots, a few times a second, points first.

Points come in two kinds. Of a chunk: `loss` (mean over its steps), `lr`, `grad_norm`, `tokens_per_s`. Of an
evaluation: `metric`, and `extras["test_loss"]`. A third marks where the learning rate was changed:
`extras["set_lr"]` is the new peak.
"""

import logging
import math
import time

from attnlab.training.events import ChunkDone, Evaluated, Event, SnapshotDue
from attnlab.training.loop import Learner
from attnlab.training.race import NUM_SNAPSHOTS, Race
from attnlab.training.running.claim import Claim
from attnlab.training.snapshots import pack
from attnlab.training.store import Counters, Point, Snapshot, StoreError
from attnlab.training.store.snapshots import MAX_SNAPSHOTS_BYTES

FLUSH_S = 0.2
MAX_WAITING_BYTES = 32 * 2**20
RESUMABLE_EVERY_S = 1.0
"""Of a contender. Snapshots between, dozens in the first second, are weights to look at: a third of the cost."""
SNAPSHOT_SHARE = 0.9
"""Of the room that a run has: the rest is for the last ones, of a run that is stopped."""

log = logging.getLogger(__name__)


class Outbox:
    """Points and snapshots of one run that the store does not have yet."""

    def __init__(self, claim: Claim, race: Race) -> None:
        self._claim, self._race = claim, race
        self._points: list[Point] = []
        self._snapshots: list[Snapshot] = []
        self._due = dict.fromkeys(race.learners, 0)
        self._resumable = dict.fromkeys(race.learners, -math.inf)  # when the last one was made
        self._flushed = 0.0

    def add(self, event: Event) -> None:
        """An event, while the race stands at it."""
        learner = self._race.learners[event.family]
        if isinstance(event, ChunkDone):
            result = event.result
            self._points.append(
                Point(
                    event.family,
                    step=result.step,
                    examples=result.examples,
                    seconds=result.seconds,
                    loss=result.loss,
                    lr=result.lr,
                    grad_norm=result.grad_norm,
                    tokens_per_s=result.tokens_per_s,
                )
            )
        elif isinstance(event, Evaluated):
            self._add_point(learner, event.metric, {"test_loss": event.loss})
        elif isinstance(event, SnapshotDue):
            self._add_due_snapshot(learner)

    def mark_lr(self, learner: Learner) -> None:
        """The learning rate was changed here."""
        self._add_point(learner, None, {"set_lr": learner.peak})

    def add_snapshot(self, learner: Learner) -> None:
        """The contender as it is, whether that is due or not."""
        self._snapshots.append(_snapshot(learner, pack(learner), resumable=True))

    def flush(self, *, now: bool = False) -> None:
        """Save what waits, if the last time was long enough ago.

        Raises:
            NotHeldError, UnknownRunError: the run is not this worker's any more.
            StoreFault: the database could not for longer than the patience lasts.
        """
        waiting_bytes = sum(len(snapshot.weights) for snapshot in self._snapshots)
        if not (now or time.monotonic() - self._flushed >= FLUSH_S or waiting_bytes > MAX_WAITING_BYTES):
            return
        if self._points:
            self._claim.append(self._points, self._counters())
            self._points = []
        count = len(self._race.learners)
        for start in range(0, len(self._snapshots), count):
            self._save(self._snapshots[start : start + count])
        self._snapshots = []
        self._flushed = time.monotonic()

    def _save(self, snapshots: list[Snapshot]) -> None:
        try:
            self._claim.save(snapshots)
        except StoreError as error:
            if error.field not in {"snapshots", "weights"}:
                raise
            log.warning("%s: %s", self._claim.run_id, error)  # too large: without this one the run goes on

    def _add_point(self, learner: Learner, metric: float | None, extras: dict[str, float]) -> None:
        where = (learner.step, learner.examples, learner.seconds)
        self._points.append(Point(learner.family, *where, metric=metric, extras=extras))

    def _add_due_snapshot(self, learner: Learner) -> None:
        """Every due one, or every second or third and the last one where a run has no room for all of them."""
        number = self._due[learner.family]
        self._due[learner.family] += 1
        now = time.monotonic()
        resumable = learner.finished or now - self._resumable[learner.family] >= RESUMABLE_EVERY_S
        packed = pack(learner, resumable=resumable)
        fit = SNAPSHOT_SHARE * MAX_SNAPSHOTS_BYTES // (len(packed) * len(self._race.learners))
        stride = max(1, -(-NUM_SNAPSHOTS // max(1, int(fit) - 1)))
        if number % stride == 0 or learner.finished:
            self._snapshots.append(_snapshot(learner, packed, resumable=resumable))
            if resumable:
                self._resumable[learner.family] = now

    def _counters(self) -> Counters:
        """Of the contender furthest behind among those that have not diverged; seconds of all together."""
        learners = self._race.learners.values()
        last = min(learners, key=lambda learner: (learner.diverged, learner.step))
        return Counters(last.step, last.examples, sum(learner.seconds for learner in learners))


def _snapshot(learner: Learner, packed: bytes, *, resumable: bool) -> Snapshot:
    return Snapshot(learner.family, learner.step, packed, {"seconds": learner.seconds, "resumable": resumable})
