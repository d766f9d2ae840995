"""The charts of the cost page: valid, without data of their own, each mechanism told apart without colour."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import altair as alt
import pytest

from attnlab.charts.costs import COSTS_DATASET, FITS_DATASET, LOOKS, MEETINGS_DATASET, cost_curves
from attnlab.charts.grid import FLOORS_DATASET
from attnlab.charts.races.choosing import CHOICES_DATASET, score_along
from attnlab.charts.races.contenders import STYLES
from attnlab.charts.smaller import SMALLER_DATASET, score_by_size
from attnlab.costs import MECHANISMS

NAMES = tuple(MECHANISMS)
LABELS = tuple(f"{name} 1.0" for name in NAMES)
FIELDS = {
    COSTS_DATASET: {"label", "value", "cost", "told"},
    FITS_DATASET: {"label", "value", "cost"},
    MEETINGS_DATASET: {"value"},
    CHOICES_DATASET: {"place", "value", "below", "median", "low", "high"},
    FLOORS_DATASET: {"name", "score"},
    SMALLER_DATASET: {"size", "exact", "low", "high", "label", "told"},
}
CHARTS = {
    "costs": cost_curves(NAMES, LABELS, (8, 16), "tokens", "ms", "power"),
    "accuracy": score_along("Heads", "accuracy", "accuracy", ("guessing",)),
    "loss": score_along("Layers", "loss", "loss", ()),
    "heads": score_by_size("heads", "heads left", "exact"),
    "bytes": score_by_size("bytes", "bytes", "exact"),
}


def fields(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["field"]] if isinstance(part.get("field"), str) else [])
        for child in part.values():
            yield from fields(child)
    elif isinstance(part, list):
        for child in part:
            yield from fields(child)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_valid_and_names_its_data(name: str) -> None:
    spec = CHARTS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alt.Chart.from_dict(spec)
    assert "datasets" not in spec
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    for part in spec["layer"]:
        data = part.get("data", spec.get("data"))["name"]
        assert set(fields(part["encoding"])) <= FIELDS[data], part


def test_mechanisms_differ_in_colour_dash_and_shape_and_race_in_the_same_looks() -> None:
    assert set(LOOKS) == set(MECHANISMS)
    for part in ("color", "dash", "shape"):
        assert len({getattr(look, part) for look in LOOKS.values()}) == len(LOOKS)
    for name, family in (("lstm", "lstm"), ("gru", "gru"), ("convolution", "tcn"), ("linear", "linear_attention")):
        assert LOOKS[name] == STYLES[family]


def test_both_axes_are_logarithmic_and_a_mechanism_keeps_its_look() -> None:
    lines = CHARTS["costs"]["layer"][2]["encoding"]
    assert [lines[axis]["scale"]["type"] for axis in ("x", "y")] == ["log", "log"]
    alone = cost_curves(("gru",), ("GRU",), (8, 16), "tokens", "ms")["layer"][2]["encoding"]["color"]["scale"]["range"]
    assert alone == [lines["color"]["scale"]["range"][NAMES.index("gru")]]


@pytest.mark.parametrize("labels", [("a",), ("a", "a"), ("a", "b", "c")])
def test_labels_that_cannot_be_told_apart_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must be as many as mechanisms"):
        cost_curves(("gru", "lstm"), labels, (8,), "tokens", "ms")


def test_shares_stand_between_nothing_and_all_and_losses_where_they_are() -> None:
    shares, losses = (CHARTS[name]["layer"][2]["encoding"]["y"]["scale"] for name in ("accuracy", "loss"))
    assert shares == {"domain": [0, 1]}
    assert losses == {"zero": False}
