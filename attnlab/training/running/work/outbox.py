"""What a race has told on its way to the store: points and snapshots, a few times a second of work, points first.

Points come in two kinds. Of a chunk: `loss` (mean over its steps), `lr`, `grad_norm`, `tokens_per_s`. Of an
evaluation: `metric`, `extras["test_loss"]` and the number of examples scored, `extras["test_examples"]`. A third marks
where the learning rate was changed: `extras["set_lr"]` is the new peak.

The last snapshot of a contender has beside its weights their final score, `meta["test"]` (`Evaluation.to_json`), and
the learning rate that led to them: its `meta["peak"]`, and in `meta["untuned"]` whether that was a guess. The table of
rates may be another one by the time somebody looks.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace

from attnlab.training.racing.events import ChunkDone, Evaluated, Event, SnapshotDue
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import NUM_SNAPSHOTS, Race
from attnlab.training.running.work.claim import Claim
from attnlab.training.running.work.pace import Pace
from attnlab.training.scoring.evaluate import final_scores
from attnlab.training.snapshots import pack
from attnlab.training.store import Counters, Point, Snapshot, StoreError
from attnlab.training.store.checks import Json
from attnlab.training.store.snapshots import MAX_SNAPSHOTS_BYTES

FLUSH_S = 0.2
MAX_WAITING_BYTES = 32 * 2**20
RESUMABLE_EVERY_S = 1.0
"""Of a contender. Snapshots between, dozens in the first second, are weights to look at: a third of the cost."""
SNAPSHOT_SHARE = 0.9
"""Of the room that a run has: the rest is for the last ones, of a run that is stopped."""

log = logging.getLogger(__name__)


class Outbox:
    """Points and snapshots of one run that the store does not have yet.

    Args:
        claim: this worker's.
        race: the run's.
        alive: called while a last score is found, which of many texts takes minutes.
    """

    def __init__(self, claim: Claim, race: Race, alive: Callable[[], object]) -> None:
        self._claim, self._race, self._alive = claim, race, alive
        self._points: list[Point] = []
        self._snapshots: list[Snapshot] = []
        self._due = dict.fromkeys(race.learners, 0)
        self._resumable = {contender: Pace(RESUMABLE_EVERY_S) for contender in race.learners}
        self._flushes = Pace(FLUSH_S)
        self._every, self._every_resumable = spacing(race.learners.values())

    def add(self, event: Event) -> None:
        """An event, while the race stands at it."""
        learner = self._race.learners[event.contender]
        if isinstance(event, ChunkDone):
            result = event.result
            self._points.append(
                Point(
                    event.contender,
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
            self._add_point(learner, event.metric, {"test_loss": event.loss, "test_examples": event.examples})
        elif isinstance(event, SnapshotDue):
            self._add_due_snapshot(learner)

    def mark_lr(self, learner: Learner) -> None:
        """The learning rate was changed here."""
        self._add_point(learner, None, {"set_lr": learner.peak})

    def add_snapshot(self, learner: Learner) -> None:
        """The contender as it is, whether that is due or not, with its score."""
        self._snapshots.append(_last_snapshot(learner, pack(learner), self._alive))

    def flush(self, *, now: bool = False) -> bool:
        """Save what waits, if the last time was long enough ago.

        Returns:
            False if the run has no room for a snapshot, which is lost.

        Raises:
            NotHeldError, UnknownRunError: the run is not this worker's any more.
            StoreFault: the database could not for longer than the patience lasts.
        """
        waiting_bytes = sum(len(snapshot.weights) for snapshot in self._snapshots)
        if not (now or self._flushes.is_due() or waiting_bytes > MAX_WAITING_BYTES):
            return True
        if self._points:
            self._claim.append(self._points, self._counters())
            self._points = []
        count = len(self._race.learners)
        starts = range(0, len(self._snapshots), count)
        saved = [self._saved(self._snapshots[start : start + count]) for start in starts]
        self._snapshots = []
        self._flushes.begin()
        return all(saved)

    def _saved(self, snapshots: list[Snapshot]) -> bool:
        try:
            self._claim.save(snapshots)
        except StoreError as error:
            if error.field not in {"snapshots", "weights"}:
                raise
            log.warning("%s: %s", self._claim.run_id, error)  # too large: without this one the run goes on
            return False
        return True

    def _add_point(self, learner: Learner, metric: float | None, extras: dict[str, float]) -> None:
        where = (learner.step, learner.examples, learner.seconds)
        self._points.append(Point(learner.contender, *where, metric=metric, extras=extras))

    def _add_due_snapshot(self, learner: Learner) -> None:
        """Every due one, or every second or third and the last one where a run has no room for all of them."""
        if learner.finished:
            self.flush(now=True)  # pages know that all steps are made, while the score of the last one is found
            self.add_snapshot(learner)
            return
        number, pace = self._due[learner.contender], self._resumable[learner.contender]
        self._due[learner.contender] += 1
        if number % self._every:
            return
        resumable = number % self._every_resumable == 0 and pace.is_due()
        self._snapshots.append(_snapshot(learner, pack(learner, resumable=resumable), resumable=resumable))
        if resumable:
            pace.begin()

    def _counters(self) -> Counters:
        """Of the contender furthest behind among those that have not diverged; seconds of all together."""
        learners = self._race.learners.values()
        last = min(learners, key=lambda learner: (learner.diverged, learner.step))
        return Counters(last.step, last.examples, sum(learner.seconds for learner in learners))


def spacing(learners: Collection[Learner]) -> tuple[int, int]:
    """Every which of the due snapshots a run has room for, and every which of them may be resumable.

    Half of the room is for each. It is the same for all contenders, large or small: a page shows them at one step, and
    one that only some had kept would be of no use to it.
    """
    room = SNAPSHOT_SHARE * MAX_SNAPSHOTS_BYTES / 2
    to_look_at, to_resume_from = (
        _one_in(room, sum(len(pack(learner, resumable=resumable)) for learner in learners))
        for resumable in (False, True)
    )
    return to_look_at, to_look_at * -(-to_resume_from // to_look_at)


def _one_in(room: float, size: int) -> int:
    return max(1, -(-NUM_SNAPSHOTS // max(1, int(room // size) - 1)))


def _snapshot(learner: Learner, packed: bytes, *, resumable: bool) -> Snapshot:
    return Snapshot(learner.contender, learner.step, packed, {"seconds": learner.seconds, "resumable": resumable})


def _last_snapshot(learner: Learner, packed: bytes, alive: Callable[[], object]) -> Snapshot:
    snapshot, plan = _snapshot(learner, packed, resumable=True), learner.plan
    guessed = learner.contender in plan.untuned and learner.peak == plan.rate(learner.contender).lr
    test = final_scores(learner.model, learner.task, alive).to_json()
    about: dict[str, Json] = {"test": test, "peak": learner.peak, "untuned": guessed}
    return replace(snapshot, meta={**snapshot.meta, **about})
