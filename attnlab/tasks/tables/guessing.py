"""How a file that nobody has described is probably read; page and command line ask this, and say what they were told.

Everything is guessed by content: a separator parts all rows alike; a header is unlike what stands below it; labels are
few and short, texts are long. What is given is taken as it is, and the rest follows from it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from attnlab.tasks.tables.decoding import decoded, guessed_encoding
from attnlab.tasks.tables.errors import TableError
from attnlab.tasks.tables.limits import MAX_CLASSES, MAX_LABEL
from attnlab.tasks.tables.reading import Reading, sheet_of
from attnlab.tasks.tables.rows import rows_of, without_separator_line

SAMPLE_ROWS = 400
SAMPLE_CHARACTERS = 400_000

_RAREST_FIRST = ("\t", "|", ";", ",")  # in prose: where several part all rows alike, it is the rarest
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
_END_OF_SENTENCE = re.compile(r"[.!?…。！？][\"'”’)»]*\s*\Z")

Column = tuple[str, ...]
"""The cells of a column, those without anything left out."""


@dataclass(frozen=True)
class Given:
    """What is known of a file; None where it is to be guessed."""

    encoding: str | None = None
    separator: str | None = None
    header: bool | None = None
    text_column: str | None = None
    label_column: str | None = None


@dataclass(frozen=True)
class Roles:
    """What the two columns are for."""

    names: tuple[str, str]  # what they are called where somebody has named them for us
    places: Callable[[Sequence[Column]], tuple[int | None, int]]  # of columns without such names
    least: int = 2  # columns; of one alone the first role is left out
    usual: tuple[str, ...] = ()  # names that say the second role where the cells fit it, the surest first


def guessed(data: bytes, roles: Roles, given: Given) -> Reading:
    """How to read a file.

    Args:
        data: the file.
        roles: `TEXTS`, `PARALLEL`, or those of a series.
        given: what is not to be guessed.

    Raises:
        TableError: no text, or one whose rows have less than two cells whatever parts them.
    """
    encoding = given.encoding or guessed_encoding(data)
    text = decoded(data, encoding)
    sample = text[:SAMPLE_CHARACTERS]
    separator = given.separator or guessed_separator(sample)
    sheet = sheet_of(sample, separator, header=False, least=roles.least)
    rows = sheet.first(SAMPLE_ROWS)
    header = looks_like_header(rows, roles.names) if given.header is None else given.header
    names = sheet_of(sample, separator, header=header, least=roles.least).names
    first, second = _columns(names, rows[1:] if header else rows, roles)
    return Reading(
        text_column=given.text_column or first,
        label_column=given.label_column or second,
        separator=separator,
        header=header,
        encoding=encoding,
        merge_labels=True,
    )


def guessed_separator(sample: str) -> str:
    """What parts the most rows into the same number of cells, two or more."""
    text, named = without_separator_line(sample)
    if named:
        return named
    return max(_RAREST_FIRST, key=lambda separator: _evenness(text, separator))


def _evenness(text: str, separator: str) -> float:
    """Share of the first rows that have the commonest number of cells; 0 if that is one."""
    counts: Counter[int] = Counter()
    try:
        for number, row in enumerate(rows_of(text, separator)):
            if number == SAMPLE_ROWS:
                break
            counts[len(row)] += 1
    except TableError:  # of a hundred cells and more in a row
        return 0.0
    cells, rows = max(counts.items(), key=lambda pair: pair[1], default=(0, 0))
    return rows / counts.total() if cells > 1 else 0.0


def looks_like_header(rows: Sequence[Sequence[str]], usual: Sequence[str]) -> bool:
    """Whether the first row names the columns, as far as its cells are unlike those below them."""
    top, below = rows[0], _transposed(rows[1:])
    if set(usual) & {name.strip().casefold() for name in top}:
        return True
    return sum(_unlike(name.strip(), cells) for name, cells in zip(top, below, strict=False)) >= 0


def _unlike(name: str, cells: Column) -> int:
    """How much a first cell differs from the others of its column: above 0 it names them, below 0 it is one of them."""
    if not name or not cells:
        return 0
    if all(_NUMBER.fullmatch(cell) for cell in cells):
        return -2 if _NUMBER.fullmatch(name) else 2
    if _END_OF_SENTENCE.search(name):
        return -2
    if _labels_of(cells) is not None:
        return -2 if name in cells else 2
    words = median(len(cell.split()) for cell in cells)
    return 1 if len(name.split()) <= words / 2 else -1 if words > 3 else 0


def _labels_of(cells: Column) -> float | None:
    """Different values for each row, where they are few and short; None of other columns."""
    different = len({cell.casefold() for cell in cells})
    few = 2 <= different <= min(MAX_CLASSES, len(cells) / 2)
    return different / len(cells) if few and max(map(len, cells)) <= MAX_LABEL else None


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]], roles: Roles) -> tuple[str, str]:
    """The two columns: by names that are ours, else by what they hold."""
    lowered = [name.casefold() for name in names]
    first: int | None
    if all(lowered.count(name) == 1 for name in roles.names):
        first, second = map(lowered.index, roles.names)
    else:
        columns = _transposed(rows, len(names))
        named = [lowered.index(name) for name in roles.usual if name in lowered]
        told = next((at for at in named if _labels_of(columns[at]) is not None), None)
        first, second = roles.places(columns) if told is None else (_longest(columns, but=told), told)
    return "" if first is None else names[first], names[second]


def _text_and_label(columns: Sequence[Column]) -> tuple[int, int]:
    """The label is short and has the fewest different values, the text is the longest of the others."""
    shares = {at: share for at, cells in enumerate(columns) if (share := _labels_of(cells)) is not None}
    if shares:
        label = min(shares, key=lambda at: (shares[at], _length(columns[at])))
    else:
        text = _longest(columns)
        label = max(at for at in range(len(columns)) if at != text)
    return _longest(columns, but=label), label


def _two_texts(columns: Sequence[Column]) -> tuple[int, int]:
    """The two longest, in their order."""
    lengths = [_length(cells) for cells in columns]
    first, second = sorted(sorted(range(len(columns)), key=lambda at: -lengths[at])[:2])
    return first, second


def _longest(columns: Sequence[Column], but: int | None = None) -> int:
    return max((at for at in range(len(columns)) if at != but), key=lambda at: _length(columns[at]))


def _length(cells: Column) -> float:
    """Mean characters of a cell; of numbers none, which are no text."""
    if not cells or all(_NUMBER.fullmatch(cell) for cell in cells):
        return 0.0
    return sum(map(len, cells)) / len(cells)


def _transposed(rows: Sequence[Sequence[str]], width: int = 0) -> list[Column]:
    width = width or max(map(len, rows), default=0)
    return [tuple(row[at].strip() for row in rows if at < len(row) and row[at].strip()) for at in range(width)]


TEXTS = Roles(
    ("text", "label"),
    _text_and_label,
    usual=("label", "class", "category", "sentiment", "topic", "target", "标签", "类别", "情感"),
)
PARALLEL = Roles(("source", "target"), _two_texts)


def first_rows(
    data: bytes, reading: Reading, count: int = 5, least: int = 2
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The names of a file's columns and its first rows, as they are read: for a look, whatever stands further down.

    Raises:
        TableError: no table, or fewer columns than `least`.
    """
    text = decoded(data, reading.encoding)[:SAMPLE_CHARACTERS]
    sheet = sheet_of(text, reading.separator, header=reading.header, least=least)
    return sheet.names, sheet.first(count)
