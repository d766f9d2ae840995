"""Edits in several layers, as a link says them."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnlab.engine import Edit, SpecError
from attnlab.settings import carried
from attnlab.settings.elsewhere import MAX_LAYERS, MOST, by_layer, check, moved, told

A, B, C = Edit("scores", 2, 4, 3, 1.5), Edit("head", 1, 0, 0, 0.0), Edit("temperature", 0, 0, 0, 0.5)
ROW = ["head", 0, 0, 0, 0]

some_layers = st.dictionaries(
    st.integers(1, MAX_LAYERS), st.lists(st.sampled_from((A, B, C)), min_size=1, max_size=3).map(tuple), max_size=4
)


def packed(content: Any, version: str = "1") -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"{version}." + base64.urlsafe_b64encode(text).decode().rstrip("=")


@given(some_layers, st.integers(1, MAX_LAYERS), st.integers(1, MAX_LAYERS))
def test_what_was_written_is_read_back_whichever_layer_is_shown(
    every: dict[int, tuple[Edit, ...]], shown: int, later: int
) -> None:
    s, elsewhere = told(shown, every)
    assert check(elsewhere) is None
    assert by_layer(later, s, elsewhere) == every
    assert carried.decoded(s) == every.get(shown, ())
    assert by_layer(later, *moved(shown, later, s, elsewhere)) == every
    assert list(by_layer(later, s, elsewhere)) == sorted(every)


def test_an_older_link_means_the_layer_that_is_shown() -> None:
    assert by_layer(3, carried.encoded((A,)), "") == {3: (A,)}
    assert by_layer(3, "", "") == {}


def test_the_text_is_what_the_contract_says() -> None:
    s, elsewhere = told(3, {5: (B,), 3: (A,)})
    assert s == carried.encoded((A,))
    assert elsewhere == packed(b'{"layer":3,"others":[[5,[["head",1,0,0,0.0]]]]}')
    assert told(3, {}) == ("", "")


REFUSED: dict[str, tuple[str, str]] = {
    "a newer version": (packed({"layer": 1, "others": []}, "2"), "version 2, newer than this app"),
    "version 0": (packed({"layer": 1, "others": []}, "0"), "version 0"),
    "no version": ("e30", "a version, a full stop and base64url"),
    "cut short": (told(1, {2: (A,)})[1][:-7], "damaged"),
    "not UTF-8": (packed(b"\xff\xfe{}"), "damaged"),
    "deep": (packed(b"[" * 4000), "damaged"),
    "a list": (packed([1, []]), "a layer and the edits of others"),
    "another key": (packed({"layer": 1, "others": [], "run": 1}), "a layer and the edits of others"),
    "layer 0": (packed({"layer": 0, "others": []}), "between 1 and 128"),
    "a layer beyond all": (packed({"layer": 1, "others": [[10**30, [ROW]]]}), "between 1 and 128"),
    "true for a layer": (packed({"layer": True, "others": []}), "whole number"),
    "a word for a layer": (packed({"layer": 1, "others": [["<b>", [ROW]]]}), "whole number"),
    "a layer twice": (packed({"layer": 1, "others": [[2, [ROW]], [2, [ROW]]]}), "each layer once"),
    "its own layer": (packed({"layer": 1, "others": [[1, [ROW]]]}), "each layer once"),
    "no pairs": (packed({"layer": 1, "others": [[2]]}), "pairs"),
    "a head beyond all": (packed({"layer": 1, "others": [[2, [["head", 256, 0, 0, 0]]]]}), "head (256)"),
    "a temperature of 0": (packed({"layer": 1, "others": [[2, [["temperature", 0, 0, 0, 0]]]]}), "value (0.0)"),
    "too many of a layer": (packed({"layer": 1, "others": [[2, [ROW] * 65]]}), "at most 64"),
    "too many": (packed({"layer": 1, "others": [[n, [["x", 0, 0, 0, 1]] * 60] for n in range(2, 7)]}), str(MOST)),
    "a thousand million": ("1." + "A" * 10**7, "at most 6000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(case: str) -> None:
    text, said = REFUSED[case]
    refusal = check(text)
    assert refusal is not None
    assert said in refusal or "at most 6000" in refusal
    assert "\n" not in refusal
    with pytest.raises(SpecError):
        by_layer(1, "", text)


@given(st.text(max_size=60) | st.binary(max_size=60).map(packed))
def test_any_text_is_read_or_refused(text: str) -> None:
    if check(text) is None:
        assert isinstance(by_layer(1, "", text), dict)
