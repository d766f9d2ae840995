"""Runs as a page sees them: made, listed, renamed, deleted."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from attnlab.training.store.checks import (
    ID_ALPHABET,
    ID_LENGTH,
    checked_number,
    checked_text,
    checked_whole,
)
from attnlab.training.store.errors import LimitReachedError
from attnlab.training.store.rows import as_run, owned_row, run_row
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import MAX_NAME, MAX_OWNER, runs
from attnlab.training.store.values import ACTIVE, ADMINISTRATOR, Caller, Run, RunConfig

MAX_ACTIVE_OF_OWNER = 2
MAX_PINNED_OF_OWNER = 10
"""Who could keep everything would take the room of the others."""
LEASE_S = 120.0
"""Browsers wake a hidden tab about once a minute; two of its visits may fail."""
MAX_LEASE_S = 24 * 3600.0
MAX_LISTED = 500
CLOCK_TICK = timedelta(milliseconds=1)  # of SQLite


class Runs:
    """The table of runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self,
        config: RunConfig,
        *,
        owner: str,
        name: str,
        lease_s: float = LEASE_S,
        limit: int = MAX_ACTIVE_OF_OWNER,
    ) -> Run:
        """A new run at the end of the queue.

        Args:
            config: what to train.
            owner: who started it, such as a session's key.
            name: shown in the history.
            lease_s: how long it waits and trains unless `Queue.renew_lease` is called.
            limit: how many unfinished runs this owner may have, with this one.

        Raises:
            LimitReachedError: the owner has that many.
            StoreError: a name or a number out of bounds.
        """
        longest = timedelta(seconds=checked_number("lease_s", lease_s, 0, MAX_LEASE_S))
        values: dict[str, object] = {
            "owner": checked_text("owner", owner, MAX_OWNER),
            "name": checked_text("name", name, MAX_NAME),
            "config": config.to_json(),
        }
        with self._database.writing() as connection:
            # Counting and inserting are two statements: without this, twenty clicks at once all count zero.
            self._database.serialise(connection, f"owner {values['owner']}")
            self._check_limit(connection, values["owner"], limit)
            now = self._clock(connection)
            values |= {"created": _free_moment(connection, now), "lease_until": now + longest}
            created = insert(runs).values(id=_new_id(), status="queued", **values).returning(*runs.c)
            return as_run(connection.execute(created).one())

    def get(self, run: str) -> Run:
        """A run by its id.

        Raises:
            UnknownRunError: there is none.
        """
        with self._database.reading() as connection:
            return as_run(run_row(connection, run))

    def history(self, *, owner: str | None = None, limit: int = 50, before: Run | None = None) -> list[Run]:
        """Runs, newest first.

        Args:
            owner: only this one's.
            limit: how many at most.
            before: go on after this one, the last of the page before.
        """
        query = select(runs).order_by(runs.c.created.desc(), runs.c.id.desc())
        query = query.limit(checked_whole("limit", limit, 1, MAX_LISTED))
        if owner is not None:
            query = query.where(runs.c.owner == checked_text("owner", owner, MAX_OWNER))
        if before is not None:
            same_moment = (runs.c.created == before.created) & (runs.c.id < before.id)
            query = query.where((runs.c.created < before.created) | same_moment)
        with self._database.reading() as connection:
            return [as_run(row) for row in connection.execute(query)]

    def rename(self, run: str, name: str, *, by: Caller) -> Run:
        """The run under its new name.

        Raises:
            StoreError: the name is empty, too long or holds control characters.
            NotOwnerError: whoever asks has not started it.
        """
        checked_name = checked_text("name", name, MAX_NAME)
        with self._database.writing() as connection:
            owned_row(connection, run, by)
            return _changed(connection, run, {"name": checked_name})

    def pin(self, run: str, *, by: Caller, pinned: bool = True) -> Run:
        """The run, kept from now on when old ones go; or, not `pinned`, no longer.

        Raises:
            NotOwnerError: whoever asks has not started it.
            LimitReachedError: the owner keeps as many already; the administrator has no limit.
        """
        with self._database.writing() as connection:
            row = owned_row(connection, run, by)
            if pinned and not row.pinned and by is not ADMINISTRATOR:
                self._database.serialise(connection, f"owner {row.owner}")
                _check_pins(connection, row.owner)
            return _changed(connection, run, {"pinned": pinned})

    def delete(self, run: str, *, by: Caller) -> None:
        """Forget a run with its points, snapshots and commands. A worker that holds it is refused from now on.

        Raises:
            NotOwnerError: whoever asks has not started it.
        """
        with self._database.writing() as connection:
            owned_row(connection, run, by)
            connection.execute(delete(runs).where(runs.c.id == run))

    def _check_limit(self, connection: Connection, owner: object, limit: int) -> None:
        active = select(func.count()).select_from(runs).where(runs.c.owner == owner, runs.c.status.in_(ACTIVE))
        if (count := connection.execute(active).scalar_one()) >= checked_whole("limit", limit, 1):
            allowed = f"at most {limit} unfinished at once in one session; stop one or wait for it"
            raise LimitReachedError("runs", count + 1, allowed)


def _changed(connection: Connection, run: str, values: Mapping[str, object]) -> Run:
    changed = update(runs).where(runs.c.id == run).values(**values).returning(*runs.c)
    return as_run(connection.execute(changed).one())


def _check_pins(connection: Connection, owner: str) -> None:
    kept = select(func.count()).select_from(runs).where(runs.c.owner == owner, runs.c.pinned)
    if (count := connection.execute(kept).scalar_one()) >= MAX_PINNED_OF_OWNER:
        raise LimitReachedError("pinned", count + 1, f"at most {MAX_PINNED_OF_OWNER} of one session")


def _free_moment(connection: Connection, now: datetime) -> datetime:
    """Now, or right after the last run of this tick of the clock: the order of the queue is that of creation."""
    this_tick = (runs.c.created >= now) & (runs.c.created < now + CLOCK_TICK)
    last: datetime | None = connection.execute(select(func.max(runs.c.created)).where(this_tick)).scalar()
    return now if last is None else last + timedelta(microseconds=1)


def _new_id() -> str:
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))
