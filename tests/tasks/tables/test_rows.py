"""From text to cells: what a spreadsheet writes, and what people write by hand."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.tasks import TableError
from attnlab.tasks.tables import SEPARATORS
from attnlab.tasks.tables.rows import rows_of, without_separator_line

CELLS = st.text(alphabet='ab"\n\r;,|\té ', max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=4), st.sampled_from([",", ";", "|"]))
def test_what_the_standard_library_has_written_is_read_back(rows: list[list[str]], separator: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(rows)
    assert list(rows_of(file.getvalue(), separator)) == rows


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a "good" film,pos', ['a "good" film', "pos"]),
        ('"the "best" film ever",pos', ['the "best" film ever', "pos"]),
        ('"Kane" is great,pos', ['"Kane" is great', "pos"]),
        ('"Kane" is great,"pos"', ['"Kane" is great', "pos"]),
        ('pos,"Kane" is "great"', ["pos", 'Kane" is "great']),
        ('pos,"never closed', ["pos", '"never closed']),
        ('"",""', ["", ""]),
        ('"a ""b"", c\nd",up', ['a "b", c\nd', "up"]),
        ("a,", ["a", ""]),
        (",", ["", ""]),
        ("5'11\",tall", ["5'11\"", "tall"]),
    ],
)
def test_a_quote_that_encloses_no_cell_is_a_letter(line: str, cells: list[str]) -> None:
    assert list(rows_of(f"{line}\r\nx,y\r\n", ",")) == [cells, ["x", "y"]]


def test_where_nobody_quotes_a_quote_swallows_no_rows() -> None:
    text = 'ham\t"I said so\nspam\twin "cash"\nham\tbye"\n'
    assert list(rows_of(text, "\t")) == [["ham", '"I said so'], ["spam", 'win "cash"'], ["ham", 'bye"']]


def test_blank_lines_and_a_last_line_of_spaces_are_no_rows() -> None:
    assert list(rows_of("a|b\n\n  \t \nc|d\n   ", "|")) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(end: str) -> None:
    assert list(rows_of(f"a,b{end}c,d{end}", ",")) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sep=;\r\na;b\r\n", ("a;b\r\n", ";")),
        ('"sep=|"\na|b', ("a|b", "|")),
        ("SEP=,\na", ("a", ",")),
        ("sep=\t\na", ("a", "\t")),
        ("sep=x\na", ("sep=x\na", None)),
        ("sep=;a;b", ("sep=;a;b", None)),
        ("separate;b\n", ("separate;b\n", None)),
    ],
)
def test_the_line_by_which_excel_names_the_separator(text: str, found: tuple[str, str | None]) -> None:
    assert without_separator_line(text) == found


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_row_of_too_many_cells_is_refused_before_it_is_read_whole(separator: str) -> None:
    with pytest.raises(TableError, match=r"a row of more than 100 columns"):
        next(rows_of(separator * 1_000_000, separator))


@pytest.mark.parametrize("hostile", ['"' * 400_000, '"a,' * 200_000, '""a,' * 99 + "b" * 400_000, '"a""b' * 100_000])
def test_no_pile_of_quotes_is_read_more_than_a_few_times(hostile: str) -> None:
    """Were it read anew from each quote, this would take hours."""
    try:
        rows = list(rows_of(hostile, ","))
    except TableError:
        return
    assert sum(len(cell) for row in rows for cell in row) > 0
