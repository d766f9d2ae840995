"""Every chart: valid, without data of its own, over the fields its dataset promises; and the rows it is given."""

import json
import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any, get_args

import altair as alt
import pytest

from attnlab.charts.insight.series import forecasts_beside_truth, shares_by_lag
from attnlab.charts.races.contenders import LEGEND_ROW, QUIET, STYLES, contender_name, styles
from attnlab.charts.races.cursor import cursor_rows
from attnlab.charts.races.curves import learning_curves
from attnlab.charts.races.ends import earlier_ends
from attnlab.charts.races.scores import gradient_norms, scores_by, tokens_per_second
from attnlab.charts.thin import drawable, thinned
from attnlab.engine import SpecError
from attnlab.models.config import FamilyName
from tests.products import slow

CURVES = {"contender", "step", "examples", "seconds", "loss", "metric", "grad_norm", "run", "faded"}
DATASETS = {
    "curves": CURVES,
    "floors": {"name", "loss", "metric"},
    "marks": {"contender", "step", "examples", "seconds", "label"},
    "cursor": {"contender", "step", "examples", "seconds", "loss", "metric", "place", "ruler"},
    "scores": {"contender", "distance", "position", "length", "noise", "accuracy", "chance", "count", "low", "high"},
    "speeds": {"contender", "tokens_per_s"},
    "ends": {"contender", "step", "metric"},
    "correlations": {"lag", "correlation", "chance"},
    "lags": {"contender", "lag", "attention", "influence"},
    "truth": {"place", "label", "value"},
    "forecasts": {"contender", "place", "label", "value"},
}
COMPUTED = {"contender_name", "shown"}
CHARTS: dict[str, Callable[[tuple[str, ...]], dict[str, Any]]] = {
    **{
        f"curves by {x}{' log' if log else ''}": lambda names, x=x, log=log: learning_curves(
            names, x, x, "loss", "accuracy", "", log
        )
        for x in ("step", "examples", "seconds")
        for log in (False, True)
    },
    **{
        f"scores by {place}": lambda names, place=place: scores_by(names, place, place, "accuracy")
        for place in ("distance", "position", "length", "noise")
    },
    "gradients": lambda names: gradient_norms(names, "step", "norm"),
    "speeds": lambda names: tokens_per_second(names, "tokens/s"),
    "ends": lambda names: earlier_ends(names, 400, "step", "accuracy", True),
    "lags": lambda names: shares_by_lag(names, "lag", "correlation", "attention", "influence", True),
    "forecasts": lambda names: forecasts_beside_truth(names, "time", "value"),
}
FAMILIES: tuple[str, ...] = get_args(FamilyName)
ALIKE = {
    "curves by step log",
    "curves by examples",
    "curves by seconds",
    "curves by seconds log",
    "scores by position",
    "scores by length",
    "scores by noise",
}
every_chart = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=slow if name in ALIKE else ()) for name in CHARTS]
)


