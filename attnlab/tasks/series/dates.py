"""Dates as people write them in tables, and where they stand on an even grid."""

import re
import reprlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from attnlab.tasks.tables import TableError

_MARKS = re.compile(r"[年月/.\-]")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_QUARTER = re.compile(r"(\d{4})\s*-?\s*[Qq]([1-4])")
_PARTS = re.compile(r"\d{1,4}")


@dataclass(frozen=True)
class Grid:
    """Places of rows in time, evenly spaced: from 0, in steps of the commonest distance."""

    places: tuple[int, ...]  # of each row, in the order in which they came
    labels: tuple[str, ...]  # of each row: the date, as short as it says all
    even: bool  # False: no even step fits, and each row follows the one before


def grid_of(cells: Sequence[str], column: str) -> Grid:
    """Where each row of a column of dates stands.

    Years, quarters, months or days; a time of day may follow, if it is the same day only once. Where all rows name the
    same day of a month, steps are counted in months; else in days.

    Args:
        cells: years (1958), months (1958-03, 1958年3月), quarters (1958Q1), or days in the order year month day, or day
            month year, or month day year, which one is found from the whole column.
        column: its name.

    Raises:
        TableError: a cell is no date; a column that can be read as day month year and as month day year; a date twice.
    """
    stripped = [_TIME.sub("", cell.strip()).rstrip("日号").strip() for cell in cells]
    days = [_read(cell, order, row, column) for order in [_order(stripped, column)] for row, cell in _rows(stripped)]
    by_month = len({one.day for one in days}) == 1
    counted: Callable[[date], int] = (lambda one: 12 * one.year + one.month) if by_month else date.toordinal
    ticks = [counted(one) for one in days]
    if twice := [row for row, (tick, times) in enumerate(zip(ticks, _times(ticks), strict=True), 1) if times > 1]:
        row, written = twice[-1], reprlib.repr(cells[twice[-1] - 1])
        message = f"row {row}, column {reprlib.repr(column)} ({written}) must be another date: it is there twice"
        raise TableError("row", "date_twice", message, row=row, column=column, got=cells[twice[-1] - 1])
    ordered = sorted(ticks)
    steps = Counter(after - before for before, after in pairwise(ordered))
    step = steps.most_common(1)[0][0] if steps else 1
    even = all((tick - ordered[0]) % step == 0 for tick in ticks)
    rank = {tick: at for at, tick in enumerate(ordered)}
    places = tuple((tick - ordered[0]) // step if even else rank[tick] for tick in ticks)
    yearly = by_month and len({one.month for one in days}) == 1
    return Grid(places, tuple(_label(one, by_month=by_month, yearly=yearly) for one in days), even)


def _rows(cells: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(cells, start=1))


def _times(ticks: Sequence[int]) -> list[int]:
    counts = Counter(ticks)
    return [counts[tick] for tick in ticks]


def _order(cells: Sequence[str], column: str) -> str:
    """In which order a column names year, month and day: "ymd", "dmy" or "mdy"."""
    parts = [_PARTS.findall(cell) for cell in cells]
    three = [tuple(map(int, each)) for each in parts if len(each) == 3 and len(each[0]) <= 2]
    if not three:
        return "ymd"
    fits = [order for order, month in (("dmy", 1), ("mdy", 0)) if all(1 <= each[month] <= 12 for each in three)]
    if len(fits) == 2 and any(first != second for first, second, _ in three):
        shown = reprlib.repr(cells[0])
        message = f"column {reprlib.repr(column)} ({shown}) must say which is the day: write dates as 2024-03-31"
        raise TableError("text_column", "day_order", message, column=column, got=cells[0])
    return fits[0] if fits else "dmy"


def _read(cell: str, order: str, row: int, column: str) -> date:
    """A date; of a year its first day, of a month too."""
    try:
        if match := _QUARTER.fullmatch(cell):
            return date(int(match[1]), 3 * int(match[2]) - 2, 1)
        parts = [int(part) for part in _MARKS.split(cell.rstrip("年月"))]
        if len(parts) == 3 and order != "ymd":
            day, month = parts[:2] if order == "dmy" else parts[1::-1]
            return date(parts[2], month, day)
        if len(parts) > 3 or not cell[:4].isascii() or len(_PARTS.findall(cell)[0]) != 4:
            raise ValueError
        return date(*[*parts, 1, 1][:3])
    except (ValueError, IndexError):
        message = f"row {row}, column {reprlib.repr(column)} ({reprlib.repr(cell)}) must be a date, such as 2024-03-31"
        message += ", 2024-03 or 2024"
        raise TableError("row", "date", message, row=row, column=column, got=cell) from None


def _label(one: date, *, by_month: bool, yearly: bool) -> str:
    return str(one.year) if yearly else one.strftime("%Y-%m") if by_month else one.isoformat()
