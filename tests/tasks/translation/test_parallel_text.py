"""The user's two columns, and every file that is none: the refusals of a table, for the columns of a translation."""

import gzip

import pytest

from attnlab.tasks import Reading, TableError, example_parallel, read_parallel
from attnlab.tasks.tables.limits import MAX_BYTES, MAX_CELL, MAX_ROWS

GOOD = "source,target\nGood day.,Bonjour.\nThank you.,Merci.\n"


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("Good day", "Good\u200b  day").encode(),
    ],
    ids=["utf-8", "BOM", "utf-16", "CRLF", "hidden"],
)
def test_every_spelling_of_two_columns_is_read_alike(data: bytes) -> None:
    text = read_parallel(data)
    assert text.sources == ("Good day.", "Thank you.")
    assert text.targets == ("Bonjour.", "Merci.")
    assert text.left_out == 0
    assert text.preview(1) == (("Good day.", "Bonjour."),)


def test_columns_are_chosen_by_name_and_rows_with_an_empty_side_left_out() -> None:
    data = "id;fr;en\n1;Bonjour;Good day\n2;;Nothing\n3;Rien;\u200b\n4;Merci;Thanks\n".encode()
    text = read_parallel(data, Reading(text_column="en", label_column="fr", separator=";"))
    assert (text.sources, text.targets, text.left_out) == (("Good day", "Thanks"), ("Bonjour", "Merci"), 2)


REFUSED = {
    "empty": (b"", r"^file \(0 columns\) must have 2 to 100$", "file"),
    "one column": (b"source\nGood day\n", r"^file \(1 columns\) must have .* another sign\?$", "file"),
    "no source": (
        b"english,target\na,b\n",
        r"^text_column \('source'\) must be one of the columns 'english', 'target'",
        "text_column",
    ),
    "no target": (b"source,french\na,b\n", r"^label_column \('target'\) must be one of the col", "label_column"),
    "two targets": (
        b"source,target,target\na,b,c\n",
        r"^label_column \('target'\) must be one of the columns 'source', '2', '3', or",
        "label_column",
    ),
    "ragged": (b"source,target\na,b\nc\n", r"^row 2 after the header \(1 cells\) must have 2$", "row"),
    "too many rows": (
        b"source,target\n" + b"a,b\n" * (MAX_ROWS + 1),
        rf"^file \(more than {MAX_ROWS} rows\) must have at most {MAX_ROWS}$",
        "file",
    ),
    "cell": (
        b"source,target\na," + b"b" * (MAX_CELL + 1) + b"\n",
        rf"^row 1 after the header, column 'target' \({MAX_CELL + 1} characters\) must have at most {MAX_CELL}$",
        "row",
    ),
    "Latin-1": ("source,target\nsummer,été\n".encode("latin-1"), r"^file \(byte 0xE9 at .* must be UTF-8", "file"),
    "NUL": (b"source,target\na\0,b\n", r"^file \(NUL at character 15\)", "file"),
    "gzip": (gzip.compress(GOOD.encode()), r"^file \(a gzip archive\) must be plain text", "file"),
    "too large": (b"a" * (MAX_BYTES + 1), rf"^file \({MAX_BYTES + 1} bytes\)", "file"),
}


@pytest.mark.parametrize(("data", "message", "field"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_parallel_text_is_refused_in_one_sentence(data: bytes, message: str, field: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        read_parallel(data)
    assert caught.value.field == field
    assert str(caught.value).isprintable()


def test_one_column_cannot_be_both() -> None:
    with pytest.raises(TableError, match=r"^label_column \('source'\) must not be the text_column$"):
        read_parallel(GOOD.encode(), Reading(text_column="source", label_column="source"))


def test_the_example_file_is_read_and_is_the_same_each_time() -> None:
    text = read_parallel(example_parallel())
    assert example_parallel() == example_parallel()
    assert len(text.sources) == 300
    assert text.left_out == 0
    assert all(one[0].isupper() and one.endswith(".") for one in (*text.sources, *text.targets))
