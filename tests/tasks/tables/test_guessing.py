"""How a file that nobody has described is read: separator, header, and which column is which."""

from dataclasses import replace

import pytest

from attnlab.tasks import Reading, TableError, read_parallel, read_table
from attnlab.tasks.tables import PARALLEL, TEXTS, Given, first_rows, guessed

PLAIN = Reading(merge_labels=True)


def lines(*rows: str, end: str = "\n") -> str:
    return "".join(row + end for row in rows)


REVIEWS = ["the film was good;pos", "the film was bad, really;neg", "the song was good;pos", "the song was bad;neg"]
MESSAGES = [f"{('ham', 'spam')[n % 2]}\tThe train number {n} is {'late' if n % 3 else 'a mess'}." for n in range(9)]
PAIRS = ["Good morning.\tBonjour.", "How are you?\tComment allez-vous ?", "It's late.\tIl est tard."]
NEWS = [f'"{n % 3 + 1}","News {n}","The garden number {n}, as it was, is a joy."' for n in range(9)]

# What the file holds, how it is read, and the first text with its label.
READ = {
    "names of ours": (lines("text,label", "a b,x", "c d,y"), PLAIN, ("a b", "x")),
    "names of ours in another order": (lines("label,id,text", "x,1,a b", "y,2,c"), PLAIN, ("a b", "x")),
    "commas in the header": (
        lines("Review (title, body, date);Rating", *REVIEWS),
        replace(PLAIN, separator=";", text_column="Review (title, body, date)", label_column="Rating"),
        ("the film was good", "pos"),
    ),
    "Excel's line": (
        lines("sep=;", "Bewertung;Urteil", *REVIEWS, end="\r\n"),
        replace(PLAIN, separator=";", text_column="Bewertung", label_column="Urteil"),
        ("the film was good", "pos"),
    ),
    "pipe": (
        lines("text|label", *(row.replace(";", "|") for row in REVIEWS)),
        replace(PLAIN, separator="|"),
        ("the film was good", "pos"),
    ),
    "tab": (
        lines("text\tlabel", *(row.replace(";", "\t") for row in REVIEWS)),
        replace(PLAIN, separator="\t"),
        ("the film was good", "pos"),
    ),
    "no header, label first": (
        lines(*MESSAGES),
        replace(PLAIN, separator="\t", header=False, text_column="2", label_column="1"),
        ("The train number 0 is a mess.", "ham"),
    ),
    "numbers below a name": (
        lines('"class","title","description"', *NEWS),
        replace(PLAIN, text_column="description", label_column="class"),
        ("The garden number 0, as it was, is a joy.", "1"),
    ),
    "numbers without a name": (
        lines(*NEWS),
        replace(PLAIN, header=False, text_column="3", label_column="1"),
        ("The garden number 0, as it was, is a joy.", "1"),
    ),
    "two named columns and empty ones": (
        lines("v1,v2,,,", *(f"{row.split(';')[1]},{row.split(';')[0].split(',')[0]},,," for row in REVIEWS)),
        replace(PLAIN, text_column="v2", label_column="v1"),
        ("the film was good", "pos"),
    ),
    "a last line of spaces": (lines("text,label", "a b,x", "c d,y") + "   \r\n", PLAIN, ("a b", "x")),
    "an id, a date and a number": (
        lines("id,day,what,stars", *(f"{n},2024-01-{n + 1:02},it was number {n},{n % 5}" for n in range(20))),
        replace(PLAIN, text_column="what", label_column="stars"),
        ("it was number 0", "0"),
    ),
    "a column with fewer values than the one that is called so": (
        lines(
            "Asked again,Category,Content",
            *(f"{'no' if n % 9 else 'yes'},{'abcd'[n % 4]},it was number {n}" for n in range(40)),
        ),
        replace(PLAIN, text_column="Content", label_column="Category"),
        ("it was number 0", "a"),
    ),
    "a column that is called so and names no class": (
        lines("topic,verdict,what", *(f"news {n},{'ab'[n % 2]},it was number {n} of all" for n in range(40))),
        replace(PLAIN, text_column="what", label_column="verdict"),
        ("it was number 0 of all", "a"),
    ),
    "labels in order": (
        lines("review,verdict", *(f"it was number {n},{'good' if n < 500 else 'bad'}" for n in range(600))),
        replace(PLAIN, text_column="review", label_column="verdict"),
        ("it was number 0", "good"),
    ),
    "Chinese": (
        lines("评论,标签", *(f"这部电影很好看，我喜欢{n}。,{'好坏'[n % 2]}" for n in range(8))),
        replace(PLAIN, text_column="评论", label_column="标签"),
        ("这部电影很好看，我喜欢0。", "好"),
    ),
}


