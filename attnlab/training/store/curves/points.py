"""Curves: a worker adds points in batches, a page asks for those it has not seen."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from attnlab.training.store.checks import checked_number, checked_text, checked_whole
from attnlab.training.store.curves import overview
from attnlab.training.store.curves.thinning import thinned_indices
from attnlab.training.store.errors import StoreError
from attnlab.training.store.queue import counter_values
from attnlab.training.store.rows import held_row, run_row
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import MAX_CONTENDER, points, runs
from attnlab.training.store.values import MAX_CONTENDERS, START, Counters, Cursor, Point, PointPage, RunConfig

MAX_BATCH = 10_000
MAX_POINTS = 4_000_000
MAX_PAGE = 20_000
MAX_EXTRAS = 32
FEWEST = 10 * MAX_CONTENDERS
NUMBERS = ("loss", "metric", "lr", "grad_norm", "tokens_per_s")


class Points:
    """The points of all runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, run: str, worker: str, new: Sequence[Point], counters: Counters | None = None) -> int:
        """Add points behind those that are there, all or none; also a heartbeat.

        Args:
            run: whose.
            worker: who holds it.
            new: in the order of time; `seq` is ignored.
            counters: how far the run has come.

        Returns:
            The number of the last point.

        Raises:
            NotHeldError: the worker does not hold the run (any more) and should stop.
            StoreError: a value out of bounds, a contender that the run does not have, too many points.
        """
        if len(new) > MAX_BATCH:
            raise StoreError("points", len(new), f"at most {MAX_BATCH} in one batch")
        values = [point_values(point) for point in new]
        extra = {"last_seq": runs.c.last_seq + len(new), **counter_values(counters)}
        with self._database.writing() as connection:
            row = held_row(connection, run, worker, self._clock(connection), extra)
            before = row.last_seq - len(new)
            if row.last_seq > MAX_POINTS:
                raise StoreError("points", row.last_seq, f"at most {MAX_POINTS} in one run")
            check_contenders(json.loads(row.config)["contenders"], new)  # a whole `RunConfig` is a fifth of all
            if values:
                numbered = [{"run": run, "seq": seq, **value} for seq, value in enumerate(values, start=before + 1)]
                # With RETURNING one statement carries many rows: three times as fast on PostgreSQL, the same on SQLite.
                connection.execute(insert(points).returning(points.c.seq), numbered)
                overview.extend(connection, run, before, row.last_seq)
            return int(row.last_seq)

    def after(self, run: str, cursor: Cursor = START, limit: int = 5_000) -> PointPage:
        """What was added since.

        Args:
            run: whose.
            cursor: from the page before, or from `thinned`.
            limit: how many at most.
        """
        checked_whole("cursor", cursor.seq)
        checked_whole("limit", limit, 1, MAX_PAGE)
        with self._database.reading() as connection:
            row = run_row(connection, run)
            restarted = cursor.rewinds != row.rewinds
            start = 0 if restarted else cursor.seq
            newer = select(points).where(points.c.run == run, points.c.seq > start).order_by(points.c.seq).limit(limit)
            found = tuple(as_point(found) for found in connection.execute(newer).all())
        seq = found[-1].seq if found else start
        return PointPage(found, Cursor(seq, row.rewinds), more=seq < row.last_seq, restarted=restarted)

    def thinned(self, run: str, most: int = 2_000) -> PointPage:
        """The whole run in at most so many points, spikes of loss and metric included.

        Reads a few times `most` rows however long the run is. Go on from its cursor with `after`.
        """
        checked_whole("most", most, FEWEST, MAX_PAGE)
        with self._database.reading() as connection:
            row = run_row(connection, run)
            contenders = len(RunConfig.from_json(row.config).contenders)
            queries = overview.windows(run, row.last_seq, contenders, most_rows=3 * most)
            rows = [found for query in queries for found in connection.execute(query).all()]
        names = [found.contender for found in rows]
        measures = [[getattr(found, name) for found in rows] for name in overview.MEASURES]
        kept = thinned_indices(names, measures, most)
        cursor = Cursor(row.last_seq, row.rewinds)
        return PointPage(tuple(as_point(rows[index]) for index in kept), cursor, more=False, restarted=True)

    def rewind(self, run: str, worker: str, steps: Mapping[str, int]) -> None:
        """Take back each named contender's points after a step: training goes on from a snapshot made there.

        Pages are told to start again by `PointPage.restarted`.
        """
        for contender, step in steps.items():
            checked_text("contender", contender, MAX_CONTENDER)
            checked_whole("step", step)
        if not steps:
            return
        later = or_(*((points.c.contender == name) & (points.c.step > step) for name, step in steps.items()))
        with self._database.writing() as connection:
            last_before = held_row(connection, run, worker, self._clock(connection)).last_seq
            gone = (points.c.run == run) & later
            first_gone = connection.execute(select(func.min(points.c.seq)).where(gone)).scalar()
            if first_gone is None:
                return
            connection.execute(delete(points).where(gone))
            last = _last_seq(connection, run)
            values = {"last_seq": last, "rewinds": runs.c.rewinds + 1}
            connection.execute(update(runs).where(runs.c.id == run).values(**values))
            overview.rebuild(connection, run, min(first_gone - 1, last), last_before, last)


def _last_seq(connection: Connection, run: str) -> int:
    last = connection.execute(select(func.max(points.c.seq)).where(points.c.run == run)).scalar()
    return 0 if last is None else last


def point_values(point: Point) -> dict[str, object]:
    """The columns of a checked point."""
    values: dict[str, object] = {
        "contender": point.contender,  # checked against the run's own
        "step": checked_whole("step", point.step),
        "examples": checked_whole("examples", point.examples),
        "seconds": checked_number("seconds", point.seconds),
        "extras": _extras_text(point.extras) if point.extras else None,
    }
    for name in NUMBERS:
        value = getattr(point, name)
        values[name] = None if value is None else checked_number(name, value)
    return values


def _extras_text(extras: Mapping[str, float]) -> str:
    """As strict JSON. All extras are numbers, so a text among them is one that JSON lacks: "nan", "inf", "-inf"."""
    if len(extras) > MAX_EXTRAS:
        raise StoreError("extras", len(extras), f"at most {MAX_EXTRAS} numbers")
    numbers = {
        checked_text("extras", name, MAX_CONTENDER): checked_number(f"extras.{name}", value)
        for name, value in extras.items()
    }
    return json.dumps({name: value if math.isfinite(value) else repr(value) for name, value in numbers.items()})


def check_contenders(known: Sequence[str], new: Sequence[Point]) -> None:
    """Refuse points of anybody else."""
    for point in new:
        if point.contender not in known:
            raise StoreError("contender", point.contender, f"one of the run's: {', '.join(known)}")


def as_point(row: Sequence[Any]) -> Point:
    """A row of `points`."""
    _, seq, contender, step, examples, seconds, loss, metric, lr, grad_norm, tokens_per_s, extras = row
    numbers = {name: float(value) for name, value in json.loads(extras).items()} if extras else {}
    return Point(contender, step, examples, seconds, loss, metric, lr, grad_norm, tokens_per_s, numbers, seq)
