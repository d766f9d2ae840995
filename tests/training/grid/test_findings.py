"""What a panel says is decided by its numbers: overlapping seeds are alike, and another setting may turn the answer."""

import pytest

from attnlab.training.grid import Cell, finding

Row = list[tuple[float, float, float]]
"""Of a curve: low, median, high of each value, in their order."""


def cells(**curves: Row) -> list[Cell]:
    return [
        Cell(key=f"{curve}-{at}", along=float(at), curve=float(number), median=median, low=low, high=high, seeds=3)
        for number, (curve, row) in enumerate(curves.items())
        for at, (low, median, high) in enumerate(row)
    ]


RISING: Row = [(0.4, 0.5, 0.6), (0.9, 0.95, 0.99)]
FALLING: Row = [(0.9, 0.95, 0.99), (0.4, 0.5, 0.6)]
OVERLAPPING: Row = [(0.4, 0.6, 0.92), (0.9, 0.95, 0.99)]
NEAR: Row = [(0.95, 0.95, 0.95), (0.96, 0.96, 0.96)]


@pytest.mark.parametrize(
    ("curves", "kind", "good"),
    [
        ({"one": RISING, "two": RISING}, "some", (1.0,)),
        ({"one": RISING, "two": FALLING}, "hangs", ()),
        ({"one": NEAR, "two": NEAR}, "alike", (0.0, 1.0)),
        ({"one": OVERLAPPING, "two": NEAR}, "unsure", (0.0, 1.0)),
        ({"one": RISING, "two": NEAR}, "some", (1.0,)),
    ],
)
def test_values_that_seeds_do_not_tell_apart_are_equally_good(
    curves: dict[str, Row], kind: str, good: tuple[float, ...]
) -> None:
    found = finding(cells(**curves), floor=0.1)
    assert (found.kind, found.good) == (kind, good)


def test_what_hangs_on_the_other_setting_is_told_curve_by_curve() -> None:
    found = finding(cells(one=RISING, two=FALLING), floor=0.1)
    assert found.by_curve == {0.0: (1.0,), 1.0: (0.0,)}
    assert (found.best.median, found.worst.median) == (0.95, 0.5)


def test_scores_that_need_no_learning_decide_nothing() -> None:
    assert finding(cells(one=RISING), floor=0.94).kind == "floor"
