"""A run in the hands of one worker: what that one may read and write of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from attnlab.training.running.patience import Patience
from attnlab.training.store import Command, Counters, Point, Run, RunStore, Snapshot, Status

MAX_ORDERS = 1_000
"""Commands of a run that a worker which takes it over looks at."""


@dataclass(frozen=True)
class Claim:
    """The right of a worker to a run. What it does with it waits for a database that is busy or away.

    `beat` and `give_back` do not wait. Each raises `NotHeldError` or `UnknownRunError` where the run is not this
    worker's any more, and `StoreFault` where the database could not for longer than the patience lasts.
    """

    store: RunStore
    run_id: str
    worker: str
    patient: Patience

    def take(self, *, takeover: bool) -> Run | None:
        """The run, held from now on; None if another worker has it."""
        return self.patient(lambda: self.store.queue.claim(self.worker, self.run_id, takeover=takeover))

    def mark(self, status: Status, note: str) -> Run:
        """How the run stands."""
        return self.patient(lambda: self.store.queue.mark(self.run_id, self.worker, status, note))

    def beat(self) -> None:
        """A sign of life, tried once."""
        self.store.queue.beat(self.run_id, self.worker)

    def give_back(self, note: str) -> None:
        """The run waits for a worker again, for no fault of its own; tried once."""
        self.store.queue.give_back(self.worker, note)

    def others_wait(self) -> bool:
        """Whether a run waits for a worker."""
        return bool(self.patient(self.store.queue.waiting))

    def release(self) -> bool:
        """Whether the run is paused now without a worker; not if a command has come meanwhile."""
        return self.patient(lambda: self.store.queue.release(self.run_id, self.worker))

    def append(self, points: Sequence[Point], counters: Counters) -> None:
        """More of the curves."""
        self.patient(lambda: self.store.points.append(self.run_id, self.worker, points, counters))

    def save(self, snapshots: Sequence[Snapshot]) -> None:
        """Contenders as they are.

        Raises:
            StoreError: they are too large.
        """
        self.patient(lambda: self.store.snapshots.save(self.run_id, self.worker, snapshots))

    def commands(self) -> list[Command]:
        """Those that nobody has taken yet."""
        return self.patient(lambda: self.store.commands.take(self.run_id, self.worker))

    def acknowledge(self, command: Command, note: str) -> None:
        """A command was carried out, with what there is to say about it."""
        self.patient(lambda: self.store.commands.acknowledge(self.run_id, self.worker, [command], note))

    def past_commands(self) -> list[Command]:
        """Every one so far, in the order they were sent."""
        return self.patient(lambda: self.store.commands.listed(self.run_id, limit=MAX_ORDERS))
