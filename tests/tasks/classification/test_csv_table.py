"""The user's own table, and every file that is none: refused in one sentence with what was got and what is allowed."""

import contextlib
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.tasks import Reading, TableError, read_table
from attnlab.tasks.tables import first_rows
from attnlab.tasks.tables.limits import MAX_BYTES, MAX_CELL, MAX_CLASSES, MAX_ROWS

GOOD = "text,label\na fine day,up\na poor day,down\n"


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", GOOD)
    return file.getvalue()


# --- what is read -------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace("\n", "\n\n\n").encode(),
        GOOD.removesuffix("\n").encode(),
        b'"text","label"\n"a fine day","up"\n"a poor day","down"\n',
        GOOD.replace("text", " text ").replace(",up", ", up ").encode(),
        GOOD.replace("fine", "\u200bfine\0".replace("\0", "\u202e")).encode(),
    ],
    ids=["utf-8", "BOM", "utf-16", "utf-16-be", "CRLF", "CR", "blank", "no end", "quotes", "spaces", "hidden"],
)
def test_every_spelling_of_a_table_is_read_alike(data: bytes) -> None:
    table = read_table(data)
    assert table.texts == ("a fine day", "a poor day")
    assert table.labels == ("up", "down")
    assert table.left_out == 0


def test_labels_stay_as_they_are_written() -> None:
    data = b"text,label\na,1\nb,1.0\nc,01\nd,NA\ne,nan\nf,null\ng,1e5\nh,True\n"
    table = read_table(data)
    assert table.labels == ("1", "1.0", "01", "NA", "nan", "null", "1e5", "True")
    assert set(table.balance.values()) == {1}


def test_columns_are_chosen_by_name() -> None:
    data = b"id;opinion;note;stars\n1;fine;x;5\n2;poor;y;1\n3;fine;z;5\n"
    reading = Reading(text_column="opinion", label_column="stars", separator=";")
    assert first_rows(data, reading)[0] == ("id", "opinion", "note", "stars")
    table = read_table(data, reading)
    assert table.preview(2) == (("fine", "5"), ("poor", "1"))
    assert table.balance == {"1": 1, "5": 2}


def test_a_cell_may_hold_separators_quotes_and_lines() -> None:
    table = read_table(b'text,label\n"a ""b"", c\nd",up\n=1+1,down\n')
    assert table.texts == ('a "b", c d', "=1+1")


def test_rows_without_text_or_label_are_left_out_and_counted() -> None:
    table = read_table("text,label\n,up\nfine,\n  , \n\u200b,up\nfine,up\npoor,down\n".encode())
    assert table.texts == ("fine", "poor")
    assert table.left_out == 4


# --- what is refused ----------------------------------------------------------

