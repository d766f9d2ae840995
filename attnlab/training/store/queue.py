"""Who works on what: workers claim runs and give signs of life; pages renew leases.

Two times run out on an unfinished run. The **lease** is the audience's: pages that show the run renew it, and once it
has passed nobody looks and the run is abandoned. The **heartbeat** is the worker's: once it is old the worker is
dead, and the run goes back to the queue for another one, which resumes from its latest snapshot.
Both are told by one clock, the database's.
"""

import statistics
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, true, update

from attnlab.training.store.checks import (
    checked_id,
    checked_number,
    checked_text,
    checked_time,
    checked_whole,
    cleaned_message,
)
from attnlab.training.store.errors import StoreError
from attnlab.training.store.rows import as_run, held_row, run_row
from attnlab.training.store.runs import LEASE_S, MAX_LEASE_S
from attnlab.training.store.sql.columns import UtcTime
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import MAX_OWNER, commands, runs
from attnlab.training.store.values import ACTIVE, ENDED, Counters, Run, Status

MAX_ATTEMPTS = 3
"""A run that has cost so many workers their life since it last went further probably kills them."""

EXTENDED_S = 900.0
"""A restart of the app, or an outage of the database, that a run's audience sits through."""

REMEMBERED_S = 3600.0
"""Who had a worker so lately lets others go first."""
MEASURED = 20
"""Runs that tell how long one takes."""


