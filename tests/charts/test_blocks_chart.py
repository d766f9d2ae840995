"""The charts of the blocks page: valid, without data of their own, over the fields that their datasets promise."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import altair as alt
import pytest

from attnlab.charts.blocks import NEXT_DATASET, SHARES_DATASET, next_token_bars, shares_by_token
from tests.charts.test_charts import fields, views

CHARTS: dict[str, Callable[[], dict[str, Any]]] = {
    SHARES_DATASET: lambda: shares_by_token(("raw", "rollout", "flow", "gradient"), "token", "measure", "share"),
    NEXT_DATASET: lambda: next_token_bars("kept", "cut", "before", "token", "probability"),
}
FIELDS = {
    SHARES_DATASET: {"place", "token", "measure", "share"},
    NEXT_DATASET: {"place", "token", "state", "before", "final"},
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_valid_is_built_once_and_holds_no_data(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec = CHARTS[name]()
    alt.Chart.from_dict(spec, validate=True)
    assert CHARTS[name]() is spec
    assert "datasets" not in spec
    for data, view in views(spec):
        assert data == name
        assert set(fields(view["encoding"])) <= FIELDS[name]


def test_tokens_stand_in_their_order_and_measures_in_theirs() -> None:
    encoding = shares_by_token(("raw", "rollout"), "token", "measure", "share")["encoding"]
    assert encoding["y"]["sort"]["field"] == "place"
    assert encoding["yOffset"]["sort"] == encoding["color"]["scale"]["domain"] == ["raw", "rollout"]
    assert len(set(encoding["color"]["scale"]["range"])) == 2


def test_what_is_cut_off_has_another_colour_than_what_may_be_drawn() -> None:
    text = json.dumps(next_token_bars("kept", "cut", "before", "token", "probability"))
    (scale,) = {
        json.dumps(view["encoding"]["color"]["scale"])
        for _, view in views(json.loads(text))
        if "color" in view["encoding"]
    }
    assert json.loads(scale)["domain"] == ["kept", "cut"]
    assert len(set(json.loads(scale)["range"])) == 2
