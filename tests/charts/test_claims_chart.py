"""Charts of what an experiment measured: valid, over the fields they promise, series told apart without colour."""

import json
import warnings
from typing import Any

import altair as alt
import pytest

from attnlab.charts.claims import FIGURES_DATASET, MOST_SERIES, measured_bars, measured_lines
from attnlab.claims import claim, claim_names, claim_words
from tests.charts.test_sweep import fields

SERIES = ("right", "wrong")
CHARTS: dict[str, dict[str, Any]] = {
    "lines": measured_lines(SERIES, "tokens", "sum"),
    "log": measured_lines(SERIES, "tokens", "multiply-adds", log_at=True, log_value=True),
    "shares": measured_lines(SERIES, "tokens", "weight", share=True),
    "bars": measured_bars(SERIES, ("a", "b"), "sum"),
    "bars of shares": measured_bars(SERIES, ("a", "b"), "sum", share=True),
}
every_chart = pytest.mark.parametrize("spec", CHARTS.values(), ids=CHARTS)


@every_chart
def test_a_chart_is_valid_and_names_its_data(spec: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alt.Chart.from_dict(spec)
    assert spec["data"] == {"name": FIGURES_DATASET}
    assert set(fields(spec)) == {"series", "at", "value"}
    assert json.loads(json.dumps(spec)) == spec


def test_lines_differ_in_colour_dash_and_shape() -> None:
    line, points = CHARTS["lines"]["layer"]
    for channel, part in (("color", line), ("strokeDash", line), ("shape", points)):
        scale = part["encoding"][channel]["scale"]
        assert scale["domain"] == list(SERIES)
        assert scale["range"][0] != scale["range"][1]


def test_one_series_needs_no_legend() -> None:
    line, points = measured_lines(("alone",), "tokens", "sum")["layer"]
    assert line["encoding"]["color"]["legend"] is None
    assert points["encoding"]["shape"]["legend"] is None


def test_what_is_no_positive_number_is_left_out_of_a_log_scale() -> None:
    assert "datum.value > 0" in json.dumps(CHARTS["log"])
    assert "datum.value > 0" not in json.dumps(CHARTS["lines"])


def test_bars_stand_in_the_order_of_the_experiment() -> None:
    assert CHARTS["bars"]["encoding"]["y"]["sort"] == ["a", "b"]


@pytest.mark.parametrize("count", [0, MOST_SERIES + 1])
def test_more_series_than_looks_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"series \({count}\) must be 1 to {MOST_SERIES}"):
        measured_bars(tuple(map(str, range(count))), ("a",), "sum")


@pytest.mark.parametrize("name", claim_names())
def test_names_of_a_claim_are_told_apart(name: str) -> None:
    names = list(claim_words(name)["names"].values())
    assert len(set(names)) == len(names)
    assert claim(name).chart.kind in {"lines", "bars"}
