"""What a panel says, decided by its numbers: whether a setting matters, and whether it hangs on the other one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from attnlab.training.grid.table import Cell

Kind = Literal["floor", "alike", "unsure", "some", "hangs"]
ALIKE = 0.02
"""Medians that lie nearer than this nobody would choose by."""


@dataclass(frozen=True)
class Finding:
    """What is to be said of the values along an axis."""

    kind: Kind
    good: tuple[float, ...]  # as good as any, on every curve; empty where there is none
    by_curve: dict[float, tuple[float, ...]]  # as good as the best of the same curve
    best: Cell
    worst: Cell


def finding(cells: Sequence[Cell], floor: float) -> Finding:
    """Which values are as good as the best of their curve, and whether they are the same ones on every curve.

    Args:
        cells: at least one, of one view.
        floor: the highest score that needs no learning.

    Returns:
        Of kind "floor" where nothing was learned anywhere, "alike" where no value is worse than another, "unsure" where
        one is but the seeds lie too far apart to tell, "some" where the same values do on every curve, and "hangs"
        where the other setting decides.
    """
    curves = {curve: [cell for cell in cells if cell.curve == curve] for curve in dict.fromkeys(c.curve for c in cells)}
    by_curve = {curve: _good(each) for curve, each in curves.items()}
    everywhere = tuple(sorted(set.intersection(*map(set, by_curve.values()))))
    best, worst = max(cells, key=lambda cell: cell.median), min(cells, key=lambda cell: cell.median)
    return Finding(_kind(curves, by_curve, everywhere, best.median - floor), everywhere, by_curve, best, worst)


def _kind(
    curves: dict[float, list[Cell]],
    by_curve: dict[float, tuple[float, ...]],
    everywhere: tuple[float, ...],
    above_floor: float,
) -> Kind:
    if above_floor < ALIKE:
        return "floor"
    if all(len(by_curve[curve]) == len(each) for curve, each in curves.items()):
        medians = [[cell.median for cell in each] for each in curves.values()]
        return "alike" if all(max(each) - min(each) < ALIKE for each in medians) else "unsure"
    return "some" if everywhere else "hangs"


def _good(curve: Sequence[Cell]) -> tuple[float, ...]:
    """The values that seeds do not tell from the best: ranges overlap, or medians are near."""
    best = max(curve, key=lambda cell: cell.median)
    near = (cell for cell in curve if cell.high >= best.low or best.median - cell.median < ALIKE)
    return tuple(sorted(cell.along for cell in near))
