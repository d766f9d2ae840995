"""A series as it is learned: evenly spaced, without gaps, with what was done to make it so."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attnlab.tasks.tables import TableError

MAX_GAPS = 0.25
"""Share of the places that may be empty: of more the filling would be most of what is learned."""
MIN_VALUES = 40
MAX_VALUES = 20_000


@dataclass(frozen=True)
class Line:
    """N values, one a place."""

    values: tuple[float, ...]  # N, gaps filled
    labels: tuple[str, ...]  # N: a date, or the number of the row
    filled: frozenset[int] = frozenset()  # places whose value is that of the place before, as none was measured
    until: str | None = None  # label of the last one to learn from, where somebody has said so
    was_sorted: bool = True  # whether rows came in order
    even: bool = True  # False: dates were uneven, and each row is taken to follow the one before


def line_of(
    values: Sequence[float | None],
    places: Sequence[int],
    labels: Sequence[str],
    *,
    even: bool = True,
    until: str | None = None,
) -> Line:
    """A series from rows in any order, some without a value.

    A gap takes the last value before it. A line drawn to the next one would look better and let a model read what comes
    after; so gaps are filled from the past alone, and never asked for. Places before the first value are left out.

    Args:
        values: of each row.
        places: where each row stands, all different.
        labels: what each row is called.
        even: whether places come of dates that are evenly spaced.
        until: label of the last one to learn from.

    Raises:
        TableError: fewer than `MIN_VALUES` values or more than `MAX_VALUES` places; too many gaps; all values alike.
    """
    rows = sorted(zip(places, values, labels, strict=True))
    known = {place: value for place, value, _ in rows if value is not None}
    if not MIN_VALUES <= len(known) <= MAX_VALUES:
        message = f"file ({len(known)} values) must have {MIN_VALUES} to {MAX_VALUES}"
        raise TableError("file", "range", message, got=len(known), low=MIN_VALUES, high=MAX_VALUES)
    first, last = min(known), max(known)
    length = last - first + 1
    if length > MAX_VALUES or length - len(known) > MAX_GAPS * length:
        found = f"file ({len(known)} values for {length} dates)"
        message = f"{found} must have a value for at least {1 - MAX_GAPS:.0%} of its dates"
        raise TableError("file", "gaps", message, got=len(known), of=length, least=math.ceil((1 - MAX_GAPS) * length))
    if min(known.values()) == max(known.values()):
        message = f"label_column (all values {known[first]:g}) must hold values that differ"
        raise TableError("label_column", "constant", message, got=known[first])
    names = {place: label for place, _, label in rows}
    gaps = frozenset(place - first for place in range(first, last + 1) if place not in known)
    return Line(
        values=tuple(_carried(known, first, last)),
        labels=tuple(_named(names, first, last)),
        filled=gaps,
        until=until,
        was_sorted=list(places) == sorted(places),
        even=even,
    )


def _carried(known: dict[int, float], first: int, last: int) -> Iterator[float]:
    value = known[first]
    for place in range(first, last + 1):
        value = known.get(place, value)
        yield value


def _named(names: dict[int, str], first: int, last: int) -> Iterator[str]:
    """A place without a row is called by the one before it."""
    name = names[first]
    for place in range(first, last + 1):
        name = names.get(place, f"{name.removesuffix(' +')} +")
        yield name
