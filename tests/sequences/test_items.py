"""What items say to the browser, and what they refuse."""

import base64
from collections.abc import Callable

import pytest

from attnlab.sequences import HUES, Item, Level, Patch, Sign, Text, looks_of, two_decimals


def test_a_word_has_no_look_but_its_spelling() -> None:
    assert Text("cat").wire is None
    assert looks_of([Text("a"), Text("b")]) is None


def test_a_patch_is_a_byte_a_cell_row_by_row() -> None:
    wire = Patch("1:2", 2, 3, (0, 0.2, 1, 0.5, 0, 0)).wire
    assert (wire["kind"], wire["rows"], wire["cols"]) == ("patch", 2, 3)
    assert base64.b64decode(wire["grey"]) == bytes([0, 51, 255, 128, 0, 0])


def test_a_level_is_drawn_within_its_range() -> None:
    shares = [Level("", value, -2.0, 6.0).wire["share"] for value in (-2.0, 0.0, 6.0, 9.0, -5.0)]
    assert shares == [0.0, 0.25, 1.0, 1.0, 0.0]


def test_a_sequence_may_mix_kinds() -> None:
    assert looks_of([Sign("A", 3), Text("?")]) == [{"kind": "sign", "hue": 3}, None]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Patch("", 2, 2, (0, 0, 0)), "grey"),
        (lambda: Patch("", 1, 1, (1.5,)), "grey"),
        (lambda: Patch("", 0, 3, ()), "grey"),
        (lambda: Level("", float("nan"), 0, 1), "value"),
        (lambda: Level("", 0.5, 1, 1), "value"),
        (lambda: Sign("A", HUES), "hue"),
        (lambda: Sign("A", -1), "hue"),
    ],
    ids=["few cells", "too dark", "no cells", "no number", "no range", "past the hues", "before the hues"],
)
def test_what_cannot_be_drawn_is_refused_by_name(made: Callable[[], Item], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made()


@pytest.mark.parametrize(("value", "spelled"), [(-0.414, "−0.41"), (-0.004, "0.00"), (0.0, "0.00"), (12.346, "12.35")])
def test_a_number_is_spelled_with_a_minus_sign_and_zero_without(value: float, spelled: str) -> None:
    assert two_decimals(value) == spelled
