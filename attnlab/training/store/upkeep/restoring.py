"""A backup (`backup.py`) brought back: each run is there whole or not at all.

The file is looked through before anything is written, and what is in it passes the checks that a page's and a worker's
values pass: a file that somebody has made by hand puts nothing into the store that the app could not.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection, delete, insert, select, update

from attnlab.training.store import RunStore
from attnlab.training.store.checks import (
    checked_id,
    checked_number,
    checked_text,
    checked_time,
    checked_whole,
    cleaned_message,
)
from attnlab.training.store.commands import KINDS
from attnlab.training.store.curves import overview
from attnlab.training.store.curves.points import as_point, check_contenders, point_values
from attnlab.training.store.datasets import MAX_DATASET_BYTES, digest_of
from attnlab.training.store.errors import StoreError, StoreFault
from attnlab.training.store.snapshots import MAX_SNAPSHOT_BYTES, snapshot_values
from attnlab.training.store.sql.schema import MAX_NAME, MAX_OWNER, commands, points, runs, snapshots
from attnlab.training.store.upkeep.backup import (
    CONTENTS,
    FORMAT,
    PAGE,
    VERSION,
    data_entry,
    points_entry,
    run_entry,
    weights_entry,
)
from attnlab.training.store.values import ACTIVE, ENDED, Point, RunConfig, Snapshot

Existing = Literal["refuse", "keep", "replace"]
EXISTING: tuple[Existing, ...] = get_args(Existing)
"""What becomes of a run that the store has already: no run is restored; it stays as it is; the file's replaces it."""
MAX_TOLD_BYTES = 64 * 2**20
"""Of a run without its points and weights."""
MAX_LINE_BYTES = 64 * 1024

Told = Mapping[str, Any]


def restore(store: RunStore, path: Path, existing: Existing = "refuse") -> int:
    """Bring back what a backup holds; how many runs that were.

    A run that was under way waits for a worker again, which goes on from its last snapshots if its audience is back.

    Raises:
        StoreError: no backup, one that was cut or comes from a newer version, or a run that the store has already.
        OSError: the file cannot be read.
        StoreFault: the database could not.
    """
    with _opened(path) as archive:
        contents = _contents(archive)
        wanted = [checked_id(run) for run in contents["runs"]]
        there = _those_there(store, wanted)
        if there and existing == "refuse":
            raise StoreError("run", there[0], f"new to the store, as all of the file's runs ({len(there)} are not)")
        for digest in contents["data"]:
            _restore_data(store, archive, digest)
        chosen = [run for run in wanted if existing == "replace" or run not in there]
        for run in chosen:
            with store.database.writing() as connection:
                connection.execute(delete(runs).where(runs.c.id == run))
                _restore_run(connection, archive, run)
    return len(chosen)


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    """The archive, all of whose bytes are as they were written."""
    try:
        with ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise StoreError("file", damaged, "undamaged: this part of it is not as it was written")
            yield archive
    except (StoreError, StoreFault):
        raise
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StoreError("file", path.name, "a whole backup: this is none, or its end is missing") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StoreError("file", path.name, "a backup as this app writes it: something in it is not") from error


def _contents(archive: ZipFile) -> Told:
    if CONTENTS not in archive.namelist():
        raise StoreError("file", Path(str(archive.filename)).name, f"a backup: it has no {CONTENTS}")
    told: Told = json.loads(_read(archive, CONTENTS, MAX_TOLD_BYTES))
    if told["format"] != FORMAT:
        raise StoreError("format", told["format"], repr(FORMAT))
    if checked_whole("version", told["version"], 1) > VERSION:
        allowed = f"at most {VERSION}: the backup was made by a newer version of the app; update the app"
        raise StoreError("version", told["version"], allowed)
    return told


def _those_there(store: RunStore, wanted: Sequence[str]) -> list[str]:
    with store.database.reading() as connection:
        known = set(connection.execute(select(runs.c.id)).scalars())
    return [run for run in wanted if run in known]


def _restore_data(store: RunStore, archive: ZipFile, digest: str) -> None:
    data = _read(archive, data_entry(digest), MAX_DATASET_BYTES)
    if digest_of(data) != digest:
        raise StoreError("data", digest, "those that its name was made of")
    store.datasets.save(data)


