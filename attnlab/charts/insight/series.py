"""A series: what each lag is worth and who listens to it; forecasts beside the truth."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, color, dash, name_expression
from attnlab.charts.theme import built

CORRELATIONS_DATASET, LAGS_DATASET = "correlations", "lags"
TRUTH_DATASET, FORECASTS_DATASET = "truth", "forecasts"
HEIGHTS = {"correlation": 90, "attention": 110, "influence": 130}
FORECAST_HEIGHT = 400  # axes, legend and all


@functools.lru_cache(maxsize=64)
def shares_by_lag(
    contenders: tuple[str, ...],
    lag_title: str,
    correlation_title: str,
    attention_title: str,
    influence_title: str,
    has_attention: bool,
) -> dict[str, Any]:
    """Panels above each other along the same lags: autocorrelation, attention, influence.

    Datasets, each a list of rows:
        correlations: lag, correlation (-1 to 1), chance: beyond it a correlation stands out of chance.
        lags: contender, lag, attention (None where there is none), influence; shares of 1.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        lag_title: label of the horizontal axis.
        correlation_title: of the first panel.
        attention_title: of the second.
        influence_title: of the third.
        has_attention: whether anybody has attention; else there is no such panel.
    """
    across = alt.X("lag:Q", title=lag_title, axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(nice=False))
    rows = alt.Chart(alt.NamedData(CORRELATIONS_DATASET))
    bars = rows.mark_bar(color=QUIET, width=alt.ExprRef("max(2, width / 60)")).encode(
        x=across,
        y=alt.Y("correlation:Q", title=None, scale=alt.Scale(domain=[-1, 1])),
        tooltip=[alt.Tooltip("lag:Q", title=lag_title), alt.Tooltip("correlation:Q", title="=", format=".2f")],
    )
    bound = rows.mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y="max(chance):Q")
    panels = [_titled(alt.layer(bars, bound), correlation_title, HEIGHTS["correlation"])]
    for measure, title in (("attention", attention_title), ("influence", influence_title)):
        if measure == "influence" or has_attention:
            panels.append(_titled(_by_lag(contenders, measure, across, lag_title), title, HEIGHTS[measure]))
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return built(alt.vconcat(*panels, spacing=10, autosize=fit))


def _by_lag(contenders: tuple[str, ...], measure: str, across: alt.X, lag_title: str) -> Any:
    who = "contender_name:N"
    base = (
        alt.Chart(alt.NamedData(LAGS_DATASET))
        .transform_filter(f"isValid(datum.{measure})")
        .transform_calculate(contender_name=name_expression(contenders, "datum.contender"))
        .encode(
            x=across,
            y=alt.Y(f"{measure}:Q", title=None, axis=alt.Axis(format="%", tickCount=4)),
            color=color(contenders, ""),
            tooltip=[
                alt.Tooltip(who, title=" "),
                alt.Tooltip("lag:Q", title=lag_title),
                alt.Tooltip(f"{measure}:Q", title="=", format=".1%"),
            ],
        )
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dash(contenders, ""))
    return alt.layer(lines, base.mark_circle(size=28))


def _titled(chart: Any, title: str, height: int) -> Any:
    return chart.properties(title=alt.TitleParams(title, anchor="start", fontSize=12), height=height)


@functools.lru_cache(maxsize=64)
def forecasts_beside_truth(contenders: tuple[str, ...], time_title: str, value_title: str) -> dict[str, Any]:
    """What came, as a broad grey line, and what each contender said a step before.

    Datasets, each a list of rows: truth: place, label, value; forecasts: contender, place, label, value.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        time_title: label of the horizontal axis.
        value_title: label of the vertical axis.
    """
    across = alt.X(
        "label:O", sort=None, title=time_title, axis=alt.Axis(labelOverlap=True, labelAngle=0, ticks=False, grid=False)
    )
    up = alt.Y("value:Q", title=value_title, scale=alt.Scale(zero=False))
    came = alt.Chart(alt.NamedData(TRUTH_DATASET)).mark_line(color=QUIET, strokeWidth=5, opacity=0.45)
    said = alt.Chart(alt.NamedData(FORECASTS_DATASET)).transform_calculate(
        contender_name=name_expression(contenders, "datum.contender")
    )
    lines = said.mark_line(strokeWidth=1.6).encode(
        color=color(contenders, ""),
        strokeDash=dash(contenders, ""),
        tooltip=[
            alt.Tooltip("contender_name:N", title=" "),
            alt.Tooltip("label:N", title=time_title),
            alt.Tooltip("value:Q", title=value_title, format=",.4~g"),
        ],
        x=across,
        y=up,
    )
    chart = alt.layer(came.encode(x=across, y=up), lines).properties(height=FORECAST_HEIGHT, width="container")
    return built(chart)
