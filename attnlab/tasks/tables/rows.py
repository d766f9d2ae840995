"""From text to rows of cells.

A reader of our own, for the standard library's either refuses a quote within a quoted cell (`"the "best" film",good`)
or silently drops it. What `csv.writer` has written, both read alike; `tests/tasks/tables/` holds it to that.
"""

import functools
import re
import reprlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attnlab.tasks.tables.errors import TableError
from attnlab.tasks.tables.limits import MAX_COLUMNS

SEPARATORS: Mapping[str, str] = MappingProxyType({",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"})
"""What may part cells, with its name."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ;,\t|]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


def rows_of(text: str, separator: str) -> Iterator[list[str]]:
    """The rows, one by one, without blank lines; nothing behind a refused row is read.

    A cell in quotes may hold separators and line ends, and its quotes doubled. Where quotes are no such cell, they are
    letters: within an unquoted one, or where one begins that does not end with another.

    Raises:
        TableError: no separator, or more cells than any row may have.
    """
    if separator not in SEPARATORS:
        allowed = tuple(SEPARATORS.values())
        message = f"separator ({reprlib.repr(separator)}) must be one of {', '.join(allowed)}"
        raise TableError("separator", "choice", message, got=separator, choices=allowed)
    row: list[str] = []
    for match in _cells(separator).finditer(text):
        quoted = match["quoted"] if match["quoted"] is not None else match["loose"]
        row.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        if len(row) > MAX_COLUMNS:
            message = f"file (a row of more than {MAX_COLUMNS} columns) must have 2 to {MAX_COLUMNS}"
            raise TableError("file", "wide", message, most=MAX_COLUMNS)
        if match["stop"] == separator:
            continue
        if len(row) > 1 or row[0].strip():
            yield row
        row = []


def without_separator_line(text: str) -> tuple[str, str | None]:
    """The text without Excel's first line `sep=;`, and the separator that it names; None if there is no such line."""
    line = _SEPARATOR_LINE.match(text)
    return (text[line.end() :], line[1]) if line and line[1] in SEPARATORS else (text, None)


@functools.cache
def _cells(separator: str) -> re.Pattern[str]:
    """One cell and what ends it. No alternative reads a part of the text twice, whatever stands there.

    A quoted cell of a table with tabs holds none: where people never quote, a stray quote would swallow rows.
    """
    sign = re.escape(separator)
    end = rf"(?={sign}|[\r\n]|\Z)"
    inside = r'[^"\t]' if separator == "\t" else r'[^"]'
    return re.compile(
        rf"""
        (?: "(?P<quoted> (?: {inside}++ | "" )*+ )" {end}
          | "(?P<loose> (?: (?! {sign}" ) [^\r\n] )*? )" {end}
          | (?P<plain> [^{sign}\r\n]*+ )
        )
        (?P<stop> {sign} | \r\n | \r | \n | \Z )
        """,
        re.VERBOSE,
    )
