"""Shares on what decides, and logos: valid, and over the fields their datasets promise."""

import warnings
from typing import Any

import altair as alt
import pytest

from attnlab.charts.insight.evidence import EVIDENCE_DATASET, LOGO_DATASET, logos, shares_on_evidence
from tests.charts.test_charts import fields, views

FIELDS = {
    EVIDENCE_DATASET: {"label", "contender", "share", "blind"},
    LOGO_DATASET: {"panel", "place", "letter", "bits", "low", "high", "middle"},
}


@pytest.mark.parametrize("name", ["shares", "logos"])
def test_a_chart_is_valid_and_names_its_data(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec: dict[str, Any] = (
            shares_on_evidence(("transformer", "tcn"), 3, "share", "blind")
            if name == "shares"
            else logos(("planted", "influence on TCN"), "place", "bits")
        )
    alt.Chart.from_dict(spec, validate=True)
    for data, view in views(spec):
        assert set(fields(view["encoding"])) <= FIELDS[data], view


def test_each_panel_of_logos_draws_its_own_rows() -> None:
    panels = logos(("a", "b", "c"), "place", "bits")["vconcat"]
    assert [panel["title"]["text"] for panel in panels] == ["a", "b", "c"]
    filters = [layer["transform"][0]["filter"] for panel in panels for layer in panel["layer"]]
    assert filters == [f"datum.panel == {panel}" for panel in (0, 0, 1, 1, 2, 2)]
