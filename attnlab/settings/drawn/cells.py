"""A picture that somebody has drawn over a held-out one, as a link says it: one parameter, `drawn`.

    drawn = "<number of the held-out example>.<a letter for each cell, row by row>"

A letter is the ink of a cell, a digit to the base of 17: from 0 for none to g for all of it. The drawing counts while
its example is read, and waits while another one is. `assets/pad/pad.js` writes the same. Of a series the parameter has
another form, which `moved` reads.
"""

import re
from collections.abc import Sequence

from attnlab.settings.drawn import moved
from attnlab.settings.links import Wanted
from attnlab.tasks.pictures import LEVELS, SIDE

BASE = LEVELS + 1
CELLS = SIDE * SIDE
MOST_EXAMPLES = 9999
"""Up to which number held-out examples can be asked for."""
_SHAPE = re.compile(rf"(0|[1-9][0-9]{{0,3}})\.([0-9a-g]{{{CELLS}}})")
_DIGITS = "0123456789abcdefg"


def told(number: int, cells: Sequence[int]) -> str:
    """The parameter for a picture.

    Args:
        number: of the held-out example that it is drawn over.
        cells: ink of each, row by row, from 0 to `LEVELS`.
    """
    return f"{number}.{''.join(_DIGITS[ink] for ink in cells)}"


def drawn_over(text: str, number: int) -> tuple[int, ...] | None:
    """The ink of each cell, if something is drawn over this example; a text as `check` takes it."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or int(shape[1]) != number:
        return None
    return tuple(int(letter, BASE) for letter in shape[2])


def check(text: str) -> str | None:
    """A `links.Check`: what is allowed, if the parameter is not. Empty is nothing drawn."""
    if moved.MARK in text:
        return moved.check(text)
    if not text or _SHAPE.fullmatch(text):
        return None
    said = f"the number of an example, a full stop and {CELLS} letters from 0 to {_DIGITS[-1]}"
    return Wanted(said, "drawn", cells=CELLS, last=_DIGITS[-1])
