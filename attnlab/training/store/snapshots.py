"""Snapshots of weights: there whole or not at all, listed without their bytes."""

import json
import struct
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from attnlab.training.store.checks import checked_text, checked_whole, json_text
from attnlab.training.store.errors import StoreError
from attnlab.training.store.rows import held_row, run_row
from attnlab.training.store.sql.database import Clock, Database
from attnlab.training.store.sql.schema import MAX_CONTENDER, runs, snapshots
from attnlab.training.store.values import MAX_CONTENDERS, RunConfig, Snapshot, SnapshotInfo

MAX_SNAPSHOT_BYTES = 32 * 2**20
MAX_SNAPSHOTS_BYTES = 256 * 2**20
"""Of one run."""
MAX_META_BYTES = 64 * 1024

_INFO = (snapshots.c.contender, snapshots.c.step, snapshots.c.created, snapshots.c.size, snapshots.c.meta)


class Snapshots:
    """The snapshots of all runs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, run: str, worker: str, new: Sequence[Snapshot]) -> None:
        """Save the weights of one contender or of several, all or none. One of the same step is replaced.

        One of a later step than all before is progress, from which on the run's attempts are counted anew.

        Raises:
            NotHeldError: the worker does not hold the run (any more).
            StoreError: too large, not safetensors, a contender that the run does not have.
        """
        if len(new) > MAX_CONTENDERS:
            raise StoreError("snapshots", len(new), f"at most {MAX_CONTENDERS} at once")
        rows = [{"run": run, **snapshot_values(snapshot)} for snapshot in new]
        with self._database.writing() as connection:
            now = self._clock(connection)
            held = held_row(connection, run, worker, now)
            known = RunConfig.from_json(held.config).contenders
            if held.attempts > 1 and _goes_further(connection, run, new):
                connection.execute(update(runs).where(runs.c.id == run).values(attempts=1))
            for row in rows:
                if row["contender"] not in known:
                    raise StoreError("contender", row["contender"], f"one of the run's: {', '.join(known)}")
                same = (snapshots.c.contender == row["contender"]) & (snapshots.c.step == row["step"])
                connection.execute(delete(snapshots).where(snapshots.c.run == run, same))
                connection.execute(insert(snapshots).values(created=now, **row))
            _check_room(connection, run)

    def listed(self, run: str, contender: str | None = None) -> list[SnapshotInfo]:
        """A run's snapshots by contender and step, without their weights."""
        query = select(*_INFO).where(snapshots.c.run == run).order_by(snapshots.c.contender, snapshots.c.step)
        if contender is not None:
            query = query.where(snapshots.c.contender == checked_text("contender", contender, MAX_CONTENDER))
        return self._infos(run, query)

    def latest(self, run: str) -> dict[str, SnapshotInfo]:
        """Each contender's latest snapshot: what another worker resumes from. Without weights; `load` brings them."""
        newest = select(snapshots.c.contender, func.max(snapshots.c.step).label("step"))
        inner = newest.where(snapshots.c.run == run).group_by(snapshots.c.contender).subquery()
        same = (inner.c.contender == snapshots.c.contender) & (inner.c.step == snapshots.c.step)
        query = select(*_INFO).join(inner, same).where(snapshots.c.run == run)
        return {info.contender: info for info in self._infos(run, query)}

    def load(self, run: str, contender: str, step: int) -> Snapshot:
        """One snapshot with its weights.

        Raises:
            StoreError: there is none of this contender at this step.
        """
        checked_text("contender", contender, MAX_CONTENDER)
        wanted = (snapshots.c.contender == contender) & (snapshots.c.step == checked_whole("step", step))
        query = select(snapshots.c.weights, snapshots.c.meta).where(snapshots.c.run == run, wanted)
        with self._database.reading() as connection:
            run_row(connection, run)
            row = connection.execute(query).first()
        if row is None:
            raise StoreError("snapshot", f"{contender} at step {step}", "one that was saved", "unknown")
        return Snapshot(contender, step, bytes(row.weights), json.loads(row.meta))

    def _infos(self, run: str, query: Select[Any]) -> list[SnapshotInfo]:
        with self._database.reading() as connection:
            run_row(connection, run)
            return [_info(row) for row in connection.execute(query)]


def snapshot_values(snapshot: Snapshot) -> dict[str, object]:
    """The columns of a checked snapshot."""
    size = len(snapshot.weights)
    if size > MAX_SNAPSHOT_BYTES:
        raise StoreError("weights", f"{size} bytes", f"at most {MAX_SNAPSHOT_BYTES} bytes")
    if not _is_safetensors(snapshot.weights):
        raise StoreError("weights", f"{size} bytes", "safetensors, whole")
    return {
        "contender": checked_text("contender", snapshot.contender, MAX_CONTENDER),
        "step": checked_whole("step", snapshot.step),
        "size": size,
        "meta": json_text("meta", snapshot.meta, MAX_META_BYTES),
        "weights": bytes(snapshot.weights),
    }


def _is_safetensors(weights: bytes) -> bool:
    """Whether the header is there and the tensors that it names end where the bytes do."""
    if len(weights) < 8:
        return False
    (length,) = struct.unpack("<Q", weights[:8])
    try:
        header = json.loads(weights[8 : 8 + min(length, len(weights))])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except (ValueError, AttributeError, KeyError, IndexError, TypeError):
        return False
    return bool(8 + length + max(ends, default=0) == len(weights))


def _goes_further(connection: Connection, run: str, new: Sequence[Snapshot]) -> bool:
    newest = select(snapshots.c.contender, func.max(snapshots.c.step).label("newest")).where(snapshots.c.run == run)
    steps = {row.contender: row.newest for row in connection.execute(newest.group_by(snapshots.c.contender))}
    return any(snapshot.step > steps.get(snapshot.contender, -1) for snapshot in new)


def _check_room(connection: Connection, run: str) -> None:
    total = connection.execute(select(func.sum(snapshots.c.size)).where(snapshots.c.run == run)).scalar()
    if total is not None and total > MAX_SNAPSHOTS_BYTES:
        raise StoreError("snapshots", f"{total} bytes", f"at most {MAX_SNAPSHOTS_BYTES} bytes in one run")


def _info(row: Row[Any]) -> SnapshotInfo:
    return SnapshotInfo(row.contender, row.step, row.created, row.size, json.loads(row.meta))
