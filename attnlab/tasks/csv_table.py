"""The user's own table, `text,label`, read as what it is: bytes from a stranger.

Everything is checked before it costs anything: size and kind before decoding, the header before the rows, each row as
it is read. A refusal is one sentence that names the field, what was got and what is allowed.

Read with the standard library rather than pandas, which fills a row that is too short with empty cells and reads
`"a"b` as `ab`, both without a word, and renames columns that have one name. Nothing is guessed here: every cell stays
text, so the labels 1, 1.0 and 01 are three classes.
"""

import csv
import io
import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from attnlab.text import cleaned

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 100
MAX_CELL = 20_000  # characters
MAX_LABEL = 60  # characters
MAX_CLASSES = 20
SEPARATORS = (",", ";", "\t")

_KINDS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    **{bytes([0x80, protocol]): "a Python pickle" for protocol in range(2, 6)},
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class TableError(ValueError):
    """A table is refused. `field` is what to change: "file", "row", "separator", or a column such as "text_column"."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True)
class Table:
    """Texts and their labels, row by row."""

    texts: tuple[str, ...]  # cleaned: nothing invisible, one space between words
    labels: tuple[str, ...]  # as written, without white space around them
    left_out: int  # rows with an empty text or label

    @property
    def balance(self) -> Mapping[str, int]:
        """Rows of each class, by its name, in the order of their names."""
        return dict(sorted(Counter(self.labels).items()))

    def preview(self, count: int = 5) -> tuple[tuple[str, str], ...]:
        """The first rows (text, label), to be shown as text and nothing else."""
        return tuple(zip(self.texts[:count], self.labels[:count], strict=True))


def read_columns(data: bytes, *, separator: str = ",") -> tuple[str, ...]:
    """The names in the header, to choose from.

    Raises:
        TableError: not a table, or a header without at least two columns.
    """
    return _header(_rows(data, separator))


def read_table(data: bytes, *, text_column: str = "text", label_column: str = "label", separator: str = ",") -> Table:
    """Texts and labels of a CSV file in UTF-8, or in UTF-16 with a byte order mark.

    A row whose text or label is empty is left out and counted. A repeated text is kept.

    Raises:
        TableError: what `read_two_columns` refuses; fewer than two classes or more than `MAX_CLASSES`.
    """
    texts: list[str] = []
    labels: list[str] = []
    left_out = 0
    columns = (("text_column", text_column), ("label_column", label_column))
    for number, (cell, name) in enumerate(read_two_columns(data, *columns, separator), start=1):
        label = name.strip()
        if len(label) > MAX_LABEL:
            raise TableError("label_column", _cell_message(number, label_column, label, MAX_LABEL))
        text = cleaned(cell)[0]
        if text and label:
            texts.append(text)
            labels.append(label)
        else:
            left_out += 1
    num_classes = len(set(labels))
    if not 2 <= num_classes <= MAX_CLASSES:
        name = reprlib.repr(label_column)
        raise TableError("label_column", f"label_column ({name}: {num_classes} classes) must have 2 to {MAX_CLASSES}")
    return Table(tuple(texts), tuple(labels), left_out)


def read_two_columns(
    data: bytes, first: tuple[str, str], second: tuple[str, str], separator: str
) -> Iterator[tuple[str, str]]:
    """The cells of two columns, row by row, as they are written.

    Args:
        data: a CSV file in UTF-8, or in UTF-16 with a byte order mark.
        first: (field, name) of a column: what a refusal calls it, and what the header calls it.
        second: (field, name) of another.
        separator: between cells.

    Raises:
        TableError: too large, an archive or a binary file, another encoding, a NUL, a quote that is never closed, a row
            with another number of cells than the header, a column missing or there twice, too many rows, columns or
            characters.
    """
    rows = _rows(data, separator)
    header = _header(rows)
    places = [_column(header, *column) for column in (first, second)]
    if places[0] == places[1]:
        raise TableError(second[0], f"{second[0]} ({reprlib.repr(second[1])}) must not be the {first[0]}")
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise TableError("file", f"file (more than {MAX_ROWS} rows) must have at most {MAX_ROWS}")
        if len(row) != len(header):
            raise TableError("row", f"row {number} after the header ({len(row)} cells) must have {len(header)}")
        yield _cell(row, number, first[1], places[0]), _cell(row, number, second[1], places[1])


def formula_safe(text: str) -> str:
    """A cell for export that no spreadsheet takes for a formula: `'` before = + - @, tab and line ends."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TableError("file", f"file ({len(data)} bytes) must have at most {MAX_BYTES}")
    for start, kind in _KINDS.items():
        if data.startswith(start):
            raise TableError("file", f"file ({kind}) must be plain text: save the table as CSV UTF-8")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02X} at position {error.start}"
        raise TableError("file", f"file ({found}) must be UTF-8: save the table as CSV UTF-8") from None
    if "\0" in text:
        found = f"NUL at character {text.index(chr(0))}"
        raise TableError("file", f"file ({found}) must be plain text: save the table as CSV UTF-8")
    return text


def _rows(data: bytes, separator: str) -> Iterator[list[str]]:
    """The rows, one by one, without blank lines; nothing behind a refused row is read."""
    if separator not in SEPARATORS:
        raise TableError("separator", f"separator ({reprlib.repr(separator)}) must be a comma, a semicolon or a tab")
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            message = f"file (line {reader.line_num}: {error}) must be CSV: quotes closed and doubled inside a cell"
            raise TableError("file", message) from None
        if row is None:
            return
        if row:
            yield row


def _header(rows: Iterator[list[str]]) -> tuple[str, ...]:
    header = tuple(name.strip() for name in next(rows, []))
    if not 2 <= len(header) <= MAX_COLUMNS:
        hint = ": are its cells separated by another sign?" if len(header) == 1 else ""
        raise TableError("file", f"file ({len(header)} columns) must have 2 to {MAX_COLUMNS}{hint}")
    return header


def _column(header: tuple[str, ...], field: str, name: str) -> int:
    """Where the column is."""
    if (times := header.count(name)) > 1:
        raise TableError(field, f"{field} ({reprlib.repr(name)}) must name one column, not {times}")
    if not times:
        names = ", ".join(map(reprlib.repr, header[:10])) + (", ..." if len(header) > 10 else "")
        raise TableError(field, f"{field} ({reprlib.repr(name)}) must be one of the header's names: {names}")
    return header.index(name)


def _cell(row: list[str], number: int, column: str, at: int) -> str:
    if len(row[at]) > MAX_CELL:
        raise TableError("row", _cell_message(number, column, row[at], MAX_CELL))
    return row[at]


def _cell_message(number: int, column: str, cell: str, most: int) -> str:
    where = f"row {number} after the header, column {reprlib.repr(column)}"
    return f"{where} ({len(cell)} characters) must have at most {most}"
