"""Values of a series that somebody has moved, as a link says it: the other form of the parameter `drawn`.

    drawn = "<number of the held-out example>~<four letters for each moved value>"

Two letters say which value it is, from 0, and two how high it stands, both to the base of 36: from 00 for the lower
edge of where it can be moved to zz for the upper one. A value that nobody moved is not told. The browser
writes the same (`assets/handles/handles.js`).
"""

import re
from collections.abc import Mapping

from attnlab.settings.links import Wanted

MARK = "~"
"""Tells this form from that of a picture."""
BASE = 36
HIGHEST = BASE**2 - 1
"""How high a value can stand: in steps, from 0."""
MOST_MOVED = 128
"""As many as the explorer reads, so that a link stays short."""
_SHAPE = re.compile(rf"(0|[1-9][0-9]{{0,3}}){MARK}((?:[0-3][0-9a-z]{{3}}){{1,{MOST_MOVED}}})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def told(number: int, moved: Mapping[int, int]) -> str:
    """The parameter for moved values; empty where none is.

    Args:
        number: of the held-out example.
        moved: how high each stands, from 0 to `HIGHEST`, by its place from 0.
    """
    points = "".join(_two(place) + _two(height) for place, height in sorted(moved.items()))
    return f"{number}{MARK}{points}" if points else ""


def moved_in(text: str, number: int) -> dict[int, int]:
    """How high each moved value stands, if some of this example are; a text as `check` takes it."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or int(shape[1]) != number:
        return {}
    points = shape[2]
    return {int(points[at : at + 2], BASE): int(points[at + 2 : at + 4], BASE) for at in range(0, len(points), 4)}


def check(text: str) -> str | None:
    """A `links.Check`: what is allowed, if the parameter is not."""
    if _SHAPE.fullmatch(text):
        return None
    said = f"the number of an example, {MARK} and four letters for each of 1 to {MOST_MOVED} moved values"
    return Wanted(said, "moved", mark=MARK, most=MOST_MOVED)


def _two(number: int) -> str:
    return _DIGITS[number // BASE] + _DIGITS[number % BASE]
