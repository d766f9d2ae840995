import pytest

from attnlab.cli.terminal.values import names, number, one_of, pairs, whole, wholes
from attnlab.engine import SpecError


def test_numbers_are_read() -> None:
    assert whole("steps", " 12 ") == 12
    assert number("lr", "1e-3") == 1e-3
    assert wholes("seeds", "0, 4,2") == (0, 4, 2)


@pytest.mark.parametrize("text", ["", "x", "1.5", "0x10", "1e3", "٣٫٥", "None", "\x1b[31m"])
def test_what_is_no_whole_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(SpecError, match=r"^steps \(.*\) must be a whole number$") as refused:
        whole("steps", text)
    assert refused.value.field == "steps"
    assert str(refused.value).isprintable()


def test_what_is_no_number_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match=r"^lr \('fast'\) must be a number$"):
        number("lr", "fast")


def test_names_stand_between_commas() -> None:
    assert names("families", "lstm, tcn") == ("lstm", "tcn")
    for text in ("", ",", "lstm,", "lstm,,tcn"):
        with pytest.raises(SpecError, match="families"):
            names("families", text)


def test_the_same_number_twice_is_refused() -> None:
    with pytest.raises(SpecError, match=r"seeds \(.*\) must be different numbers"):
        wholes("seeds", "1,2,1")


def test_pairs_may_be_repeated_or_share_an_option() -> None:
    assert pairs("size", ["length=5,num_symbols=4", "blanks=7"], whole) == {"length": 5, "num_symbols": 4, "blanks": 7}
    assert pairs("size", [], whole) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("length", r"size \('length'\) must be name=value"),
        ("=5", r"size \('=5'\) must be name=value"),
        ("length=x", r"length \('x'\) must be a whole number"),
        ("length=5,length=6", r"size \('length'\) must be given once"),
    ],
)
def test_what_is_no_pair_is_refused(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        pairs("size", [text], whole)


def test_a_name_must_be_among_those_allowed() -> None:
    assert one_of("race", "sort", ("sort", "recall")) == "sort"
    with pytest.raises(SpecError, match=r"race \('sorted'\) must be one of sort, recall"):
        one_of("race", "sorted", ("sort", "recall"))
