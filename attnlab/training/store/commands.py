"""Commands on their way from a page to the worker that trains."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, insert, or_, select, update

from attnlab.training.store.checks import checked_id, checked_number, checked_whole, cleaned_message
from attnlab.training.store.errors import NotHeldError, StoreError, UnknownRunError
from attnlab.training.store.rows import held_row, owned_row, run_row
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import commands, runs
from attnlab.training.store.values import ACTIVE, Caller, Command, CommandKind

MAX_WAITING = 50
MAX_STEPS = 10_000
MAX_LR = 100.0
KINDS: tuple[CommandKind, ...] = ("pause", "resume", "stop", "step", "set_lr")
GO_ON: tuple[CommandKind, ...] = ("resume", "step")

_FRESH = (
    (commands.c.run == bindparam("of_run"))
    & commands.c.acknowledged.is_(None)
    & or_(commands.c.taken_by.is_(None), commands.c.taken_by != bindparam("for_worker"))
)
# Asked many times a second and nearly always in vain: built once, and no write.
_ASKED = select(runs.c.worker, runs.c.status, exists().where(_FRESH)).where(runs.c.id == bindparam("of_run"))
_TAKEN = update(commands).where(_FRESH).values(taken_by=bindparam("for_worker")).returning(*commands.c)


class Commands:
    """The commands to all runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def send(self, run: str, kind: CommandKind, value: float | None = None, *, by: Caller) -> None:
        """Ask something of a run.

        One that has no worker and is to stop has "stopped" at once. One that is paused without a worker and is to go on
        waits in the queue again.

        Args:
            run: whom.
            kind: "pause", "resume", "stop", "step" (so many and pause) or "set_lr".
            value: how many steps, or the learning rate; None for the others.
            by: who asks.

        Raises:
            NotOwnerError: whoever asks has not started it.
            StoreError: not a command, a value out of bounds, a run that has ended, too many unanswered commands.
        """
        checked = _checked_value(kind, value)
        with self._database.writing() as connection:
            # Locked against the end of the run, which would leave the command unanswered for ever.
            locked = owned_row(connection, run, by)
            if locked.status not in ACTIVE:
                allowed = f"sent to a run that is {', '.join(ACTIVE)}"
                raise StoreError(kind, locked.status, allowed, "not_now")
            if kind == "stop" and locked.worker is None:
                values = {"status": "stopped", "ended": self._clock(connection)}
                connection.execute(update(runs).where(runs.c.id == run).values(**values))
                return
            if kind in GO_ON and locked.status == "paused" and locked.worker is None:
                connection.execute(update(runs).where(runs.c.id == run).values(status="queued"))
            waiting = select(func.count()).where(commands.c.run == run, commands.c.acknowledged.is_(None))
            if (count := connection.execute(waiting).scalar_one()) >= MAX_WAITING:
                allowed = f"at most {MAX_WAITING} unanswered in one run"
                raise StoreError("commands", count + 1, allowed, "waiting", most=MAX_WAITING)
            connection.execute(
                insert(commands).values(run=run, kind=kind, value=checked, created=self._clock(connection))
            )

    def take(self, run: str, worker: str) -> list[Command]:
        """New commands in the order they were sent, each given to this worker once.

        What a worker took and did not acknowledge before it died is given to the next one.

        Raises:
            NotHeldError: the worker does not hold the run (any more) and should stop.
        """
        names = {"of_run": checked_id(run), "for_worker": worker}
        with self._database.reading() as connection:
            row = connection.execute(_ASKED, names).first()
        if row is None:
            raise UnknownRunError(run)
        holder, status, some = row
        if holder != worker:
            raise NotHeldError("worker", worker, f"the one that holds the run, which is {status}")
        if not some:
            return []
        with self._database.writing() as connection:
            held_row(connection, run, worker, self._clock(connection))
            return sorted(map(_command, connection.execute(_TAKEN, names)), key=lambda command: command.id)

    def acknowledge(self, run: str, worker: str, done: Sequence[Command], note: str = "") -> None:
        """Say that commands were carried out, or why not."""
        mine = (commands.c.run == run) & commands.c.id.in_([command.id for command in done])
        with self._database.writing() as connection:
            held_row(connection, run, worker, self._clock(connection))
            values = {"acknowledged": self._clock(connection), "note": cleaned_message(note)}
            connection.execute(update(commands).where(mine, commands.c.acknowledged.is_(None)).values(**values))

    def listed(self, run: str, *, waiting_only: bool = False, limit: int = 50) -> list[Command]:
        """A run's latest commands, in the order they were sent."""
        query = select(commands).where(commands.c.run == run).order_by(commands.c.id.desc())
        if waiting_only:
            query = query.where(commands.c.acknowledged.is_(None))
        with self._database.reading() as connection:
            run_row(connection, run)
            rows = connection.execute(query.limit(checked_whole("limit", limit, 1, 1_000))).all()
        return [_command(row) for row in reversed(rows)]


def _checked_value(kind: object, value: object) -> float | None:
    if kind not in KINDS:
        raise StoreError("command", kind, f"one of {', '.join(KINDS)}")
    if kind == "step":
        return checked_whole("step", value, 1, MAX_STEPS)
    if kind == "set_lr":
        return checked_number("set_lr", value, 0, MAX_LR)
    if value is not None:
        raise StoreError(str(kind), value, "sent without a value")
    return None


def _command(row: Row[Any]) -> Command:
    taken = row.taken_by is not None
    return Command(row.id, row.kind, row.value, row.created, taken, row.acknowledged, row.note)
