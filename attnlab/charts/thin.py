"""Rows that a browser can take: few enough, and numbers only."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from attnlab.training.store.curves.thinning import thinned_indices

MEASURES = ("loss", "metric", "grad_norm", "tokens_per_s")

Row = Mapping[str, Any]


def thinned(points: Sequence[Row], most: int = 600) -> list[Row]:
    """At most `most` rows a contender: lowest, highest and first NaN of every stretch, the first and the last row.

    Args:
        points: rows in the order of time with `contender` and any of MEASURES.
        most: rows to keep of each contender, 10 or more.

    Raises:
        ValueError: most is below 10.
    """
    if most < 10:
        raise ValueError(f"most ({most}) must be at least 10")
    contenders = [str(row["contender"]) for row in points]
    columns = [[row.get(name) for row in points] for name in MEASURES if any(name in row for row in points)]
    kept: list[Row] = []
    for contender in dict.fromkeys(contenders):
        places = [place for place, other in enumerate(contenders) if other == contender]
        own = [[column[place] for place in places] for column in columns]
        kept += [points[places[index]] for index in thinned_indices([contender] * len(places), own, most).tolist()]
    return kept


def drawable(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows with None for NaN and infinity, where a line has a gap: one infinite value would flatten the scale."""
    return [{name: _finite(value) for name, value in row.items()} for row in rows]


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
