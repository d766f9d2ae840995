"""Files that a spreadsheet will open: nothing in them runs, and their letters arrive."""

import csv
import io

import pytest

from attnlab.text import for_spreadsheets, formula_safe


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_a_spreadsheet_would_run_is_made_text(start: str) -> None:
    assert formula_safe(f"{start}1+1") == f"'{start}1+1"
    assert formula_safe(f"a{start}1") == f"a{start}1"


@pytest.mark.parametrize("text", ["", "fine", "1", " =1", "'=1"])
def test_other_cells_are_exported_as_they_are(text: str) -> None:
    assert formula_safe(text) == text


def test_a_download_begins_with_one_mark_and_is_read_back_without_it() -> None:
    data = for_spreadsheets("grün,1\n")
    assert data == b"\xef\xbb\xbfgr\xc3\xbcn,1\n"
    assert for_spreadsheets(data.decode()) == data
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig")))) == [["grün", "1"]]
