"""Tables whose cells are the darker, the larger their number."""

import pandas as pd
from pandas.io.formats.style import Styler

SHADE = "rgba(90, 142, 196, {strength:.2f})"
AGAINST = "rgba(217, 98, 43, {strength:.2f})"
"""Of a cell, above and below 0; they read on light and dark ground."""
DARKEST = 0.75


def shaded(table: pd.DataFrame, most: float = 1.0, strength: pd.DataFrame | None = None) -> Styler:
    """A table to show.

    Args:
        table: what stands in the cells.
        most: the number from which a cell is as dark as it gets.
        strength: the number of each cell, where the table holds something else.
    """
    numbers = (table if strength is None else strength) / (most or 1.0)

    def shade(number: float) -> str:
        color = SHADE if number >= 0 else AGAINST
        return f"background-color: {color.format(strength=DARKEST * min(abs(number), 1.0))}"

    shades = numbers.map(shade)
    return table.style.apply(lambda _table: shades, axis=None)
