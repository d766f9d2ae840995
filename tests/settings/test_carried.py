"""The parameter of a link that holds what no widget can bind."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.engine import Edit, SpecError
from attnlab.engine.edits import MAX_EDITS
from attnlab.settings.carried import MAX_CHARACTERS, check, decoded, encoded

A, B = Edit("scores", 2, 4, 3, 1.5), Edit("importance", 0, 0, 7, 0.0)

any_edits = st.lists(
    st.builds(
        Edit,
        stage=st.sampled_from(("x", "w_query", "query", "scores", "weights")),
        head=st.integers(0, 15),
        row=st.integers(0, 127),
        col=st.integers(0, 255),
        value=st.floats(-1e6, 1e6),
    ),
    max_size=12,
).map(tuple)


def packed(content: Any, version: str = "1") -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"{version}." + base64.urlsafe_b64encode(text).decode().rstrip("=")


@given(any_edits)
def test_what_was_written_is_read_back(edits: tuple[Edit, ...]) -> None:
    assert decoded(encoded(edits)) == edits
    assert check(encoded(edits)) is None


def test_nothing_is_written_for_nothing() -> None:
    assert encoded(()) == ""
    assert decoded("") == ()


def test_the_text_is_what_the_contract_says() -> None:
    assert encoded((A,)) == packed(b'{"edits":[["scores",2,4,3,1.5]]}')


def test_a_whole_number_and_its_float_are_one_edit() -> None:
    assert decoded(packed({"edits": [["scores", 2, 4, 3, 1]]})) == (Edit("scores", 2, 4, 3, 1.0),)
    assert isinstance(decoded(packed({"edits": [["scores", 2, 4, 3, 1]]}))[0].value, float)


REFUSED: dict[str, tuple[str, str]] = {
    "a newer version": (packed({"edits": []}, "2"), "version 2, newer than this app"),
    "version 0": (packed({"edits": []}, "0"), "version 0"),
    "no version": (packed({"edits": []})[2:], "a version, a full stop and base64url"),
    "a wild letter": (encoded((A,)) + "$", "a version, a full stop and base64url"),
    "cut short": (encoded((A,))[:-7], "damaged"),
    "one letter too many": ("1.A", "damaged"),
    "not UTF-8": (packed(b"\xff\xfe{}"), "damaged"),
    "deep": (packed(b"[" * 4000), "damaged"),
    "a list": (packed([1, 2]), "list of edits"),
    "another key": (packed({"edits": [], "run": "__import__('os')"}), "list of edits"),
    "four entries": (packed({"edits": [["scores", 0, 0, 0]]}), "five entries"),
    "a stage of its own": (packed({"edits": [["<script>", 0, 0, 0, 1]]}), "stage"),
    "a stage that is a list": (packed({"edits": [[["x"], 0, 0, 0, 1]]}), "stage"),
    "a negative row": (packed({"edits": [["x", 0, -1, 0, 1]]}), "row"),
    "a float for a row": (packed({"edits": [["x", 0, 1.0, 0, 1]]}), "row"),
    "a row beyond all": (packed({"edits": [["x", 0, 10**30, 0, 1]]}), "row"),
    "NaN": (packed(b'{"edits":[["x",0,0,0,NaN]]}'), "value"),
    "infinity": (packed(b'{"edits":[["x",0,0,0,-Infinity]]}'), "value"),
    "a huge value": (packed({"edits": [["x", 0, 0, 0, 10**400]]}), "value"),
    "text for a value": (packed({"edits": [["x", 0, 0, 0, "1"]]}), "value"),
    "true for a value": (packed({"edits": [["x", 0, 0, 0, True]]}), "value"),
    "a negative importance": (packed({"edits": [["importance", 0, 0, 0, -1]]}), "value"),
    "too many": (packed({"edits": [["x", 0, 0, 0, 1]] * (MAX_EDITS + 1)}), "at most 64"),
    "too long": ("1." + "A" * MAX_CHARACTERS, "at most 6000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(case: str) -> None:
    text, said = REFUSED[case]
    refusal = check(text)
    assert refusal is not None
    assert said in refusal
    assert "\n" not in refusal
    with pytest.raises(SpecError):
        decoded(text)


@given(st.text(max_size=60) | st.binary(max_size=60).map(packed))
def test_any_text_is_read_or_refused(text: str) -> None:
    refusal = check(text)
    if refusal is None:
        assert isinstance(decoded(text), tuple)


def test_every_single_damaged_letter_is_read_or_refused() -> None:
    good = encoded((A, B))
    for place in range(len(good)):
        for letter in "A_9.":
            check(good[:place] + letter + good[place + 1 :])
