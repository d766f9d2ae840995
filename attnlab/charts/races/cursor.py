"""What the crosshair reads: every contender's value at the same places along the axis."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from attnlab.charts.thin import Row, drawable

STOPS = 200
"""Places where the crosshair can stand: a stop every few pixels."""


def cursor_rows(points: Sequence[Row], x: str, stops: int = STOPS) -> list[dict[str, Any]]:
    """For each of `stops` places and each contender, the last point at or before the place.

    Contenders report at steps and seconds of their own; a crosshair that must show all needs common ones.

    Args:
        points: rows in the order of time with `contender`, the field `x`, `loss` and `metric`.
        x: "step", "examples" or "seconds".
        stops: how many places from the smallest to the largest x; as many as there are different x if they are fewer.

    Returns:
        Rows {x, contender, place, right, ruler, loss, metric}: `right` says whether it is in the right half of
        the axis, `place` counts the contenders from 0, `ruler` is True once a
        stop. Before its first point a contender has no row.
    """
    by_contender: dict[str, list[Row]] = {}
    for point in points:
        if point.get(x) is not None:
            by_contender.setdefault(str(point["contender"]), []).append(point)
    columns = {name: np.array([row[x] for row in rows], dtype=float) for name, rows in by_contender.items()}
    if not columns:
        return []
    places = np.unique(np.concatenate(list(columns.values())))
    if len(places) > stops:
        places = np.linspace(places[0], places[-1], stops)
        places = places if x == "seconds" else np.unique(places.round())
    middle = float(places[-1]) / 2  # the axis starts at 0
    found: dict[float, list[dict[str, Any]]] = {float(place): [] for place in places}
    for number, (name, rows) in enumerate(by_contender.items()):
        last = np.searchsorted(columns[name], places, side="right") - 1
        for place, index in zip(places.tolist(), last.tolist(), strict=True):
            if index >= 0:
                row = rows[index]
                found[place].append(
                    {x: place, "contender": name, "place": number, "right": place > middle} | _values(row)
                )
    return drawable([row | {"ruler": first == 0} for rows_ in found.values() for first, row in enumerate(rows_)])


def _values(row: Row) -> dict[str, Any]:
    return {"loss": row.get("loss"), "metric": row.get("metric")}
