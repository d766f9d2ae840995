"""The chart of a panel: valid, without data of its own, curves told apart without colour."""

import json
import warnings

import altair as alt
import pytest

from attnlab.charts.grid import CELLS_DATASET, FLOORS_DATASET, LOOKS, scores_over

CURVES = ("1 layer", "2 layers", "3 layers")
FLOORS = ("55% one direction only", "10% guessing")
SPEC = scores_over("Reverse", "heads", "right answers", "layers", CURVES, FLOORS)
FIELDS = {CELLS_DATASET: {"place", "value", "curve", "median", "low", "high"}, FLOORS_DATASET: {"name", "score"}}


def test_it_is_valid_names_its_data_and_asks_for_no_other_column() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alt.Chart.from_dict(SPEC)
    assert "datasets" not in SPEC
    assert json.loads(json.dumps(SPEC, allow_nan=False)) == SPEC
    for part in SPEC["layer"]:
        asked = {one["field"] for one in part["encoding"].values() if isinstance(one, dict) and "field" in one}
        assert asked <= FIELDS[part["data"]["name"]]


def test_a_curve_differs_in_colour_dash_and_shape() -> None:
    for part in ("color", "dash", "shape"):
        assert len({getattr(look, part) for look in LOOKS}) == len(LOOKS)
    lines = SPEC["layer"][2]["encoding"]
    assert lines["color"]["scale"]["domain"] == list(CURVES)
    assert lines["strokeDash"]["scale"]["range"] == [list(look.dash) for look in LOOKS[:3]]


def test_floors_are_named_where_no_curve_is() -> None:
    assert SPEC["title"]["subtitle"] == list(FLOORS)
    assert {part["mark"]["type"] for part in SPEC["layer"]} == {"rule", "line", "point"}


def test_more_curves_than_looks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"curves \(5\) must be at most 4"):
        scores_over("Reverse", "heads", "right answers", "layers", ("a", "b", "c", "d", "e"), ())