def views(spec: dict[str, Any], data: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each single view of a specification and the dataset it draws."""
    data = spec.get("data", {}).get("name", data)
    for part in ("vconcat", "layer"):
        for child in spec.get(part, ()):
            yield from views(child, data)
    if "mark" in spec:
        assert data is not None
        yield data, spec


def fields(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("field"), str):
            yield part["field"]
        for child in part.values():
            yield from fields(child)
    elif isinstance(part, list):
        for child in part:
            yield from fields(child)


@every_chart
def test_a_specification_is_valid_and_built_without_a_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec = CHARTS[name](FAMILIES)
    alt.Chart.from_dict(spec, validate=True)
    assert CHARTS[name](FAMILIES) is spec  # built once
    json.dumps(spec, allow_nan=False)


@every_chart
def test_a_specification_names_its_data_and_holds_none(name: str) -> None:
    spec = CHARTS[name](FAMILIES)
    assert "datasets" not in spec
    assert '"values"' not in json.dumps(spec)
    for data, view in views(spec):
        assert set(fields(view["encoding"])) <= DATASETS[data] | COMPUTED, view


@every_chart
def test_no_colour_is_one_that_a_theme_must_choose(name: str) -> None:
    allowed = {QUIET, *(style.color for style in STYLES.values())}
    text = json.dumps(CHARTS[name](FAMILIES))
    assert {part[:7] for part in text.split('"') if part.startswith("#")} <= allowed


@every_chart
def test_a_family_looks_the_same_whoever_races(name: str) -> None:
    def looks(names: tuple[str, ...]) -> set[str]:
        scales = [
            channel["scale"]
            for _, view in views(CHARTS[name](names))
            for channel in view["encoding"].values()
            if isinstance(channel, dict) and "domain" in channel.get("scale", {}) and "range" in channel["scale"]
        ]
        assert scales
        return {json.dumps(scale["range"][scale["domain"].index("tcn")]) for scale in scales}

    assert looks(("tcn",)) == looks(("gru", "tcn")) == looks(FAMILIES)


@every_chart
def test_contenders_of_one_family_look_different_and_the_others_as_ever(name: str) -> None:
    contenders = ("gru", "transformer.heads-1", "transformer.heads-2", "transformer.scale-off", "lstm.layers-1", "tcn")
    looks = styles(contenders)
    assert len(set(looks.values())) == len(contenders)
    assert [looks[key] for key in ("gru", "tcn")] == [STYLES["gru"], STYLES["tcn"]]
    assert looks["transformer.heads-1"] == STYLES["transformer"]  # the first of its family
    assert looks["lstm.layers-1"] == STYLES["lstm"]
    text = json.dumps(CHARTS[name](contenders))
    assert "2 heads" in text
    assert "not scaled" in text


@pytest.mark.parametrize(
    ("contenders", "columns"),
    [
        (("transformer", "lstm", "tcn"), 3),
        (("transformer", "lstm_attention"), 2),
        (("lstm.layers-1", "gru.layers-2"), 2),
        (("lstm", "transformer.heads-8"), 1),
    ],
)
def test_a_legend_of_long_names_has_fewer_columns(contenders: tuple[str, ...], columns: int) -> None:
    text = json.dumps(learning_curves(contenders, "step", "s", "loss", "accuracy"))
    assert f'"columns": {columns}' in text


def test_what_is_drawn_below_a_legend_keeps_its_height() -> None:
    names = tuple(STYLES)
    few, many = (scores_by(names[:count], "distance", "distance", "right")["height"] for count in (1, 7))
    assert many - few == 3 * LEGEND_ROW  # in two columns


def test_a_key_that_names_nobody_is_its_own_name() -> None:
    assert contender_name("from a newer program") == "from a newer program"
    assert contender_name("transformer.heads-3.lr-0.01") == "Transformer · 3 heads · peak lr 0.01"


@every_chart
@pytest.mark.parametrize("names", [(), ("lstm", "lstm"), ("datum.x",), ("lstm", "'] + x")])
def test_only_known_contenders_become_part_of_a_specification(name: str, names: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match=r"contenders .* must be .*one.? of transformer, lstm, gru"):
        CHARTS[name](names)


def test_other_axes_are_refused_by_name() -> None:
    with pytest.raises(SpecError, match=r"x \('hours'\) must be one of step, examples, seconds"):
        learning_curves(("lstm",), "hours", "", "", "")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=r"place \('age'\) must be one of distance, position, length, noise"):
        scores_by(("lstm",), "age", "", "")


def test_one_pointer_moves_the_rule_in_every_panel() -> None:
    spec = learning_curves(FAMILIES, "seconds", "s", "loss", "accuracy")
    (pointer,) = spec["params"]
    assert pointer["select"]["nearest"] is True
    assert pointer["select"]["fields"] == ["seconds"]
    named = {view["name"] for _, view in views(spec) if "name" in view}
    assert set(pointer["views"]) == named
    assert len(named) == len(spec["vconcat"]) == 2
    for panel in spec["vconcat"]:
        shown = [view for _, view in views(panel) if any("param" in str(step) for step in view.get("transform", ()))]
        assert [view["mark"]["type"] for view in shown] == ["rule", "circle", "text"]


@pytest.mark.parametrize("most", [None, 400.0])
def test_curves_run_towards_the_end_of_the_race_on_axes_that_stay(most: float | None) -> None:
    spec = learning_curves(FAMILIES, "step", "s", "loss", "accuracy", most=most, is_share=most is not None)
    domains = {
        (channel, place["field"]): place["scale"].get("domain")
        for _, view in views(spec)
        for channel, place in view["encoding"].items()
        if channel in {"x", "y"} and "scale" in place
    }
    across, up = (None, None) if most is None else ([0, 400], [0, 1])
    assert (domains["x", "step"], domains["y", "metric"], domains["y", "loss"]) == (across, up, None)


def test_a_logarithmic_axis_meets_no_zero() -> None:
    spec = learning_curves(FAMILIES, "step", "s", "loss", "accuracy", "", True)
    for data, view in views(spec["vconcat"][1]):
        if data != "marks":
            assert {"filter": "datum.loss > 0"} in view["transform"]
    assert "datum.metric > 0" not in json.dumps(spec["vconcat"][0])


def luminance(color: str) -> float:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("color", [QUIET, *(style.color for style in STYLES.values())])
@pytest.mark.parametrize("page", ["#ffffff", "#0f1420"])
def test_lines_stand_out_on_light_and_dark(color: str, page: str) -> None:
    """WCAG 2.1, 1.4.11: graphics need 3 to 1."""
    dark, light = sorted((luminance(color), luminance(page)))
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_no_two_families_share_colour_dash_or_shape() -> None:
    assert tuple(STYLES) == FAMILIES
    for part in ("color", "dash", "shape"):
        assert len({getattr(style, part) for style in STYLES.values()}) == len(FAMILIES), part


# --- rows -------------------------------------------------------------------------------------------------------------


def curve(contender: str, losses: list[float | None], pace: float = 1.0) -> list[dict[str, Any]]:
    return [
        {"contender": contender, "step": step, "seconds": step * pace, "loss": loss, "metric": None}
        for step, loss in enumerate(losses)
    ]


def test_a_long_curve_keeps_its_ends_and_extremes() -> None:
    noise = random.Random(0)
    losses: list[float | None] = [noise.random() for _ in range(100_000)]
    losses[54_321], losses[77_777], losses[90_001] = 9.0, -9.0, math.nan
    rows = [*curve("lstm", losses), *curve("tcn", losses)]
    kept = thinned(rows, most=600)
    for contender in ("lstm", "tcn"):
        own = [row for row in kept if row["contender"] == contender]
        assert 200 <= len(own) <= 600
        assert {0, 54_321, 77_777, 90_001, 99_999} <= {row["step"] for row in own}
        assert [row["step"] for row in own] == sorted(row["step"] for row in own)
    assert all(any(row is other for other in (rows[row["step"]], rows[row["step"] + 100_000])) for row in kept)


def test_a_short_curve_stays_whole() -> None:
    rows = curve("lstm", [3.0, None, math.inf, 1.0])
    assert thinned(rows) == rows
    assert thinned([]) == []
    with pytest.raises(ValueError, match=r"most \(9\) must be at least 10"):
        thinned(rows, most=9)


def test_what_is_not_finite_is_a_gap() -> None:
    rows = drawable([{"contender": "nan", "step": 3, "loss": value} for value in (math.nan, math.inf, -math.inf, 0.5)])
    assert [row["loss"] for row in rows] == [None, None, None, 0.5]
    assert rows[0] == {"contender": "nan", "step": 3, "loss": None}


def test_the_crosshair_reads_the_last_point_at_or_before_it() -> None:
    rows = cursor_rows([*curve("lstm", [4.0, 3.0, math.nan]), *curve("tcn", [2.0, 1.0], pace=1.5)], "seconds")
    read = {(row["seconds"], row["contender"]): row["loss"] for row in rows}
    assert read == {
        (0.0, "lstm"): 4.0,
        (0.0, "tcn"): 2.0,
        (1.0, "lstm"): 3.0,
        (1.0, "tcn"): 2.0,
        (1.5, "lstm"): 3.0,
        (1.5, "tcn"): 1.0,
        (2.0, "lstm"): None,
        (2.0, "tcn"): 1.0,
    }
    assert {row["contender"]: row["place"] for row in rows} == {"lstm": 0, "tcn": 1}
    assert [row["seconds"] for row in rows if row["ruler"]] == [0.0, 1.0, 1.5, 2.0]
    json.dumps(rows, allow_nan=False)


def test_the_crosshair_has_a_bounded_number_of_stops() -> None:
    rows = cursor_rows(curve("lstm", [1.0] * 5000)[3:], "step", stops=50)
    stops = [row["step"] for row in rows]
    assert len(stops) == 50
    assert (stops[0], stops[-1]) == (3, 4999)
    assert cursor_rows([], "step") == []
