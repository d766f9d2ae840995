"""Overviews of a long curve, kept up to date while points are added, so that none is ever made from all of them.

Level 1 holds the extremes of every complete block of 128 points, level 2 those of every 512, and so on: an extreme
of a large block is an extreme of one of its small ones. A million points are drawn by reading a few thousand rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, delete, insert, select

from attnlab.training.store.curves.thinning import extremes
from attnlab.training.store.sql.schema import overview, points

BLOCK = 128
FAN = 4
HEAD = 64
"""The first points are always shown: that is where a curve is steep."""
MEASURES = ("loss", "metric")
ROWS_PER_CONTENDER = 2 * len(MEASURES)  # of a block, in the usual case of no NaN


def block_size(level: int) -> int:
    """Points in a block, of all contenders together."""
    return BLOCK * int(FAN ** (level - 1))


def extend(connection: Connection, run: str, before: int, after: int) -> None:
    """Add the blocks that became complete when the last point's number went from `before` to `after`."""
    level = 1
    while after // block_size(level) > 0:
        size = block_size(level)
        low, high = before // size * size, after // size * size
        if low < high:
            rows = connection.execute(_window(run, level - 1, low, high)).all()
            kept = [{"run": run, "level": level, "seq": seq} for seq in _extreme_seqs(rows, size)]
            if kept:  # a stretch whose points were all taken back
                connection.execute(insert(overview), kept)
        level += 1


def rebuild(connection: Connection, run: str, intact: int, last_before: int, last: int) -> None:
    """Make anew every block with points above `intact`, after some of them were taken back.

    Args:
        connection: a writing transaction.
        run: whose.
        intact: no point up to this number was touched.
        last_before: the number of the run's last point, before.
        last: and now.
    """
    level = 1
    while block_size(level) <= last_before:
        edge = intact // block_size(level) * block_size(level)
        gone = (overview.c.run == run) & (overview.c.level == level) & (overview.c.seq > edge)
        connection.execute(delete(overview).where(gone))
        level += 1
    extend(connection, run, before=intact, after=last)


def windows(run: str, last: int, contenders: int, most_rows: int) -> Iterator[Select[Any]]:
    """Queries that together give an overview: fine at both ends of the curve, one coarse level in between.

    Args:
        run: whose.
        last: the number of the run's last point.
        contenders: how many there are.
        most_rows: roughly; the coarse level is the finest that stays below it.
    """
    level = 0
    while last * (ROWS_PER_CONTENDER * contenders / block_size(level) if level else 1) > most_rows:
        level += 1
    low = 0
    if level:
        yield _window(run, 0, 0, HEAD)
        low = HEAD
    while level:
        high = last // block_size(level) * block_size(level)
        yield _window(run, level, low, high)
        low = max(low, high)
        level -= 1
    yield _window(run, 0, low, last)


def _window(run: str, level: int, low: int, high: int) -> Select[Any]:
    """Points of a level with numbers above low, up to high."""
    if level == 0:
        inside = (points.c.run == run) & (points.c.seq > low) & (points.c.seq <= high)
        return select(points).where(inside).order_by(points.c.seq)
    inside = (overview.c.run == run) & (overview.c.level == level) & (overview.c.seq > low) & (overview.c.seq <= high)
    both = overview.join(points, (points.c.run == overview.c.run) & (points.c.seq == overview.c.seq))
    return select(points).select_from(both).where(inside).order_by(overview.c.seq)


def _extreme_seqs(rows: Sequence[Row[Any]], size: int) -> list[int]:
    if not rows:
        return []
    codes = np.unique(np.array([row.contender for row in rows]), return_inverse=True)[1].astype(np.int64)
    seqs = np.array([row.seq for row in rows], dtype=np.int64)
    groups = (seqs - 1) // size * (codes.max() + 1) + codes
    kept = np.concatenate([extremes(groups, [getattr(row, name) for row in rows]) for name in MEASURES])
    return [int(seq) for seq in np.unique(seqs[kept])]