class Queue:
    """Runs that wait and runs that are worked on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, worker: str, run: str | None = None, *, takeover: bool = False) -> Run | None:
        """The run that this worker holds from now on, "running"; None if there is none to have.

        Args:
            worker: a name that no other worker has, and no earlier life of this one.
            run: this one, not the first of the queue.
            takeover: also if `run` is held by another worker, which a supervisor knows to be dead. Should it live,
                its next write is refused.
        """
        checked_text("worker", worker, MAX_OWNER)
        if takeover and run is None:
            raise StoreError("takeover", takeover, "of a run that is named")
        named = true() if run is None else runs.c.id == checked_id(run)
        with self._database.writing() as connection:
            now = self._clock(connection)
            wanted = runs.c.status.in_(ACTIVE) & (runs.c.lease_until > now) if takeover else _wanted(now)
            # SKIP LOCKED: what another worker is just claiming is not waited for. SQLite needs no such words, its
            # writers are alone.
            first = select(runs.c.id).where(wanted, named).order_by(*_turn(now)).limit(1)
            found = connection.execute(first.with_for_update(skip_locked=True)).scalar()
            if found is None:
                return None
            values: dict[str, object] = {
                "status": "running",
                "worker": worker,
                "heartbeat": now,
                "attempts": runs.c.attempts + 1,
            }
            values |= {"claims": runs.c.claims + 1}
            claimed = (
                update(runs)
                .where(runs.c.id == found)
                .values(**values, started=func.coalesce(runs.c.started, literal(now, UtcTime)))
            )
            return as_run(connection.execute(claimed.returning(*runs.c)).one())

    def position(self, run: str) -> int | None:
        """1 if the run is the next to be claimed, and so on; None if it does not wait."""
        with self._database.reading() as connection:
            row = run_row(connection, run)
            if row.status != "queued":
                return None
            in_turn = _in_turn(connection, self._clock(connection))
            return in_turn.index(run) + 1 if run in in_turn else len(in_turn) + 1

    def num_trained(self) -> int:
        """How many runs workers hold now."""
        held = select(func.count()).select_from(runs).where(_held())
        with self._database.reading() as connection:
            return connection.execute(held).scalar_one()

    def usual_s(self) -> float | None:
        """How long a run has usually been trained, in seconds: the median of the latest that finished; None before."""
        done = (runs.c.status == "finished") & runs.c.started.is_not(None) & runs.c.ended.is_not(None)
        latest = select(runs.c.started, runs.c.ended).where(done).order_by(runs.c.created.desc()).limit(MEASURED)
        with self._database.reading() as connection:
            took = [(row.ended - row.started).total_seconds() for row in connection.execute(latest)]
        return statistics.median(took) if took else None

    def waiting(self) -> list[str]:
        """Runs that wait for a worker and have an audience, in turn: nobody has two before everyone has one."""
        with self._database.reading() as connection:
            return _in_turn(connection, self._clock(connection))

    def beat(self, run: str, worker: str, counters: Counters | None = None) -> Run:
        """The worker lives; how far it has come.

        Raises:
            NotHeldError: the worker does not hold the run (any more) and should stop.
        """
        with self._database.writing() as connection:
            return as_run(held_row(connection, run, worker, self._clock(connection), counter_values(counters)))

    def mark(self, run: str, worker: str, status: Status, message: str = "") -> Run:
        """Paused, running again, or ended; an ended run is nobody's.

        Raises:
            NotHeldError: the worker does not hold the run (any more).
            StoreError: not a status that a worker may set.
        """
        allowed: tuple[Status, ...] = ("running", "paused", *ENDED)
        if status not in allowed:
            raise StoreError("status", status, f"one of {', '.join(allowed)}")
        values: dict[str, object] = {"status": status, "message": cleaned_message(message)}
        with self._database.writing() as connection:
            now = self._clock(connection)
            if status in ENDED:
                values |= {"worker": None, "ended": now}
            return as_run(held_row(connection, run, worker, now, values))

    def renew_lease(self, run: str, seconds: float = LEASE_S) -> datetime:
        """Until when the run is sure of its audience: a page that shows it calls this each time it polls.

        Never earlier than before: of two pages the more patient counts. An ended run stays as it is.
        """
        longer = timedelta(seconds=checked_number("seconds", seconds, 0, MAX_LEASE_S))
        active = (runs.c.id == checked_id(run)) & runs.c.status.in_(ACTIVE)
        with self._database.writing() as connection:
            later = _not_before(self._clock(connection) + longer)
            renewed = update(runs).where(active).values(lease_until=later)
            row = connection.execute(renewed.returning(runs.c.lease_until)).first()
            until_now: datetime = row.lease_until if row is not None else run_row(connection, run).lease_until
            return until_now

    def abandoned(self, now: datetime | None = None) -> list[str]:
        """Unfinished runs whose lease has passed, the longest-forgotten first."""
        with self._database.reading() as connection:
            passed = _lease_passed(self._time(connection, now))
            query = select(runs.c.id).where(passed).order_by(runs.c.lease_until, runs.c.id)
            return list(connection.execute(query).scalars())

    def stop_abandoned(self, now: datetime | None = None) -> list[str]:
        """Runs that have just become "abandoned". Their workers are refused from now on and stop."""
        values = {"status": "abandoned", "worker": None, "message": "Nobody was watching."}
        with self._database.writing() as connection:
            moment = self._time(connection, now)
            stopped = update(runs).where(_lease_passed(moment)).values(**values, ended=moment)
            return list(connection.execute(stopped.returning(runs.c.id)).scalars())

    def requeue_silent(self, seconds: float, now: datetime | None = None) -> list[str]:
        """Runs whose worker gave no sign of life for so long. They wait again, in their old place.

        After `MAX_ATTEMPTS` workers the run has "failed" instead.
        """
        longest = timedelta(seconds=checked_number("seconds", seconds, 0, MAX_LEASE_S))
        hopeless = runs.c.attempts >= MAX_ATTEMPTS
        message = f"{MAX_ATTEMPTS} workers ended while they trained it."
        failed = {"status": "failed", "worker": None, "message": message}
        with self._database.writing() as connection:
            moment = self._time(connection, now)
            silent = _held() & (runs.c.heartbeat < moment - longest)
            connection.execute(update(runs).where(silent, hopeless).values(**failed, ended=moment))
            waiting = update(runs).where(silent).values(status="queued", worker=None)
            return list(connection.execute(waiting.returning(runs.c.id)).scalars())

    def give_back(self, holder: str, message: str = "") -> list[str]:
        """Runs that wait again, in their old place, for no fault of theirs: the attempt does not count.

        Args:
            holder: the worker, or what the names of all those workers begin with.
            message: why; the one that is there stays if empty.
        """
        mine = runs.c.worker.startswith(checked_text("holder", holder, MAX_OWNER), autoescape=True)
        values: dict[str, object] = {"status": "queued", "worker": None, "attempts": _fewer_attempts()}
        if message:
            values["message"] = cleaned_message(message)
        given = update(runs).where(runs.c.status.in_(ACTIVE), mine).values(**values).returning(runs.c.id)
        with self._database.writing() as connection:
            return list(connection.execute(given).scalars())

    def release(self, run: str, worker: str) -> bool:
        """Leave a run paused without a worker; the attempt does not count. A command to go on has it wait in its turn.

        Returns:
            Whether it was left: not if it has a command that the worker has not answered.

        Raises:
            NotHeldError: the worker does not hold the run (any more).
        """
        unanswered = (commands.c.run == run) & commands.c.acknowledged.is_(None)
        with self._database.writing() as connection:
            held_row(connection, run, worker, self._clock(connection))  # locked: no command comes in between
            if connection.execute(select(commands.c.id).where(unanswered).limit(1)).scalar() is not None:
                return False
            values: dict[str, object] = {"status": "paused", "worker": None, "attempts": _fewer_attempts()}
            connection.execute(update(runs).where(runs.c.id == run).values(**values))
            return True

    def extend_leases(self, seconds: float = LEASE_S, *, passed_s: float = EXTENDED_S) -> None:
        """Keep unfinished runs while their pages could not be heard: none is abandoned within so many seconds.

        Args:
            seconds: how long from now on.
            passed_s: a run whose lease passed longer ago than that had no audience anyway.
        """
        with self._database.writing() as connection:
            now = self._clock(connection)
            known = runs.c.status.in_(ACTIVE) & (runs.c.lease_until > now - timedelta(seconds=passed_s))
            later = _not_before(now + timedelta(seconds=seconds))
            connection.execute(update(runs).where(known).values(lease_until=later))

    def _time(self, connection: Connection, now: datetime | None) -> datetime:
        return self._clock(connection) if now is None else checked_time("now", now)


def _in_turn(connection: Connection, now: datetime) -> list[str]:
    query = select(runs.c.id).where(_wanted(now)).order_by(*_turn(now))
    return list(connection.execute(query).scalars())


def _turn(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """First whose owner had fewer runs before it that wait, are trained or were started lately; then first come."""
    other = runs.alias()
    lately = other.c.started > now - timedelta(seconds=REMEMBERED_S)
    before = (other.c.owner == runs.c.owner) & (other.c.created < runs.c.created)
    had = select(func.count()).select_from(other).where(before, other.c.status.in_(ACTIVE) | lately)
    return had.correlate(runs).scalar_subquery(), runs.c.created, runs.c.id


def _wanted(now: datetime) -> ColumnElement[bool]:
    return (runs.c.status == "queued") & (runs.c.lease_until > now)


def _held() -> ColumnElement[bool]:
    """By a worker; a paused run may have none."""
    return runs.c.status.in_(("running", "paused")) & runs.c.worker.is_not(None)


def _fewer_attempts() -> ColumnElement[int]:
    """One less: the worker that leaves has not failed."""
    return case((runs.c.attempts > 0, runs.c.attempts - 1), else_=0)


def _lease_passed(now: datetime) -> ColumnElement[bool]:
    return runs.c.status.in_(ACTIVE) & (runs.c.lease_until <= now)


def _not_before(until: datetime) -> ColumnElement[datetime]:
    """A lease until then, or the one that is longer."""
    return case((runs.c.lease_until > until, runs.c.lease_until), else_=literal(until, UtcTime))


def counter_values(counters: Counters | None) -> dict[str, float]:
    """Columns of `runs`."""
    if counters is None:
        return {}
    return {
        "step": checked_whole("counters.step", counters.step),
        "examples": checked_whole("counters.examples", counters.examples),
        "seconds": checked_number("counters.seconds", counters.seconds, 0, 1e12),
    }
