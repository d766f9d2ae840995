"""A run as a file: CSV for a spreadsheet, JSON for a program. Both come in pieces, however long the run is."""

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime

from attnlab.text import formula_safe
from attnlab.training.store.curves.points import Points
from attnlab.training.store.errors import StoreBusy
from attnlab.training.store.runs import Runs
from attnlab.training.store.snapshots import Snapshots
from attnlab.training.store.values import Cursor, Point, Run

FORMAT_VERSION = 1
PAGE = 5_000
COLUMNS = tuple(field.name for field in fields(Point))


class Export:
    """Runs as files, read in short transactions: a slow download keeps nobody waiting."""

    def __init__(self, runs: Runs, points: Points, snapshots: Snapshots) -> None:
        self._runs = runs
        self._points = points
        self._snapshots = snapshots

    def csv(self, run: str) -> Iterator[str]:
        """The points that the run has now, one line each, under a header.

        Full precision: a number reads back as the same number. Empty is not measured; nan, inf and -inf are words.
        """
        last = self._runs.get(run)
        sheet = io.StringIO()
        writer = csv.writer(sheet)
        writer.writerow(COLUMNS)
        for page in self._pages(last):
            for point in page:
                writer.writerow([_cell(getattr(point, name)) for name in COLUMNS])
            yield _drained(sheet)
        yield _drained(sheet)

    def json(self, run: str) -> Iterator[str]:
        """The run, its final scores and its points as one strict JSON object; numbers that JSON lacks are words.

        These are "NaN", "Infinity" and "-Infinity". A final score is what the last snapshot of a contender tells of its
        weights; a run that has not ended has none.

        Neither the owner nor the worker is told: a file is passed on.
        """
        last = self._runs.get(run)
        final = {
            info.contender: {"step": info.step, "test": info.meta["test"]}
            for info in self._snapshots.latest(run).values()
            if "test" in info.meta
        }
        head = {"format": "attention-lab run", "version": FORMAT_VERSION, "run": _told(last), "final": final}
        yield json.dumps(head, allow_nan=False)[:-1] + ', "points": ['
        separator = "\n"
        for page in self._pages(last):
            yield separator + ",\n".join(json.dumps(_plain(asdict(point)), allow_nan=False) for point in page)
            separator = ",\n"
        yield "\n]}\n"

    def _pages(self, run: Run) -> Iterator[list[Point]]:
        cursor = Cursor(0, run.rewinds)
        while cursor.seq < run.last_seq:
            page = self._points.after(run.id, cursor, PAGE)
            if page.restarted:  # half of the file is of a past that was taken back
                raise StoreBusy
            yield [point for point in page.points if point.seq <= run.last_seq]
            if not page.more:
                return
            cursor = page.cursor


def _drained(sheet: io.StringIO) -> str:
    text = sheet.getvalue()
    sheet.seek(0)
    sheet.truncate()
    return text


def _cell(value: object) -> object:
    """What a spreadsheet shows. A text that it would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, dict):
        return json.dumps(_plain(value)) if value else ""
    return formula_safe(value) if isinstance(value, str) else value


def _told(run: Run) -> dict[str, object]:
    private = {
        "owner",
        "worker",
        "heartbeat",
        "lease_until",
        "attempts",
        "claims",
        "rewinds",
        "last_seq",
        "pinned",
        "config",
    }
    told = {name: _plain(value) for name, value in asdict(run).items() if name not in private}
    return told | {"config": json.loads(run.config.to_json())}


def _plain(value: object) -> object:
    """As strict JSON can say it."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
