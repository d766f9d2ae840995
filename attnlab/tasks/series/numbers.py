"""Numbers as people write them in tables: 1234.5, 1,234.5, 1.234,5, 1 234,5; and cells that say that there is none."""

import math
import re
import reprlib
from collections.abc import Sequence

from attnlab.tasks.tables import TableError

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "--", "?", ".", "#n/a", "缺失", "无"})
"""What says that there is no number, in small letters."""
LARGEST = 1e12
"""A magnitude beyond which float32 has nothing left to tell two values apart."""
_MINUS = str.maketrans({"−": "-", "–": "-", " ": "", "\xa0": "", "\u202f": "", "'": "", "’": ""})
_EXPONENT = r"(e[+-]?\d{1,3})?"
_POINT = re.compile(rf"[+-]?(?=\.?\d)(\d+|\d{{1,3}}(,\d{{3}})+)?(\.\d*)?{_EXPONENT}", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(rf"[+-]?(?=,?\d)(\d+|\d{{1,3}}(\.\d{{3}})+)?(,\d*)?{_EXPONENT}", re.IGNORECASE | re.ASCII)


def numbers_of(cells: Sequence[str], column: str, first_row: int = 1) -> list[float | None]:
    """The number in each cell of a column; None where it says that there is none.

    A column has one way of writing: with decimal commas if that reads all its cells and decimal points do not, so that
    "1,234" is a thousand beside "2.5", and a little more than one beside "2,50".

    Args:
        cells: of the column, in order.
        column: its name.
        first_row: the number of the first cell's row, for a refusal.

    Raises:
        TableError: a cell is no number, or one too large.
    """
    plain = [cell.strip().translate(_MINUS) for cell in cells]
    there = [cell for cell in plain if cell.lower() not in MISSING]
    by_comma = not all(map(_POINT.fullmatch, there)) and all(map(_COMMA.fullmatch, there))
    found: list[float | None] = []
    for number, (cell, written) in enumerate(zip(plain, cells, strict=True), start=first_row):
        if cell.lower() in MISSING:
            found.append(None)
            continue
        if not (_COMMA if by_comma else _POINT).fullmatch(cell):
            raise _refused(number, column, written, "must be a number, or empty where there is none")
        value = float(cell.replace(".", "").replace(",", ".") if by_comma else cell.replace(",", ""))
        if not (math.isfinite(value) and abs(value) <= LARGEST):
            raise _refused(number, column, written, f"must be between -{LARGEST:g} and {LARGEST:g}")
        found.append(value)
    return found


def _refused(row: int, column: str, written: str, allowed: str) -> TableError:
    message = f"row {row}, column {reprlib.repr(column)} ({reprlib.repr(written)}) {allowed}"
    return TableError("row", "cell_number", message, row=row, column=column, got=written, most=LARGEST)
