"""A race that is under way: obeys its commands between chunks, and streams its curves and snapshots to the store."""

import time

from attnlab.engine import SpecError
from attnlab.training.racing.race import Race
from attnlab.training.running.work.claim import Claim
from attnlab.training.running.work.heart import Heart
from attnlab.training.running.work.orders import standing_orders
from attnlab.training.running.work.outbox import Outbox
from attnlab.training.running.work.pace import Pace
from attnlab.training.store import Command, Status

LOOK_S = 0.1
"""Between two looks at commands: of work, after a chunk, or on the clock while paused."""
GIVE_WAY_S = 15.0
"""A run that nobody has given an order for so long while it is paused leaves its worker to one that waits."""
DIVERGED = "All contenders diverged: their numbers were no longer finite. A lower learning rate helps."


class Underway:
    """A race, and what pages want of it.

    Args:
        claim: this worker's.
        race: the run's, where it stands.
        note: the run's message while it goes on.
        heart: told of every sign of progress.
        taken_over: whether another worker has had it before.
    """

    def __init__(self, claim: Claim, race: Race, note: str, heart: Heart, *, taken_over: bool) -> None:
        self._claim, self._race, self._note, self._heart = claim, race, note, heart
        self._outbox = Outbox(claim, race, heart.touch)
        self._paused = self._stopped = False
        self._until: int | None = None  # steps of each contender, then pause
        self._looks = Pace(LOOK_S)
        self._ordered = time.monotonic()
        self._taken_over = taken_over

    def to_the_end(self) -> tuple[Status, str] | None:
        """Train, obey and tell until nothing is left to train, or a page says stop.

        Returns:
            How it ended, with a message; None if it is paused and has left its worker to others.
        """
        race = self._race
        if self._taken_over:
            self._take_over()
        while not (race.finished or self._stopped):
            self._heart.touch()
            if race.all_told:  # a score that was not told yet would be in no snapshot
                self._look()
                if self._paused and self._has_given_way():
                    return None
            if self._paused and race.all_told:
                time.sleep(LOOK_S)
            elif (event := next(race.events(self._until), None)) is not None:
                self._outbox.add(event)
                self._outbox.flush()
            elif not race.finished:  # all have made the steps that were asked for
                self._pause()
        self._save_all()
        if not race.finished:
            return "stopped", self._note
        if all(learner.diverged for learner in race.learners.values()):
            return "diverged", DIVERGED
        return "finished", self._note

    def _has_given_way(self) -> bool:
        """Whether the run is nobody's now: each contender can be gone on with from the step where it stands."""
        if time.monotonic() - self._ordered < GIVE_WAY_S:
            return False
        self._ordered = time.monotonic()  # if nobody waits, or there is no room to leave, look again after as long
        return self._claim.others_wait() and self._save_all() and self._claim.release()

    def _save_all(self) -> bool:
        """Every contender as it is; False if the run has no room for one of them."""
        for learner in self._race.learners.values():
            if not learner.finished:
                self._outbox.add_snapshot(learner)
        return self._outbox.flush(now=True)

    def _take_over(self) -> None:
        """Do as the worker before had been told."""
        self._mark("running")
        orders = standing_orders(self._claim.past_commands())
        if orders.lr is not None:
            self._set_lr(orders.lr)
        if orders.paused:
            self._pause()

    def _look(self) -> None:
        """New commands; while it trains, if the last look was long enough ago."""
        if not (self._paused or self._looks.is_due()):
            return
        for command in self._claim.commands():
            self._claim.acknowledge(command, self._obey(command))
            self._ordered = time.monotonic()
        self._looks.begin()

    def _obey(self, command: Command) -> str:
        """What there is to say about it."""
        if command.kind == "stop":
            self._stopped = True
        elif command.kind == "pause":
            self._pause()
        elif command.kind == "resume":
            self._run_until(None)
        elif command.kind == "step" and command.value is not None:
            self._run_until(max(self._least_steps(), self._until or 0) + int(command.value))
        elif command.kind == "set_lr" and command.value is not None:
            return self._set_lr(command.value)
        return ""

    def _pause(self) -> None:
        self._outbox.flush(now=True)
        self._paused, self._until, self._ordered = True, None, time.monotonic()
        self._mark("paused")

    def _run_until(self, steps: int | None) -> None:
        self._until = steps
        if self._paused:
            self._paused = False
            self._mark("running")

    def _set_lr(self, lr: float) -> str:
        """Of all contenders; marked on the curves of those whose rate it changes."""
        before = {key: learner.peak for key, learner in self._race.learners.items()}
        try:
            self._race.set_lr(None, lr)
        except SpecError as refusal:
            return str(refusal)
        for key, learner in self._race.learners.items():
            if learner.peak != before[key] and not learner.finished:
                self._outbox.mark_lr(learner)
        self._outbox.flush(now=True)
        return f"From step {self._least_steps()} on."

    def _least_steps(self) -> int:
        return min((one.step for one in self._race.learners.values() if not one.finished), default=0)

    def _mark(self, status: Status) -> None:
        self._claim.mark(status, self._note)
