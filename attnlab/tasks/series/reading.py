"""A learner's table as a series: one column of numbers, or a date and a number in each row."""

from collections.abc import Callable, Sequence

from attnlab.tasks.series.dates import grid_of
from attnlab.tasks.series.line import MAX_GAPS, Line, line_of
from attnlab.tasks.series.numbers import MISSING, numbers_of
from attnlab.tasks.tables import Reading, Roles, TableError, columns_of, opened


def read_series(data: bytes, reading: Reading) -> Line:
    """The series in a file.

    Args:
        data: the file.
        reading: `label_column` holds the values and `text_column` the dates; where it is empty there are none, and rows
            follow each other.

    Raises:
        TableError: what `cells_of` refuses; cells that are no numbers or dates; what `line_of` refuses.
    """
    dates = [("text_column", reading.text_column)] if reading.text_column else []
    sheet = opened(data, reading, least=1)
    rows = list(columns_of(sheet, reading, [*dates, ("label_column", reading.label_column)]))
    values = numbers_of([cells[-1] for cells in rows], reading.label_column)
    if not reading.text_column:
        numbers = range(len(rows))
        return line_of(values, numbers, [str(number + 1) for number in numbers])
    dated = [
        (cells[0], value) for cells, value in zip(rows, values, strict=True) if cells[0].strip() or value is not None
    ]
    if not dated:
        message = "file (no rows with a date) must have a date and a value in each row"
        raise TableError("file", "no_dates", message)
    grid = grid_of([cell for cell, _ in dated], reading.text_column)
    places, even = grid.places, grid.even
    length = max(places) + 1
    if even and length - len(places) > MAX_GAPS * length:  # such as days without weekends: rows follow each other
        ranks = {place: at for at, place in enumerate(sorted(places))}
        places, even = tuple(ranks[place] for place in places), False
    return line_of([value for _, value in dated], places, grid.labels, even=even)


def _date_and_value(columns: Sequence[tuple[str, ...]]) -> tuple[int | None, int]:
    """The value is the last column of numbers, the date the first of the others that reads as dates."""
    numeric = [at for at, cells in enumerate(columns) if cells and _reads(numbers_of, cells)]
    dated = [at for at, cells in enumerate(columns) if cells and _reads(grid_of, cells)]
    value = max([at for at in numeric if at not in dated[:1]] or numeric, default=len(columns) - 1)
    return next((at for at in dated if at != value), None), value


def _reads(read: Callable[[Sequence[str], str], object], cells: Sequence[str]) -> bool:
    try:
        read(cells, "")
    except TableError:
        return False
    return any(cell.lower() not in MISSING for cell in cells)


SERIES = Roles(("date", "value"), _date_and_value, least=1)