@pytest.mark.parametrize(("text", "reading", "first"), READ.values(), ids=READ)
def test_a_file_is_read_as_whoever_wrote_it_meant_it(text: str, reading: Reading, first: tuple[str, str]) -> None:
    data = text.encode()
    assert guessed(data, TEXTS, Given()) == reading
    table = read_table(data, reading)
    assert table.preview(1) == (first,)
    assert table.left_out == 0


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (lines("source,target", "Good day.,Bonjour."), Reading(text_column="source", label_column="target")),
        (
            lines("English\tFrench", *PAIRS),
            Reading(separator="\t", text_column="English", label_column="French"),
        ),
        (lines(*PAIRS), Reading(separator="\t", header=False, text_column="1", label_column="2")),
        (
            lines("1\tit is late today\til est tard\t7", "2\tit is cold today\til fait froid\t8"),
            Reading(separator="\t", header=False, text_column="2", label_column="3"),
        ),
    ],
    ids=["names of ours", "header", "no header", "numbers beside"],
)
def test_pairs_are_the_two_columns_of_text_in_their_order(text: str, reading: Reading) -> None:
    found = guessed(text.encode(), PARALLEL, Given())
    assert replace(found, merge_labels=False) == reading
    assert read_parallel(text.encode(), found).left_out == 0


def test_what_is_given_is_taken_and_the_rest_follows_from_it() -> None:
    data = lines("my; text,label", *(f"a; b{n},{'xy'[n % 2]}" for n in range(6))).encode()
    assert guessed(data, TEXTS, Given(separator=",")) == replace(PLAIN, text_column="my; text")
    given = guessed(data, TEXTS, Given(separator=";", header=False))
    assert (given.separator, given.header) == (";", False)
    assert first_rows(data, given, 2) == (("1", "2"), (("my", " text,label"), ("a", " b0,x")))
    assert guessed(data, TEXTS, Given(text_column="label")).text_column == "label"
    assert guessed(lines(*MESSAGES).encode(), TEXTS, Given(header=True)).text_column == "The train number 0 is a mess."


def test_a_named_encoding_is_not_guessed() -> None:
    data = lines("text;label", "été;a", "où;b").encode()
    assert guessed(data, TEXTS, Given(encoding="latin-1")).encoding == "latin-1"
    assert read_table(data, guessed(data, TEXTS, Given(encoding="latin-1"))).texts[0] == "Ã©tÃ©"


def test_columns_are_numbered_where_no_name_tells_them_apart() -> None:
    data = b"text,,label,text,2\na,b,c,d,e\nf,g,h,i,j\n"
    names, _ = first_rows(data, Reading())
    assert names == ("1", "#2", "label", "4", "2")
    assert read_table(data, Reading(text_column="4", label_column="#2")).preview(1) == (("d", "b"),)
    assert read_table(data, Reading(text_column="2", label_column="3")).preview(1) == (("e", "c"),)
    for wrong in ("0", "6", "01", "-1", "²", "1000000000000"):
        with pytest.raises(TableError, match=r"^text_column .* or a number from 1 to 5$"):
            read_table(data, Reading(text_column=wrong))


def test_names_in_a_refusal_can_be_typed_as_they_stand_there() -> None:
    long = "Review (title, body, and the day on which it was written)"
    with pytest.raises(TableError) as caught:
        read_table(f"{long};label\na;b\nc;d\n".encode(), Reading(separator=";"))
    assert f"'{long}', 'label', or a number from 1 to 2" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"one column\nonly\n", b"PK\x03\x04"])
def test_what_is_no_table_is_refused_where_it_is_guessed(data: bytes) -> None:
    with pytest.raises(TableError, match=r"^file \("):
        guessed(data, TEXTS, Given())


def test_rows_that_lack_columns_without_a_name_or_have_empty_ones_are_whole() -> None:
    table = read_table(b"label,text,,\nx,a\ny,b,,\nz,c,,,,,\n")
    assert table.texts == ("a", "b", "c")
    with pytest.raises(TableError, match=r"^row 2 after the header \(5 cells\) must have 4$"):
        read_table(b"label,text,,\nx,a\ny,b,,,more\n")
    with pytest.raises(TableError, match=r"^row 2 \(1 cells\) must have 2$"):
        read_table(b"x,a\ny\n", Reading(header=False, text_column="2", label_column="1"))
