"""A picture in a link: what is written is read again, over its own example alone, and all else is refused."""

import pytest

from attnlab.settings.attention import Explorer
from attnlab.settings.drawn import check, drawn_over, told

CELLS = tuple(cell % 17 for cell in range(64))
TEXT = told(12, CELLS)


def test_a_picture_is_read_as_it_was_told_and_waits_while_another_example_is_read() -> None:
    assert "12." + ("0123456789abcdefg" * 4)[:64] == TEXT
    assert drawn_over(TEXT, 12) == CELLS
    assert drawn_over(TEXT, 1) is None
    assert drawn_over("", 0) is None


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
