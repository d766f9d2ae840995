"""A race: contenders that learn the same thing side by side, chunk by chunk, in one thread."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping

import torch

from attnlab.engine import SpecError
from attnlab.training.plans.plan import MAX_STEPS, RacePlan
from attnlab.training.racing.events import ChunkDone, Diverged, Evaluated, Event, Finished, SnapshotDue
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.reading import as_read_by
from attnlab.training.scoring.evaluate import held_out, scores
from attnlab.training.snapshots import restore, snapshot_steps

NUM_SNAPSHOTS = 60
EVALUATION_SHARE = 0.05
"""Of the time of training. An example costs a third of what it costs in training: forward, without backward."""


class Race:
    """Contenders and whose turn it is.

    Nothing happens between two events, so a caller pauses a race by asking for no more of them, stops it by dropping
    it, and may pack a contender or set a learning rate whenever it holds an event.

    Args:
        plan: the race.
        learners: contenders made elsewhere, by key; those missing are made here.
        snapshots: where contenders go on, by key, as `pack` made them; the others begin at step 0.
        device: where models live.

    Raises:
        SpecError: a snapshot that is none of this plan's.
    """

    def __init__(
        self,
        plan: RacePlan,
        *,
        learners: Mapping[str, Learner] | None = None,
        snapshots: Mapping[str, bytes] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        made = learners or {}
        self.plan = plan
        self.learners = {key: made.get(key) or Learner(plan, key, device=device) for key in plan.contenders}
        for key, data in (snapshots or {}).items():
            restore(self._learner(key), data)
        self.snapshot_steps = frozenset(snapshot_steps(_most_steps(plan), NUM_SNAPSHOTS))
        self.evaluation_steps = frozenset(evaluation_steps(plan))
        self._stops = sorted(self.snapshot_steps | self.evaluation_steps)
        self._test = held_out(plan.task)
        self._ended: set[str] = set()
        self._events: deque[Event] = deque()
        for learner in self.learners.values():
            if learner.step == 0 and learner.contender not in (snapshots or {}):
                self._look(learner)

    @property
    def finished(self) -> bool:
        """Whether every contender has finished or diverged, and said so."""
        return self.all_told and len(self._ended) == len(self.learners)

    @property
    def all_told(self) -> bool:
        """Whether whoever asks for events has had all there are so far: packed now, no contender forgets a score."""
        return not self._events

    def events(self, until: int | None = None) -> Iterator[Event]:
        """What happens next; training goes on while this is iterated.

        Whoever has seen the fewest examples, or trained for the fewest seconds, comes next, in the order of the plan
        where they are equal. Chunks end where snapshots and evaluations are due, which is at the same steps for all.

        Args:
            until: stop when every contender has made so many steps or has ended; None for the end of the race.
        """
        limit = MAX_STEPS if until is None else until
        while True:
            if not self._events:
                self._advance(limit)
            if not self._events:
                return
            yield self._events.popleft()

    def set_lr(self, contender: str | None, lr: float) -> None:
        """A new peak of the learning rate from the next step on, of one contender or of all.

        Raises:
            SpecError: not a contender, or a rate out of bounds.
        """
        learners = self.learners.values() if contender is None else [self._learner(contender)]
        for learner in learners:
            learner.set_lr(lr)

    def _learner(self, contender: str) -> Learner:
        if contender not in self.learners:
            message = f"contender ({contender!r:.60}) must be one of {', '.join(self.learners)}"
            raise SpecError("contender", "choice", message, got=contender, choices=tuple(self.learners))
        return self.learners[contender]

    def _advance(self, limit: int) -> None:
        """One chunk of whoever comes next, if anybody does, and the events that follow from it."""
        for learner in self.learners.values():
            if learner.finished:
                self._end(learner)
        running = [one for one in self.learners.values() if not one.finished and one.step < limit]
        if self._events or not running:
            return
        learner = min(running, key=self._progress)
        result = learner.advance(self._chunk(learner, limit))
        self._events.append(ChunkDone(learner.contender, result))
        if learner.diverged:
            self._events.append(SnapshotDue(learner.contender, learner.step))
        else:
            self._look(learner)
        if learner.finished:
            self._end(learner)

    def _progress(self, learner: Learner) -> float:
        return learner.examples if self.plan.seconds is None else learner.seconds

    def _chunk(self, learner: Learner, limit: int) -> int:
        stop = self._stops[bisect_right(self._stops, learner.step)]
        return min(learner.affordable_steps, stop - learner.step, limit - learner.step)

    def _look(self, learner: Learner) -> None:
        """Evaluation before snapshot: whoever resumes from a snapshot finds its scores already told."""
        contender, step = learner.contender, learner.step
        if step in self.evaluation_steps or learner.finished:
            seen = scores(learner.model, as_read_by(learner.model, self.plan.task, self._test), self.plan.task.info)
            self._events.append(Evaluated(contender, step, seen.loss, seen.metric, seen.examples))
        if step in self.snapshot_steps or learner.finished:
            self._events.append(SnapshotDue(contender, step))

    def _end(self, learner: Learner) -> None:
        if learner.contender not in self._ended:
            self._ended.add(learner.contender)
            kind = Diverged if learner.diverged else Finished
            self._events.append(kind(learner.contender, learner.step))


def evaluation_steps(plan: RacePlan) -> tuple[int, ...]:
    """When contenders are scored: half of the steps evenly spaced, half on a logarithmic scale.

    Fixed by the plan and not by a clock, so that contenders are scored at the same steps and a plan run twice gives
    the same scores; as many as `EVALUATION_SHARE` pays for, but 8 at least and 100 at most. In a race of seconds, whose
    steps nobody knows, all on the logarithmic scale, 6 % apart.
    """
    total = _most_steps(plan)
    if plan.seconds is not None:
        return snapshot_steps(total, 200)
    cost_steps = len(held_out(plan.task).inputs) / (3 * plan.batch_size)
    half = round(min(max(EVALUATION_SHARE * total / cost_steps, 8), 100) / 2)
    even = {round(total * at / half) for at in range(half + 1)}
    return tuple(sorted(even | set(snapshot_steps(total, half + 1))))


def _most_steps(plan: RacePlan) -> int:
    """Of one contender. In a race of seconds nobody knows, and the logarithmic scale serves any number."""
    return plan.steps if plan.seconds is None else MAX_STEPS