REFUSED = {
    "empty": (b"", r"^file \(0 columns\) must have 2 to 100$", "file"),
    "blank": (b"\n\n \n", r"^file \(0 columns\) must have 2 to 100$", "file"),
    "header only": (b"text,label\n", r"^label_column \('label': 0 classes\) must have 2 to 100$", "label_column"),
    "one column": (b"text;label\na;b\n", r"^file \(1 columns\) must have .*: are its cells separated", "file"),
    "one class": (
        b"text,label\na,x\nb,x\n",
        r"^label_column \('label': 1 classes\) must have 2 to 100$",
        "label_column",
    ),
    "1,000 classes": (
        b"text,label\n" + b"".join(b"t,%d\n" % number for number in range(1000)),
        r"^label_column \('label': 1000 classes\) must have 2 to 100$",
        "label_column",
    ),
    "10,000 columns": (
        b",".join(b"c%d" % n for n in range(10_000)),
        r"^file \(a row of more than 100 columns\)",
        "file",
    ),
    "too many rows": (
        b"text,label\n" + b"a,b\n" * (MAX_ROWS + 1),
        rf"^file \(more than {MAX_ROWS} rows\) must have at most {MAX_ROWS}$",
        "file",
    ),
    "no header": (
        b"fine,up\npoor,down\n",
        r"^text_column \('text'\) must be one of the columns 'fine', 'up', or a number from 1 to 2$",
        "text_column",
    ),
    "no label": (
        b"text,klass\na,b\n",
        r"^label_column \('label'\) must be one of the columns 'text', 'klass', or a number from 1 to 2$",
        "label_column",
    ),
    "two texts": (b"text,text,label\na,b,c\n", r"^text_column \('text'\) .* columns '1', '2', 'label'", "text_column"),
    "long row": (b"text,label\na,b\na,b,c\n", r"^row 2 after the header \(3 cells\) must have 2$", "row"),
    "short row": (b"text,label\na,b\n\nc\n", r"^row 2 after the header \(1 cells\) must have 2$", "row"),
    "a file that ends within a quote": (
        b'text,label\na,b\n"c d',
        r"^row 2 after the header \(1 cells\) must have 2$",
        "row",
    ),
    "NUL": (b"text,label\na\0,b\n", r"^file \(NUL at character 12\) must be plain text", "file"),
    "utf-32": (GOOD.encode("utf-32"), r"^file \(NUL at character 0\) must be plain text", "file"),
    "half utf-16": (GOOD.encode("utf-16")[:-1], r"^file \(byte 0x0A at position 82\) must be UTF-16", "file"),
    "Latin-1": (
        "text,label\ncafé,up\n".encode("latin-1"),
        r"^file \(byte 0xE9 at position 14\) must be UTF-8: save the table as CSV UTF-8$",
        "file",
    ),
    "Shift-JIS": (
        "text,label\n映画,up\n".encode("shift-jis"),
        r"^file \(byte 0x89 at position 11\) must be UTF-8",
        "file",
    ),
    "cell": (
        b"text,label\n" + b"a" * (MAX_CELL + 1) + b",b\n",
        rf"^row 1 after the header, column 'text' \({MAX_CELL + 1} characters\) must have at most {MAX_CELL}$",
        "row",
    ),
    "5 MB cell": (
        b"text,label\n" + b"a" * 4_900_000 + b",b\n",
        r"^row 1 after the header, column 'text' \(4900000 characters\) must have at most 20000$",
        "row",
    ),
    "long label": (
        b"text,label\na," + b"b" * 61 + b"\n",
        r"^row 1 after the header, column 'label' \(61 characters\) must have at most 60$",
        "label_column",
    ),
    "too large": (b"a" * (MAX_BYTES + 1), rf"^file \({MAX_BYTES + 1} bytes\) must have at most {MAX_BYTES}$", "file"),
    "zip, xlsx": (zipped(), r"^file \(a zip archive or an Excel workbook\) must be plain text", "file"),
    "gzip": (gzip.compress(b"0" * 10**6), r"^file \(a gzip archive\) must be plain text", "file"),
    "pickle": (b"\x80\x04\x95\x10\x00", r"^file \(a Python pickle\) must be plain text", "file"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1", r"^file \(an old Excel workbook\) must be plain text", "file"),
}


@pytest.mark.parametrize(("data", "message", "field"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_in_one_sentence(data: bytes, message: str, field: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        read_table(data)
    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


def test_size_is_refused_before_anything_is_decoded() -> None:
    class Watched(bytes):
        def decode(self, *arguments: str) -> str:
            raise AssertionError("decoded")

    with pytest.raises(TableError, match="bytes"):
        read_table(Watched(b"\xff" * (MAX_BYTES + 1)))
    with pytest.raises(TableError, match="gzip"):
        read_table(Watched(b"\x1f\x8b\xff"))


def test_nothing_behind_a_refused_row_is_read() -> None:
    data = b"text,label\na,b\na,b,c\n" + b'"never closed\n' * 9
    with pytest.raises(TableError, match="row 2"):
        read_table(data)


@pytest.mark.parametrize("name", ["\u202e\0" * 100_000, "<script>", "__proto__", ""])
def test_a_hostile_column_name_is_quoted_short_and_escaped(name: str) -> None:
    with pytest.raises(TableError, match=r"^label_column ") as caught:
        read_table(GOOD.encode(), Reading(label_column=name))
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


def test_one_column_cannot_be_both() -> None:
    with pytest.raises(TableError, match=r"^label_column \('text'\) must not be the text_column$"):
        read_table(GOOD.encode(), Reading(label_column="text"))


@pytest.mark.parametrize("separator", ["", ",,", "\n", "a", "/"])
def test_another_separator_is_refused(separator: str) -> None:
    with pytest.raises(TableError, match=r"^separator \(.*\) must be one of comma, semicolon, tab, pipe$"):
        read_table(GOOD.encode(), Reading(separator=separator))


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("text,label\n" + text).encode("utf-8", "replace"))
)
def test_any_bytes_are_a_table_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(TableError):
        table = read_table(data)
        assert len(table.texts) == len(table.labels) >= 2
        assert all(table.texts)
        assert all(table.labels)


# --- labels ---------------------------------------------------------------------


def labelled(*labels: str) -> bytes:
    return "\n".join(["text,label", *(f"t{number},{label}" for number, label in enumerate(labels))]).encode()


def test_labels_that_differ_in_case_or_spaces_alone_are_found_and_can_be_one() -> None:
    data = labelled("pos", "POS", "neg", "Pos ", "pos", "very bad", "Very  bad", "1", "1.0")
    table = read_table(data)
    assert table.alike == (("pos", "POS", "Pos"), ("Very  bad", "very bad"))
    assert set(table.balance) == {"pos", "POS", "Pos", "neg", "very bad", "Very  bad", "1", "1.0"}
    merged = read_table(data, Reading(merge_labels=True))
    assert merged.alike == table.alike
    assert merged.balance == {"1": 1, "1.0": 1, "Very  bad": 2, "neg": 1, "pos": 4}


def test_labels_that_are_one_when_merged_are_one_class_too_few() -> None:
    with pytest.raises(TableError, match=r"1 classes"):
        read_table(labelled("a", "A"), Reading(merge_labels=True))


def test_a_hundred_classes_are_fine_and_one_more_is_not() -> None:
    assert len(read_table(labelled(*map(str, range(MAX_CLASSES)))).balance) == 100
    with pytest.raises(TableError, match=r"^label_column \('label': 101 classes\) must have 2 to 100$"):
        read_table(labelled(*map(str, range(MAX_CLASSES + 1))))


def test_a_negative_label_is_read_as_it_is_written() -> None:
    assert set(read_table(labelled("1", "-1", "=2")).balance) == {"1", "-1", "=2"}


def test_a_second_text_is_joined_behind_the_first() -> None:
    data = b"class,title,description\n1,Sun,it shines\n2,,rain\n"
    reading = Reading(text_column="title", second_text_column="description", label_column="class")
    assert read_table(data, reading).texts == ("Sun it shines", "rain")
    with pytest.raises(TableError, match=r"^second_text_column \('title'\) must not be the text_column$"):
        read_table(data, Reading(text_column="title", second_text_column="title", label_column="class"))
