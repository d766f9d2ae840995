"""A picture or moved values in a link: read as written, over their own example alone, and all else is refused."""

import pytest

from attnlab.settings.attention import Explorer
from attnlab.settings.drawn import check, drawn_over, moved, told

CELLS = tuple(cell % 17 for cell in range(64))
TEXT = told(12, CELLS)


def test_a_picture_is_read_as_it_was_told_and_waits_while_another_example_is_read() -> None:
    assert "12." + ("0123456789abcdefg" * 4)[:64] == TEXT
    assert drawn_over(TEXT, 12) == CELLS
    assert drawn_over(TEXT, 1) is None
    assert drawn_over("", 0) is None


def test_moved_values_are_read_as_they_were_told_and_a_link_stays_short() -> None:
    heights = {127: 0, 3: 1295, 40: 37}
    text = moved.told(12, heights)
    assert text == "12~03zz1411" + "3j00"
    assert moved.moved_in(text, 12) == heights
    assert moved.moved_in(text, 1) == {} == moved.moved_in(TEXT, 12)
    assert drawn_over(text, 12) is None
    assert moved.told(12, {}) == ""
    every = moved.told(9999, dict.fromkeys(range(moved.MOST_MOVED), 1295))
    assert check(every) is None
    assert Explorer.read({"drawn": [every]}).told() == {"drawn": every}
    assert len(every) < 600


def test_what_is_told_stands_in_the_link() -> None:
    assert check(TEXT) is None
    assert check("") is None
    assert Explorer.read({"drawn": [TEXT]}).told() == {"drawn": TEXT}


@pytest.mark.parametrize(
    "text",
    ["0", "." + "0" * 64, "0." + "0" * 63, "0." + "0" * 65, "0." + "h" * 64, "012." + "0" * 64, "10000." + "0" * 64],
)
def test_what_is_no_picture_is_refused_by_name(text: str) -> None:
    refusal = Explorer.refusals({"drawn": [text]})["drawn"]
    assert refusal.allowed == "the number of an example, a full stop and 64 letters from 0 to g"
    assert Explorer.read({"drawn": [text]}).drawn == ""


@pytest.mark.parametrize("text", ["3~", "~0000", "3~000", "3~zz00", "3~00ZZ", "03~0000", "3~" + "0000" * 129])
def test_what_moves_no_values_is_refused_by_name(text: str) -> None:
    refusal = Explorer.refusals({"drawn": [text]})["drawn"]
    assert refusal.allowed == "the number of an example, ~ and four letters for each of 1 to 128 moved values"
    assert Explorer.read({"drawn": [text]}).drawn == ""
