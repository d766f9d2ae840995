"""What the store holds, and which runs go when that is too much: those that ended longest ago, never a pinned one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from attnlab.training.store.datasets import Datasets
from attnlab.training.store.errors import StoreError
from attnlab.training.store.rows import as_run
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import chores, datasets, runs, snapshots
from attnlab.training.store.values import ENDED, Run

DAYS_VARIABLE = "ATTNLAB_KEEP_DAYS"
MB_VARIABLE = "ATTNLAB_KEEP_MB"
MEGABYTE = 10**6
MAX_DAYS = 36_500
MAX_MB = 10**9
EVERY = timedelta(hours=1)
POINT_BYTES = 130
"""Of a point with its share of indices and overviews, roughly: 92 were measured on SQLite, 185 on PostgreSQL."""
_SWEEP = "sweep"


@dataclass(frozen=True)
class Limits:
    """How much is kept; None is without end."""

    days: int | None = None  # since a run ended
    megabytes: int | None = None  # of the whole store

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.days is not None or self.megabytes is not None


@dataclass(frozen=True)
class Holding:
    """A run, and the room that it takes."""

    run: Run
    size: int  # bytes of its curves and snapshots
    digest: str | None  # of the data it was trained on, if a learner brought them
    data_size: int  # bytes; other runs may share them

    @property
    def since(self) -> datetime:
        """When it ended, or was made."""
        return self.run.ended or self.run.created


class Keeping:
    """Looks at all runs at once, as their administrator."""

    def __init__(self, database: Database, clock: Clock, data: Datasets) -> None:
        self._database, self._clock, self._data = database, clock, data

    def holdings(self) -> list[Holding]:
        """Every run there is, newest first."""
        return self._looked()[0]

    def forget(self, limits: Limits, *, dry_run: bool = False) -> list[Holding]:
        """Delete what is beyond the limits, each run by itself; what went, or would go if `dry_run`."""
        holdings, now = self._looked()
        beyond = beyond_limits(holdings, limits, now)
        if dry_run:
            return beyond
        gone = [holding for holding in beyond if self._delete_ended(holding.run.id)]
        self._data.sweep()
        return gone

    def forget_hourly(self, limits: Limits) -> list[Holding]:
        """The same, unless it was done within the hour by any process of this store."""
        return self.forget(limits) if self._is_due() else []

    def _is_due(self) -> bool:
        with self._database.writing() as connection:
            self._database.serialise(connection, "chores")
            now = self._clock(connection)
            done = connection.execute(select(chores.c.done).where(chores.c.name == _SWEEP)).scalar()
            if done is None:
                connection.execute(insert(chores).values(name=_SWEEP, done=now))
            elif now - done < EVERY:
                return False
            else:
                connection.execute(update(chores).where(chores.c.name == _SWEEP).values(done=now))
            return True

    def _looked(self) -> tuple[list[Holding], datetime]:
        weights = select(snapshots.c.run, func.sum(snapshots.c.size).label("size")).group_by(snapshots.c.run).subquery()
        both = runs.outerjoin(weights, weights.c.run == runs.c.id)
        query = select(runs, weights.c.size).select_from(both).order_by(runs.c.created.desc(), runs.c.id.desc())
        with self._database.reading() as connection:
            sizes = select(datasets.c.digest, func.length(datasets.c.data))
            data_sizes: dict[str, int] = dict(iter(connection.execute(sizes)))
            rows = connection.execute(query).all()
            return [_holding(as_run(row), row.size, data_sizes) for row in rows], self._clock(connection)

    def _delete_ended(self, run: str) -> bool:
        """Whether it could still go: somebody may have pinned or deleted it since."""
        unwanted = (runs.c.id == run) & runs.c.status.in_(ENDED) & ~runs.c.pinned
        with self._database.writing() as connection:
            return bool(connection.execute(delete(runs).where(unwanted)).rowcount)


def limits_in(environment: Mapping[str, str]) -> Limits:
    """The limits that the environment sets; none by default, so that nobody's runs go unasked.

    Raises:
        StoreError: one that is no whole number within its bounds.
    """
    days, megabytes = environment.get(DAYS_VARIABLE), environment.get(MB_VARIABLE)
    return limits_of(days, megabytes, names=(DAYS_VARIABLE, MB_VARIABLE))


def limits_of(days: str | None, megabytes: str | None, *, names: tuple[str, str]) -> Limits:
    """Limits as they were typed; nothing, or nothing but an empty text, is none.

    Args:
        days: since a run ended.
        megabytes: of the whole store.
        names: of the two, for a refusal.

    Raises:
        StoreError: no whole number within its bounds.
    """
    return Limits(_whole(names[0], days, 1, MAX_DAYS), _whole(names[1], megabytes, 0, MAX_MB))


def total_size(holdings: Sequence[Holding]) -> int:
    """Bytes of all runs together, data that several share counted once."""
    data = {holding.digest: holding.data_size for holding in holdings if holding.digest}
    return sum(holding.size for holding in holdings) + sum(data.values())


def beyond_limits(holdings: Sequence[Holding], limits: Limits, now: datetime) -> list[Holding]:
    """The runs that have to go, those that ended longest ago first. Pinned and unfinished ones stay, and count."""
    ended = [holding for holding in holdings if not (holding.run.pinned or holding.run.is_active)]
    room = total_size(holdings)
    named = Counter(holding.digest for holding in holdings)
    beyond: list[Holding] = []
    for holding in sorted(ended, key=lambda holding: (holding.since, holding.run.id)):
        too_old = limits.days is not None and now - holding.since > timedelta(days=limits.days)
        if not too_old and (limits.megabytes is None or room <= limits.megabytes * MEGABYTE):
            break
        beyond.append(holding)
        named[holding.digest] -= 1
        room -= holding.size + (0 if named[holding.digest] else holding.data_size)
    return beyond


def _holding(run: Run, weights: int | None, data_sizes: Mapping[str, int]) -> Holding:
    digest = run.config.settings.get("data_digest")
    known = digest if isinstance(digest, str) else None
    size = int(weights or 0) + run.last_seq * POINT_BYTES + len(run.config.to_json())
    return Holding(run, size, known, data_sizes.get(known or "", 0))


def _whole(name: str, text: str | None, low: int, high: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high):
        raise StoreError(name, text, f"a whole number between {low} and {high}")
    return int(text)
