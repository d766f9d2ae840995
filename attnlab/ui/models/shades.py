"""Tables whose cells are the darker, the larger their number; what is not known has no colour."""

import math

import pandas as pd
from pandas.io.formats.style import Styler

ABOVE, BELOW, SHARE = (f"rgba({rgb}, {{strength:.2f}})" for rgb in ("217, 98, 43", "90, 142, 196", "34, 145, 125"))
"""Of a cell, above and below 0 as on every canvas, and of a share; they read on light and dark ground."""
DARKEST = 0.75


def shaded(table: pd.DataFrame, most: float = 1.0, shares: pd.DataFrame | None = None) -> Styler:
    """A table to show.

    Args:
        table: what stands in the cells.
        most: the number from which a cell is as dark as it gets.
        shares: the share that each cell stands for, where the table holds something else.
    """
    numbers = (table if shares is None else shares) / (most or 1.0)
    above = ABOVE if shares is None else SHARE

    def shade(number: float) -> str:
        if math.isnan(number):
            return ""
        color = above if number >= 0 else BELOW
        return f"background-color: {color.format(strength=DARKEST * min(abs(number), 1.0))}"

    shades = numbers.map(shade)
    return table.style.apply(lambda _table: shades, axis=None)
