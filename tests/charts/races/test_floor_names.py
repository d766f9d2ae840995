"""Where names of floors stand, and the row that gives an axis its extent."""

from itertools import pairwise

from attnlab.charts.races.curve_rows import UNSEEN, unseen_row
from attnlab.charts.races.floor_names import beside

NAMES = ("last value", "seasonal", "constant", "linear")


def test_names_of_floors_that_are_near_stand_beside_one_another_and_others_at_the_edge() -> None:
    rows = [{"name": name, "metric": metric} for name, metric in zip(NAMES, (3.78, 0.44, 3.77, 0.33), strict=True)]
    shifts = {row["name"]: row["metric_shift"] for row in beside(rows, "metric")}
    assert shifts["constant"] == shifts["linear"] == 0
    assert shifts["last value"] > 6 * len("constant")
    assert shifts["seasonal"] > 6 * len("linear")


def test_many_floors_at_one_place_stand_one_behind_the_other() -> None:
    found = beside([{"name": name, "loss": 1.0} for name in NAMES], "loss")
    shifts = [row["loss_shift"] for row in found]
    assert all(later - earlier > 6 * len(name) for (earlier, later), name in zip(pairwise(shifts), NAMES, strict=False))


def test_a_floor_without_a_number_keeps_its_place_in_the_list() -> None:
    assert [row["metric_shift"] for row in beside([{"name": "a", "metric": None}], "metric")] == [0.0]


def test_the_row_that_is_not_seen_makes_no_axis_longer() -> None:
    rows = [{"loss": None, "metric": 0.5}, {"loss": 2.0, "metric": None}]
    made = unseen_row("gru", rows)
    assert (made["loss"], made["metric"], made["place"], made["ruler"]) == (2.0, 0.5, UNSEEN, False)
    assert (unseen_row("gru", [])["loss"], unseen_row("gru", [])["metric"]) == (0.0, 0.0)
