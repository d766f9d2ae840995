"""Names below a chart: level, in lines where they are written without spaces; slanted where one is too long a word.

Han is not read on its side, and may be broken between any two letters (`assets/kit/painting/upright.js` does so above
matrices).
"""

import unicodedata
from collections.abc import Sequence

LETTER, WIDE, APART = 6.0, 12.0, 3.0  # pixels of a letter, of a Han one, between two names
BREAK = "\n"
AXIS_PX = 30  # what a chart keeps for its other axis
IN_LINES = "split(datum.label, '\\n')"
"""Vega's expression for the label of such a name."""


def width_px(name: str) -> float:
    """About how wide it is written."""
    return sum(WIDE if _is_wide(letter) else LETTER for letter in name)


def below(names: Sequence[str], width: float) -> tuple[list[str], bool]:
    """Names as they stand below a chart.

    Args:
        names: in their order, each at as much room as the others.
        width: pixels of the chart.

    Returns:
        The names, with BREAK between the lines of one that is too wide; and whether they are slanted, because a word
        of letters is.
    """
    room = (width - AXIS_PX) / max(1, len(names)) - APART
    lines = [_broken(name, room) for name in names]
    slanted = any(width_px(line) > room for name in lines for line in name.split(BREAK))
    return (list(names) if slanted else lines), slanted


def _broken(name: str, room: float) -> str:
    """Even lines of a name that is all of wide letters."""
    if not all(map(_is_wide, name)) or width_px(name) <= room:
        return name
    count = -(-len(name) // max(1, int(room // WIDE)))
    size = -(-len(name) // count)
    return BREAK.join(name[start : start + size] for start in range(0, len(name), size))


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
