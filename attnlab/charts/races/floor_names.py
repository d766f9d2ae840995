"""Where the names of floors stand: beside one another where two floors are so near that one would cover the other."""

from collections.abc import Mapping, Sequence
from typing import Any

from attnlab.charts.names import width_px

NEAR = 0.14
"""Of all that floors span: less than a line of text, also where curves make the axis longer by half."""
APART = 12.0  # pixels between two names


def beside(floors: Sequence[Mapping[str, Any]], measure: str) -> list[dict[str, Any]]:
    """The rows with how many pixels each name stands further in, as `<measure>_shift`.

    Args:
        floors: rows with a name and the measure, None where a floor has no such number.
        measure: of the axis.
    """
    values = [row[measure] for row in floors if row[measure] is not None]
    near = NEAR * (max(values) - min(values)) if values else 0.0
    lanes = list[tuple[float, float]]()  # of the last name in each: its value, and where it ends
    shifts = dict[int, float]()
    for value, at in sorted((row[measure], at) for at, row in enumerate(floors) if row[measure] is not None):
        lanes = [(last, end) for last, end in lanes if value - last <= near]
        shifts[at] = max((end for _, end in lanes), default=0.0)
        lanes.append((value, shifts[at] + width_px(floors[at]["name"]) + APART))
    return [{**row, f"{measure}_shift": shifts.get(at, 0.0)} for at, row in enumerate(floors)]
