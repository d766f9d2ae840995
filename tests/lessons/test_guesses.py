"""Guesses: what a browser may send, and how near it is."""

import math
from typing import Any

import pytest

from attnlab.lessons import Prediction, Truth, Verdict, guess_of, verdict
from attnlab.lessons.goals import compared
from attnlab.lessons.lesson import Curve, Item, Option, Point


def asking(ask: Any, **others: Any) -> Prediction:
    options = (Option("one", ()), Option("two", ())) if ask == "choice" else ()
    items = tuple(Item(name, "", ()) for name in ("a", "b", "c")) if ask == "order" else ()
    points = tuple(Point(at, "", ()) for at in ("1", "2", "5"))
    curve = Curve(0.0, 2.0, points) if ask == "curve" else None
    whole = {"options": options, "items": items, "curve": curve, **others}
    return Prediction(id="x", picture="layer", link="", reveal="", ask=ask, hides="nothing", **whole)


ODD = [None, True, "", "three", math.nan, math.inf, -1, 1e300, {}, [], [math.nan], ["a", "b"], [["a"]], object()]


@pytest.mark.parametrize("ask", ["choice", "number", "cell", "weights", "order", "curve"])
@pytest.mark.parametrize("sent", ODD, ids=lambda sent: repr(sent).split(" at ")[0])
def test_what_is_no_guess_is_none_and_never_an_error(ask: str, sent: Any) -> None:
    found = guess_of(asking(ask), sent)
    assert found is None or (ask == "number" and sent == -1)


def test_guesses_are_read_as_their_kind() -> None:
    assert guess_of(asking("choice"), "two") == "two"
    assert guess_of(asking("number"), 66) == 66.0
    assert guess_of(asking("cell"), 3) == 3
    assert guess_of(asking("order"), ["c", "a", "b"]) == ("c", "a", "b")
    assert guess_of(asking("weights"), [1, 1, 2]) == (0.25, 0.25, 0.5)
    assert guess_of(asking("weights"), [0, 0]) is None
    assert guess_of(asking("weights"), [1, -1]) is None
    assert guess_of(asking("weights"), [1] * 300) is None
    assert guess_of(asking("curve"), [0, 1, 2]) == (0.0, 1.0, 2.0)
    assert guess_of(asking("curve"), [0, 1, 2.1]) is None
    assert guess_of(asking("curve"), [0, 1]) is None
    assert guess_of(asking("curve"), [0, 1, None]) is None


def test_a_number_is_near_within_its_tolerance_and_else_too_high_by_a_factor() -> None:
    assert verdict(asking("number"), Truth(number=66), 66.0) == Verdict(True, factor=1)
    assert verdict(asking("number"), Truth(number=66), 132.0) == Verdict(False, factor=2)
    assert verdict(asking("number", tolerance=0.1), Truth(number=100), 91.0).right
    assert not verdict(asking("number", tolerance=0.1), Truth(number=100), 89.0).right
    assert verdict(asking("number"), Truth(number=0), 0.0).right


def test_a_cell_has_its_rank_in_the_row() -> None:
    truth = Truth(row=(0.1, 0.6, 0.3))
    assert [verdict(asking("cell"), truth, place).rank for place in range(3)] == [3, 1, 2]
    assert verdict(asking("cell"), truth, 1).right
    assert verdict(asking("cell"), truth, 9) == Verdict(False, rank=3)


def test_drawn_weights_are_as_far_away_as_half_of_what_differs() -> None:
    truth = Truth(row=(0.5, 0.5, 0.0))
    near = verdict(asking("weights", tolerance=0.25), truth, (0.3, 0.5, 0.2))
    assert near.distance == pytest.approx(0.2)
    assert near.right
    assert verdict(asking("weights", tolerance=0.25), truth, (0.0, 0.0, 1.0)) == Verdict(False, distance=1.0)
    assert verdict(asking("weights"), truth, (1.0,)).distance == 1


def test_a_curve_is_as_far_away_as_its_heights_are_on_average() -> None:
    truth = Truth(row=(0.0, 1.0, 2.0), names=("1", "2", "5"))
    found = verdict(asking("curve", tolerance=0.25), truth, (0.3, 1.0, 0.8))
    assert found.distance == pytest.approx(0.5)
    assert (found.right, found.farthest) == (True, 2)
    assert not verdict(asking("curve", tolerance=0.24), truth, (0.3, 1.0, 0.8)).right


def test_an_order_is_as_far_away_as_pairs_are_turned() -> None:
    truth = Truth(order=("a", "b", "c"))
    found = {guess: verdict(asking("order"), truth, tuple(guess)).distance for guess in ("abc", "acb", "bca", "cba")}
    assert found == {"abc": 0, "acb": 1, "bca": 2, "cba": 3}
    assert verdict(asking("order"), truth, ("a", "b", "c")).right


@pytest.mark.parametrize(
    ("value", "comparator", "bound", "holds"),
    [
        (3, "equals", (3,), True),
        (3, "equals", ("3",), False),
        ("dot", "equals", ("dot",), True),
        (True, "equals", (True,), True),
        (0.5, "below", (0.5,), False),
        (0.49, "below", (0.5,), True),
        (0.51, "above", (0.5,), True),
        (2, "between", (2, 3), True),
        (4, "between", (2, 3), False),
        ("post", "among", ("post", "none"), True),
        (5.04, "within", (5.0, 0.05), True),
        (5.06, "within", (5.0, 0.05), False),
        (None, "below", (1,), False),
        (math.nan, "below", (1,), False),
        ("a", "above", (1,), False),
    ],
)
def test_comparators(value: Any, comparator: Any, bound: tuple[Any, ...], holds: bool) -> None:
    assert compared(value, comparator, bound) is holds
