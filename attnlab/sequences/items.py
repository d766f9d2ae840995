"""The four kinds of items, and how each goes to the browser.

To add a kind: a frozen dataclass with `label` and `wire` here, a name in `Item`, and its drawing in
`assets/kit/looks.js`.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Wire = dict[str, Any]
"""A look as JSON: its "kind", and what that kind needs to be drawn."""
HUES = 8
"""Colours that letters and events are told apart by, beside their letter."""
MOST_CELLS = 4096
"""Of one patch."""


def two_decimals(value: float) -> str:
    """A number as items and answers spell it: with a real minus sign, and no minus before zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


@dataclass(frozen=True)
class Text:
    """A word, or any other text: it looks as it is spelled."""

    label: str

    @property
    def wire(self) -> Wire | None:
        """None: the label is all there is."""
        return None


@dataclass(frozen=True)
class Patch:
    """A piece of a picture.

    Raises:
        ValueError: another number of grey values than cells, too many of them, or one outside 0 to 1.
    """

    label: str  # where it lies, such as "2:3"
    rows: int
    cols: int
    grey: tuple[float, ...]  # rows x cols, row by row; 0 is the background, 1 full ink

    def __post_init__(self) -> None:
        if not 1 <= len(self.grey) == self.rows * self.cols <= MOST_CELLS:
            raise ValueError(f"grey ({len(self.grey)} values) must be rows x cols = {self.rows} x {self.cols}")
        if not all(0 <= value <= 1 for value in self.grey):
            raise ValueError("grey must be between 0 and 1")

    @property
    def wire(self) -> Wire:
        """A byte a cell, as base64."""
        grey = bytes(round(255 * value) for value in self.grey)
        return {"kind": "patch", "rows": self.rows, "cols": self.cols, "grey": base64.b64encode(grey).decode()}


@dataclass(frozen=True)
class Level:
    """A number within a range, drawn as a bar.

    Raises:
        ValueError: a number that is not finite, or no range. One outside the range is drawn at its end.
    """

    label: str  # the number as it is read
    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.low, self.high))) or self.low >= self.high:
            raise ValueError(f"value ({self.value}) must be finite, within a range from {self.low} to {self.high}")

    @property
    def wire(self) -> Wire:
        """How far up the range it is, 0 to 1."""
        share = (self.value - self.low) / (self.high - self.low)
        return {"kind": "level", "share": round(min(max(share, 0.0), 1.0), 4)}


@dataclass(frozen=True)
class Sign:
    """A letter or an event: one of few, which a colour tells apart beside its letter.

    Raises:
        ValueError: no hue of `HUES`.
    """

    label: str
    hue: int  # from 0

    def __post_init__(self) -> None:
        if not 0 <= self.hue < HUES:
            raise ValueError(f"hue ({self.hue}) must be between 0 and {HUES - 1}")

    @property
    def wire(self) -> Wire:
        """The hue; the letter is the label."""
        return {"kind": "sign", "hue": self.hue}


Item = Text | Patch | Level | Sign
"""What stands at one position."""


def looks_of(items: Sequence[Item]) -> list[Wire | None] | None:
    """The looks of a sequence beside its labels, or None where all are text."""
    looks = [item.wire for item in items]
    return looks if any(look is not None for look in looks) else None


def picture_of(items: Sequence[Item], grid: tuple[int, int]) -> Patch:
    """The whole picture whose patches are the first of a sequence.

    Args:
        items: patches of one size, row by row; what follows them is left out.
        grid: rows and columns of patches.

    Raises:
        ValueError: fewer patches than that.
    """
    rows, cols = grid
    patches = [item for item in items[: rows * cols] if isinstance(item, Patch)]
    if len(patches) != rows * cols:
        raise ValueError(f"items ({len(patches)} patches) must begin with {rows} x {cols} patches")
    high, wide = patches[0].rows, patches[0].cols
    grey = tuple(
        patches[row // high * cols + col // wide].grey[row % high * wide + col % wide]
        for row in range(rows * high)
        for col in range(cols * wide)
    )
    return Patch("", rows * high, cols * wide, grey)
