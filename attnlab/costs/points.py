"""What was measured: one point a size, and the curves they make."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.sizes import FIELDS, AxisName, Sizes, WorkName

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


@dataclass(frozen=True)
class Curve:
    """The points of a mechanism along one axis, ascending."""

    mechanism: MechanismName
    values: tuple[int, ...]  # of what varies
    costs: tuple[float, ...]
    sizes: tuple[Sizes, ...]


def curves(points: Iterable[Point], axis: AxisName, work: WorkName, measure: MeasureName, base: Sizes) -> list[Curve]:
    """A curve for each mechanism that has points there, in the order of the registry.

    Args:
        points: of one table.
        axis: what varies.
        work: what was done.
        measure: what it cost.
        base: the sizes that do not vary.
    """
    field = FIELDS[axis]
    found: dict[MechanismName, list[tuple[int, float, Sizes]]] = {}
    for point in points:
        cost, fixed = getattr(point, measure), replace(base, **{field: getattr(point.sizes, field)})
        value = getattr(point.sizes, field) or point.sizes.kv_heads
        if cost and point.work == work and axis in MECHANISMS[point.mechanism].axes and point.sizes == fixed:
            found.setdefault(point.mechanism, []).append((value, float(cost), point.sizes))
    return [_curve(name, found[name]) for name in MECHANISMS if name in found]


def _curve(name: MechanismName, rows: list[tuple[int, float, Sizes]]) -> Curve:
    # A curve over key/value heads meets the layer that has as many as heads under two names.
    ordered = sorted({value: (value, cost, sizes) for value, cost, sizes in rows}.values(), key=lambda row: row[0])
    values, costs, sizes = zip(*ordered, strict=True)
    return Curve(name, values, costs, sizes)
