"""The whole store as one file, which either kind of database can be filled from again (`restoring.py`).

A zip archive, so that any program can look into it, and one that was cut is known by its missing end:

    runs/<id>.json              the run, its snapshots without weights, its commands
    runs/<id>.jsonl             a point a line: the columns of `points` after its run
    runs/<id>/<n>.safetensors   the weights of the n-th snapshot
    data/<digest>               what a learner brought
    backup.json                 format, version, and which runs and data there are

It holds the secrets of the runs' owners, as the store does: nobody but who made it reads it.
"""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection, Row, RowMapping, select

from attnlab.training.store.sql.database import Database
from attnlab.training.store.sql.schema import commands, datasets, points, runs, snapshots

FORMAT = "attention-lab backup"
VERSION = 1
"""Raise it with every change that an older reader would misread."""
CONTENTS = "backup.json"
RUN_COLUMNS = tuple(column for column in runs.c if column.name != "worker")
"""A worker of now is none of the restored run."""
SNAPSHOT_COLUMNS = (snapshots.c.contender, snapshots.c.step, snapshots.c.created, snapshots.c.meta)
COMMAND_COLUMNS = (commands.c.kind, commands.c.value, commands.c.created, commands.c.acknowledged, commands.c.note)
POINT_COLUMNS = tuple(column for column in points.c if column.name != "run")
PAGE = 5_000


def back_up(database: Database, path: Path) -> int:
    """Write all runs as they are at one moment, while others go on working; how many that were.

    Not what classes and claims keep in the same database: it lives for hours, or is measured again.

    What stands at the path is replaced once the new file is whole.

    Raises:
        OSError: the file cannot be written.
        StoreFault: the database could not.
    """
    with _new_file(path) as archive, database.reading() as connection:
        ids = list(connection.execute(select(runs.c.id).order_by(runs.c.created, runs.c.id)).scalars())
        for run in ids:
            _add_run(archive, connection, run)
        digests = list(connection.execute(select(datasets.c.digest).order_by(datasets.c.digest)).scalars())
        for digest in digests:
            data = connection.execute(select(datasets.c.data).where(datasets.c.digest == digest)).scalar_one()
            archive.writestr(data_entry(digest), bytes(data))
        contents = {"format": FORMAT, "version": VERSION, "runs": ids, "data": digests}
        archive.writestr(CONTENTS, json.dumps(contents))
    return len(ids)


def run_entry(run: str) -> str:
    """Where the run itself is."""
    return f"runs/{run}.json"


def points_entry(run: str) -> str:
    """Where its points are."""
    return f"runs/{run}.jsonl"


def weights_entry(run: str, number: int) -> str:
    """Where the weights of one of its snapshots are."""
    return f"runs/{run}/{number}.safetensors"


def data_entry(digest: str) -> str:
    """Where data are."""
    return f"data/{digest}"


@contextmanager
def _new_file(path: Path) -> Iterator[ZipFile]:
    """An archive that takes the place of the path when it is whole."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _add_run(archive: ZipFile, connection: Connection, run: str) -> None:
    row = connection.execute(select(*RUN_COLUMNS).where(runs.c.id == run)).one()
    taken = connection.execute(
        select(*SNAPSHOT_COLUMNS).where(snapshots.c.run == run).order_by(snapshots.c.contender, snapshots.c.step)
    ).all()
    sent = connection.execute(select(*COMMAND_COLUMNS).where(commands.c.run == run).order_by(commands.c.id))
    told = {
        "run": _told(row._mapping),
        "snapshots": [_told(each._mapping) for each in taken],
        "commands": [_told(each._mapping) for each in sent],
    }
    archive.writestr(run_entry(run), json.dumps(told, allow_nan=False))
    for number, info in enumerate(taken):
        which = (snapshots.c.contender == info.contender) & (snapshots.c.step == info.step)
        weights = connection.execute(select(snapshots.c.weights).where(snapshots.c.run == run, which)).scalar_one()
        archive.writestr(weights_entry(run, number), bytes(weights))
    with archive.open(points_entry(run), "w", force_zip64=True) as sink:
        for row in _points(connection, run):
            sink.write(f"{json.dumps([_plain(value) for value in row], allow_nan=False)}\n".encode())


def _points(connection: Connection, run: str) -> Iterator[Row[Any]]:
    after = 0
    while True:
        newer = select(*POINT_COLUMNS).where(points.c.run == run, points.c.seq > after)
        rows = connection.execute(newer.order_by(points.c.seq).limit(PAGE)).all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].seq


def _told(columns: RowMapping) -> dict[str, object]:
    return {str(name): _plain(value) for name, value in columns.items()}


def _plain(value: object) -> object:
    """As strict JSON can say it: times by ISO 8601, numbers that JSON lacks by Python's words for them."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