def _restore_run(connection: Connection, archive: ZipFile, run: str) -> None:
    told = json.loads(_read(archive, run_entry(run), MAX_TOLD_BYTES))
    config = RunConfig.from_json(told["run"]["config"])
    connection.execute(insert(runs).values(id=run, config=config.to_json(), **_run_values(told["run"])))
    last = _restore_points(connection, archive, run, config)
    connection.execute(update(runs).where(runs.c.id == run).values(last_seq=last))
    for number, info in enumerate(told["snapshots"]):
        weights = _read(archive, weights_entry(run, number), MAX_SNAPSHOT_BYTES)
        snapshot = Snapshot(info["contender"], info["step"], weights, json.loads(info["meta"]))
        created = _time("created", info["created"])
        connection.execute(insert(snapshots).values(run=run, created=created, **snapshot_values(snapshot)))
    for command in told["commands"]:
        connection.execute(insert(commands).values(run=run, **_command_values(command)))


def _run_values(told: Told) -> dict[str, object]:
    """The columns of a run, but for its id and configuration."""
    times = {name: told[name] and _time(name, told[name]) for name in ("started", "ended", "heartbeat")}
    wholes = {name: checked_whole(name, told[name]) for name in ("attempts", "claims", "step", "examples", "rewinds")}
    return {
        "created": _time("created", told["created"]),
        "lease_until": _time("lease_until", told["lease_until"]),
        "owner": checked_text("owner", told["owner"], MAX_OWNER),
        "name": checked_text("name", told["name"], MAX_NAME),
        "status": _status(told["status"]),
        "message": cleaned_message(told["message"]),
        "seconds": checked_number("seconds", told["seconds"], 0, 1e12),
        "pinned": told["pinned"] is True,
        **times,
        **wholes,
    }


def _status(status: object) -> str:
    """One without a worker: a run that was trained waits for the next, a paused one for an order."""
    if status in ENDED or status == "paused":
        return str(status)
    if status not in ACTIVE:
        raise StoreError("status", status, f"one of {', '.join((*ACTIVE, *ENDED))}")
    return "queued"


def _command_values(told: Told) -> dict[str, object]:
    if told["kind"] not in KINDS:
        raise StoreError("command", told["kind"], f"one of {', '.join(KINDS)}")
    return {
        "kind": told["kind"],
        "value": None if told["value"] is None else checked_number("value", told["value"]),
        "created": _time("created", told["created"]),
        "acknowledged": told["acknowledged"] and _time("acknowledged", told["acknowledged"]),
        "note": cleaned_message(told["note"]),
    }


def _restore_points(connection: Connection, archive: ZipFile, run: str, config: RunConfig) -> int:
    """All of a run's points with their overviews; the number of the last."""
    last = 0
    with archive.open(points_entry(run)) as lines:
        while new := [_point(run, line) for line in islice(_lines(lines.readline), PAGE)]:
            check_contenders(config.contenders, new)
            seqs = [point.seq for point in new]
            if any(later <= earlier for earlier, later in zip([last, *seqs], seqs, strict=False)):
                raise StoreError("seq", seqs[0], "the numbers of a run's points, each larger than the one before")
            numbered = [{"run": run, "seq": point.seq, **point_values(point)} for point in new]
            connection.execute(insert(points).returning(points.c.seq), numbered)
            overview.extend(connection, run, last, seqs[-1])
            last = seqs[-1]
    return last


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    while line := readline(MAX_LINE_BYTES):
        yield line


def _point(run: str, line: bytes) -> Point:
    """A point from its line; its extras are JSON within JSON, as their column has them."""
    seq, contender, *numbers, extras = json.loads(line)
    told = [float(number) if isinstance(number, str) else number for number in numbers]
    return as_point((run, checked_whole("seq", seq, 1), contender, *told, extras))


def _read(archive: ZipFile, name: str, most: int) -> bytes:
    if (size := archive.getinfo(name).file_size) > most:
        raise StoreError("file", f"{name}, {size} bytes", f"a backup: this part of one has at most {most} bytes")
    return archive.read(name)


def _time(name: str, told: str) -> datetime:
    return checked_time(name, datetime.fromisoformat(told))
