"""What was measured: one point a size, and the curves they make."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.sizes import FIELDS, AxisName, Sizes, WorkName, base_along

MeasureName = Literal["seconds", "peak_bytes", "flops"]
MEASURES: tuple[MeasureName, ...] = ("seconds", "peak_bytes", "flops")


@dataclass(frozen=True)
class Point:
    """One mechanism at one size."""

    mechanism: MechanismName
    work: WorkName
    sizes: Sizes
    seconds: float  # median
    runs: int  # that it is the median of
    peak_bytes: int | None  # allocated at once beyond weights and input; None where it was not measured
    flops: int | None  # as torch counts them; None where it does not know them, or they were not counted
    origin: int = 0  # which of its table's origins measured it


@dataclass(frozen=True)
class Curve:
    """The points of a mechanism along one axis, ascending."""

    mechanism: MechanismName
    values: tuple[int, ...]  # of what varies
    costs: tuple[float, ...]
    sizes: tuple[Sizes, ...]
    origin: int = 0  # of all its points


def is_along(point: Point, axis: AxisName, work: WorkName, base: Sizes) -> bool:
    """Whether it is a point of a curve: all of its sizes but one are those that do not vary there."""
    field, fixed = FIELDS[axis], base_along(axis, work, base)
    return (
        point.work == work
        and axis in MECHANISMS[point.mechanism].axes
        and point.sizes == replace(fixed, **{field: getattr(point.sizes, field)})
    )


def curves(points: Iterable[Point], axis: AxisName, work: WorkName, measure: MeasureName, base: Sizes) -> list[Curve]:
    """A curve for each mechanism that has points there, in the order of the registry.

    All are of one origin, since times of two machines are not to be compared: of that which measured most of them.

    Args:
        points: of one table.
        axis: what varies.
        work: what was done.
        measure: what it cost.
        base: the sizes that do not vary.
    """
    there = [point for point in points if is_along(point, axis, work, base)]
    most = Counter(point.origin for point in there).most_common(1)
    found: dict[MechanismName, list[tuple[int, float, Sizes]]] = {}
    for point in there:
        cost, value = getattr(point, measure), getattr(point.sizes, FIELDS[axis]) or point.sizes.kv_heads
        if cost and point.origin == most[0][0]:
            found.setdefault(point.mechanism, []).append((value, float(cost), point.sizes))
    return [_curve(name, found[name], most[0][0]) for name in MECHANISMS if name in found]


def _curve(name: MechanismName, rows: list[tuple[int, float, Sizes]], origin: int) -> Curve:
    # A curve over key/value heads meets the layer that has as many as heads under two names.
    ordered = sorted({value: (value, cost, sizes) for value, cost, sizes in rows}.values(), key=lambda row: row[0])
    values, costs, sizes = zip(*ordered, strict=True)
    return Curve(name, values, costs, sizes, origin)
