"""A table on the command line: read as the pages read it, said how, and refused in words that can be typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli.races.own_data import encoding, separator, table_notes
from attnlab.engine import SpecError
from attnlab.tasks.tables import PARALLEL, TEXTS, Given, guessed
from attnlab.training.plans.plan import RacePlan
from attnlab.training.tuning.rates import UNTUNED, Rate
from tests.cli.conftest import Said
from tests.cli.races.test_options import plan

MESSAGES = "".join(f"{('ham', 'spam', 'Ham ')[n % 3]}\tThe train number {n} came late.\n" for n in range(30))
WIDE = ("--task", "csv", "--families", "gru", "--budget", "2000")


@pytest.fixture
def own(tmp_path: Path) -> Callable[[bytes], str]:
    """Where a file lies that holds these bytes."""

    def written(data: bytes) -> str:
        path = tmp_path / "own.csv"
        path.write_bytes(data)
        return str(path)

    return written


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("comma", ","),
        (",", ","),
        ("semicolon", ";"),
        (";", ";"),
        ("tab", "\t"),
        ("\\t", "\t"),
        ("\t", "\t"),
        ("pipe", "|"),
        ("|", "|"),
    ],
)
def test_a_separator_can_be_typed_in_any_shell(text: str, sign: str) -> None:
    assert separator("separator", text) == sign


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("cp1252", "windows-1252"),
        ("ISO-8859-1", "latin-1"),
        ("gb18030", "gbk"),
        ("gbk", "gbk"),
        ("Shift_JIS", "shift-jis"),
        ("cp932", "shift-jis"),
        ("utf16", "utf-16"),
    ],
)
def test_an_encoding_has_the_names_that_people_know(text: str, name: str) -> None:
    assert encoding("encoding", text) == name


def test_a_file_is_read_as_a_page_reads_it(own: Callable[[bytes], str]) -> None:
    path = own(MESSAGES.encode("utf-16"))
    made = plan(*WIDE, "--data", path)
    assert made.reading == guessed(Path(path).read_bytes(), TEXTS, Given())
    assert (made.header, made.text_column, made.label_column, made.encoding) == (False, "2", "1", "utf-16")


def test_parallel_text_is_guessed_as_what_it_is(own: Callable[[bytes], str]) -> None:
    path = own("".join(f"Good morning {n}.\tBonjour {n}.\n" for n in range(9)).encode())
    made = plan("--task", "translation", "--families", "gru", "--data", path)
    assert made.reading == guessed(Path(path).read_bytes(), PARALLEL, Given())
    assert (made.text_column, made.label_column) == ("1", "2")
    assert table_notes(made) == ["data: utf-8, separator tab, the first row is data; text_column '1', label_column '2'"]


def test_what_is_said_is_not_guessed(own: Callable[[bytes], str]) -> None:
    data = "title|body|class\nSun|it shines|1\nRain|it rains|2\nSnow|it snows|1\nFog|it fogs|2\n".encode("cp1252")
    made = plan(
        *(*WIDE, "--data", own(data), "--separator", "pipe", "--encoding", "latin-1", "--text-column", "1"),
        *("--second-text-column", "body", "--label-column", "3", "--header", "--no-merge-labels"),
    )
    assert (made.separator, made.encoding, made.header, made.merge_labels) == ("|", "latin-1", True, False)
    assert made.task.info.symbols is not None
    assert {"sun", "shines"} & set(made.task.info.symbols)


def test_a_text_of_ones_own_is_no_table(own: Callable[[bytes], str]) -> None:
    text = " ".join(f"line {number} says abc" for number in range(200)).encode()
    assert plan("--task", "next_character", "--families", "gru", "--data", own(text)).reading.text_column == "text"


def test_what_is_read_of_a_table_is_said(own: Callable[[bytes], str]) -> None:
    data = MESSAGES + "odd\tA lonely text.\nham\t \nham\t" + "long " * 40 + "\n"
    made = plan(*WIDE, "--data", own(data.encode()), "--cut", "both")
    assert table_notes(made) == [
        "data: utf-8, separator tab, the first row is data; text_column '2', label_column '1'",
        "data: 32 rows, 2 classes",
        "data: 1 rows without text or label are left out",
        "data: the labels 'ham', 'Ham' are read as one",
        "data: labels with a single text are left out: 'odd'",
        "data: 3% of the texts have more than 32 words, of which 32 of both ends are read",
    ]
    assert table_notes(RacePlan(task_name="csv", contenders=("gru",))) == []


def test_a_race_says_first_how_it_reads(said: Callable[..., Said], own: Callable[[bytes], str]) -> None:
    code, out, error = said("race", *WIDE, "--data", own(MESSAGES.encode()), "--steps", "1")
    assert code == 0
    assert error.startswith("data: utf-8, separator tab, the first row is data; ")
    assert "gru" in out


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"a|b\nc|d\n", ("--text-column", "text"), "text_column ('text') must be one of the columns 'a', 'b', or"),
        (b"one\ntwo\n", (), "file (1 columns) must have 2 to 100"),
        ("é,b\n".encode("latin-1"), ("--encoding", "utf-8"), "file (byte 0xE9 at position 0) must be UTF-8"),
        (b"a,b\nc,d\n", ("--separator", "slash"), "separator ('slash') must be one of comma, semicolon, tab, pipe"),
    ],
)
def test_a_refusal_says_what_can_be_typed(
    data: bytes, options: tuple[str, ...], message: str, own: Callable[[bytes], str]
) -> None:
    with pytest.raises(SpecError) as caught:
        plan(*WIDE, "--data", own(data), *options)
    assert message in str(caught.value)


# --- too little, and guesses ------------------------------------------------------------------------------------------


def test_too_few_rows_and_an_untuned_rate_are_told_on_stderr(
    said: Callable[..., Said], own: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attnlab.training.plans.plan.best_rate", lambda *_: Rate(UNTUNED, tuned=False))
    rows = b"text,label\n" + b"".join(b"w%d is fine,good\nv%d is not,bad\n" % (n, n) for n in range(12))
    code, out, error = said("race", *WIDE, "--steps", "2", "--data", own(rows + b"x,odd\ny,odd\n"))
    assert code == 0
    told = error.splitlines()
    assert any(line.startswith("data: 18 rows to learn from are so few") for line in told)
    assert any("a single one held out: 'odd'." in line for line in told)
    assert any(
        line.startswith(f"lr of csv: Nobody has tuned a learning rate on this task for gru: the peak is {UNTUNED:g}")
        for line in told
    )
    assert f"{UNTUNED:g} (untuned)" in out
    code, out, error = said("race", *WIDE, "--steps", "2", "--lr", "gru=0.01", "--data", own(rows))
    assert code == 0
    assert "lr of" not in error
    assert "untuned" not in out


def test_uneven_classes_have_scores_that_count_each_alike_and_their_floor_too(
    said: Callable[..., Said], own: Callable[[bytes], str], tmp_path: Path
) -> None:
    rows = b"text,label\n" + b"".join(b"row %d of them,%s\n" % (n, b"b" if n % 7 == 0 else b"a") for n in range(150))
    path = tmp_path / "out.json"
    code, out, _ = said("race", *WIDE, "--steps", "2", "--data", own(rows), "--json", str(path))
    assert code == 0
    results, floors = out.rstrip().split("\n\n")
    for part in (results, floors):
        assert part.splitlines()[0].endswith("balanced accuracy  macro F1")
    assert "95 %" in results
    final = json.loads(path.read_text(encoding="utf-8"))["final"]["gru"]
    assert set(final["balance"]) == {"balanced_accuracy", "macro_f1"}
    assert final["interval"]["low"] < final["metric"] < final["interval"]["high"]
    assert final["test_examples"] < 100


def test_even_classes_have_no_such_columns(said: Callable[..., Said], own: Callable[[bytes], str]) -> None:
    rows = b"text,label\n" + b"".join(b"row %d of them,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(400))
    _, out, _ = said("race", *WIDE, "--steps", "2", "--data", own(rows))
    assert "balanced" not in out
