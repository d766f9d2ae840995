"""How one file is read as a table, and the two or three columns of it that are wanted."""

import itertools
import re
import reprlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attnlab.tasks.tables.decoding import decoded
from attnlab.tasks.tables.errors import TableError
from attnlab.tasks.tables.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from attnlab.tasks.tables.rows import rows_of, without_separator_line


@dataclass(frozen=True)
class Reading:
    """What a race's plan says of its table; its fields have the plan's names. A column is named, or numbered from 1."""

    text_column: str = "text"  # of parallel text: the source's
    label_column: str = "label"  # of parallel text: the target's
    second_text_column: str = ""  # joined behind the first; none if empty
    separator: str = ","
    header: bool = True  # whether the first row names the columns
    encoding: str = "utf-8"
    merge_labels: bool = False  # labels that differ in case or spaces alone are one

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """(field, column) of each that is read."""
        named = [("text_column", self.text_column), ("label_column", self.label_column)]
        return (*named, ("second_text_column", self.second_text_column))[: 3 if self.second_text_column else 2]


@dataclass(frozen=True)
class Sheet:
    """The columns of a file, and its rows as they come."""

    names: tuple[str, ...]  # all different: by the header, or by its number where that names none or several so
    rows: Iterator[list[str]]

    def first(self, count: int) -> tuple[tuple[str, ...], ...]:
        """So many rows, as long as the header: for a look, not for reading on."""
        width = len(self.names)
        return tuple(tuple((row + [""] * width)[:width]) for row in itertools.islice(self.rows, count))


def opened(data: bytes, reading: Reading, least: int = 2) -> Sheet:
    """The file as a sheet.

    Raises:
        TableError: no table, or a header without at least so many columns.
    """
    return sheet_of(decoded(data, reading.encoding), reading.separator, header=reading.header, least=least)


def sheet_of(text: str, separator: str, *, header: bool, least: int = 2) -> Sheet:
    """As `opened`, of a text."""
    rows = rows_of(without_separator_line(text)[0], separator)
    top = next(rows, [])
    if not least <= len(top) <= MAX_COLUMNS:
        message = f"file ({len(top)} columns) must have {least} to {MAX_COLUMNS}"
        if len(top) == 1:
            message += ": are its cells separated by another sign?"
            raise TableError("file", "one_column", message, high=MAX_COLUMNS)
        raise TableError("file", "columns", message, got=len(top), low=least, high=MAX_COLUMNS)
    if header:
        return Sheet(_names(top), rows)
    return Sheet(_names([""] * len(top)), itertools.chain([top], rows))


def cells_of(data: bytes, reading: Reading) -> Iterator[tuple[str, ...]]:
    """The cells of the columns that are wanted, row by row, as they are written: text, label and a second text.

    Raises:
        TableError: as `columns_of`.
    """
    return columns_of(opened(data, reading), reading, reading.columns)


def columns_of(sheet: Sheet, reading: Reading, wanted: Sequence[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """The cells of some columns, row by row, as they are written.

    Args:
        sheet: the file.
        reading: how it was opened.
        wanted: (field, column) of each.

    Raises:
        TableError: too large, an archive or a binary file, another encoding, a NUL, a row with another number of cells
            than the header, a column missing or there twice, too many rows, columns or characters.
    """
    places = [_place(sheet.names, field, name) for field, name in wanted]
    for at, (field, name) in enumerate(wanted):
        if places[at] in places[:at]:
            first = wanted[places.index(places[at])][0]
            message = f"{field} ({reprlib.repr(name)}) must not be the {first}"
            raise TableError(field, "taken", message, got=name, other=first)
    for number, row in enumerate(sheet.rows, start=1):
        if number > MAX_ROWS:
            message = f"file (more than {MAX_ROWS} rows) must have at most {MAX_ROWS}"
            raise TableError("file", "rows", message, most=MAX_ROWS)
        cells = _fitted(row, number, sheet.names, after=reading.header)
        for place in places:
            check_length(cells[place], number, sheet.names[place], MAX_CELL, after=reading.header)
        yield tuple(cells[place] for place in places)


def check_length(cell: str, number: int, column: str, most: int, *, after: bool, field: str = "row") -> None:
    """Refuse a cell of too many characters.

    Args:
        cell: what it holds.
        number: of its row, from 1.
        column: its name.
        most: characters.
        after: whether a header stands before the first row.
        field: what a refusal is about.

    Raises:
        TableError: it is longer.
    """
    if len(cell) > most:
        where = f"{_row(number, after=after)}, column {reprlib.repr(column)}"
        message = f"{where} ({len(cell)} characters) must have at most {most}"
        raise TableError(field, "cell", message, row=number, column=column, got=len(cell), most=most)


def _fitted(row: list[str], number: int, names: tuple[str, ...], *, after: bool) -> list[str]:
    """The row at the header's length: columns without a name may lack, and empty cells may be too many."""
    width = len(names)
    named = max((at for at, name in enumerate(names, start=1) if name.removeprefix("#") != str(at)), default=width)
    if any(cell.strip() for cell in row[width:]) or len(row) < named:
        message = f"{_row(number, after=after)} ({len(row)} cells) must have {width}"
        raise TableError("row", "cells", message, row=number, got=len(row), wanted=width)
    return (row + [""] * width)[:width]


def _row(number: int, *, after: bool) -> str:
    return f"row {number} after the header" if after else f"row {number}"


def _names(header: Sequence[str]) -> tuple[str, ...]:
    names = [name.strip() for name in header]
    once = {name for name, times in Counter(names).items() if name and times == 1}
    numbered = [str(number) if str(number) not in once else f"#{number}" for number in range(1, len(names) + 1)]
    return tuple(name if name in once else number for name, number in zip(names, numbered, strict=True))


def _place(names: tuple[str, ...], field: str, name: str) -> int:
    """Where the column is, by its name or its number from 1."""
    if name in names:
        return names.index(name)
    if re.fullmatch(r"[1-9]\d{0,2}", name, re.ASCII) and int(name) <= len(names):
        return int(name) - 1
    message = f"{field} ({reprlib.repr(name)}) must be one of the columns {_listed(names)}"
    raise TableError(field, "column", message, got=name, choices=names, high=len(names))


def _listed(names: Sequence[str]) -> str:
    """Names whole, so that they can be typed, as many as a message holds; or numbers."""
    told: list[str] = []
    for name in names:
        if sum(map(len, told)) + len(name) > 120 or not name.isprintable():
            return f"{', '.join([*told, '...'])}, or a number from 1 to {len(names)}"
        told.append(repr(name))
    return f"{', '.join(told)}, or a number from 1 to {len(names)}"
