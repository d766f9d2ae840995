"""What an experiment of a claim measured: lines along a number, or bars by name."""

import functools
import math
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import STYLES, SYMBOLS
from attnlab.charts.theme import ROW_HEIGHT, built

FIGURES_DATASET = "figures"
HEIGHT = 340  # axes, legend and all
AROUND_BARS = 110
"""Of a chart of bars, for its axis."""
LEGEND_ROW = 30
"""Of a legend, which has `LEGEND_COLUMNS` names in a row."""
LEGEND_COLUMNS = 2
NUMBERS = (
    "abs(datum.value) > 0 && abs(datum.value) < 0.001 ? format(datum.value, '.2~e') : format(datum.value, ',.12~r')"
)
"""Labels of an axis: 80 and 35,000, where a format by itself says 8e+1 and 3.5e+4."""
LOOKS = tuple(STYLES.values())
MOST_SERIES = len(LOOKS)


@functools.lru_cache(maxsize=128)
def measured_lines(
    series: tuple[str, ...],
    at_title: str,
    value_title: str,
    *,
    log_at: bool = False,
    log_value: bool = False,
    share: bool = False,
    whole_at: bool = False,
) -> dict[str, Any]:
    """A line with points for each series.

    Dataset `figures`: series (what it is called), at (a number), value.

    Args:
        series: the names that may be in the rows, in the order of the legend.
        at_title: label of the horizontal axis.
        value_title: label of the vertical axis.
        log_at: whether the horizontal axis is logarithmic.
        log_value: whether the vertical axis is; values of 0 are left out then.
        share: whether values are shares of 1.
        whole_at: whether there is nothing between two whole numbers of the horizontal axis, such as heads.

    Raises:
        ValueError: more series than there are looks.
    """
    _check(series)
    ticks: dict[str, Any] = {"tickMinStep": 1} if whole_at and not log_at else {}
    places = alt.Axis(labelExpr=NUMBERS, tickCount=6, **ticks)
    across = alt.X("at:Q", title=at_title, scale=_scale(log_at), axis=places)
    up = alt.Y("value:Q", title=value_title, scale=_value_scale(log_value, share), axis=_value_axis(share, log_value))
    rows = alt.Chart(alt.NamedData(FIGURES_DATASET))
    base = (rows.transform_filter("datum.value > 0") if log_value else rows).encode(
        x=across, y=up, color=_color(series), tooltip=_tooltip(at_title, value_title, "at:Q", share)
    )
    domain = list(series)
    dashes = alt.Scale(domain=domain, range=[list(look.dash) for look in LOOKS[: len(series)]])
    shapes = alt.Scale(domain=domain, range=[look.shape for look in LOOKS[: len(series)]])
    legend = _legend(series)
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=legend))
    points = base.mark_point(size=50, filled=True).encode(shape=alt.Shape("series:N", scale=shapes, legend=legend))
    return built((lines + points).properties(height=HEIGHT, width="container"))


@functools.lru_cache(maxsize=128)
def measured_bars(
    series: tuple[str, ...], places: tuple[str, ...], value_title: str, *, share: bool = False
) -> dict[str, Any]:
    """A group of bars for each place, a bar for each series.

    Dataset `figures`: series and at (what they are called), value.

    Args:
        series: the names that may be in the rows, in the order of the legend.
        places: the names of the groups, from top to bottom.
        value_title: label of the horizontal axis.
        share: whether values are shares of 1.

    Raises:
        ValueError: more series than there are looks.
    """
    _check(series)
    bars = (
        alt.Chart(alt.NamedData(FIGURES_DATASET))
        .mark_bar()
        .encode(
            y=alt.Y("at:N", sort=list(places), title=None, axis=alt.Axis(labelLimit=150)),
            yOffset=alt.YOffset("series:N", sort=list(series)),
            x=alt.X("value:Q", title=value_title, scale=_bar_scale(share), axis=_value_axis(share, False)),
            color=_color(series),
            tooltip=_tooltip(" ", value_title, "at:N", share),
        )
    )
    legend = LEGEND_ROW * math.ceil(len(series) / LEGEND_COLUMNS) if len(series) > 1 else 0
    height = AROUND_BARS + legend + ROW_HEIGHT * len(places) * len(series)
    return built(bars.properties(height=height, width="container"))


def _check(series: tuple[str, ...]) -> None:
    if not 1 <= len(series) <= MOST_SERIES:
        raise ValueError(f"series ({len(series)}) must be 1 to {MOST_SERIES}")


def _scale(log: bool) -> alt.Scale:
    return alt.Scale(type="log", base=2) if log else alt.Scale(zero=False, nice=False)


def _value_scale(log: bool, share: bool) -> alt.Scale:
    if log:
        return alt.Scale(type="log")
    return alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=True)


def _bar_scale(share: bool) -> alt.Scale:
    """With room for the last label, which would be cut off at the edge."""
    return alt.Scale(domain=[0, 1], nice=False, padding=12) if share else alt.Scale(zero=True)


def _value_axis(share: bool, log: bool) -> alt.Axis:
    """Powers of ten by their letters; log scales are of numbers above 1."""
    if share or log:
        return alt.Axis(format="%" if share else "~s", tickCount=5)
    return alt.Axis(labelExpr=NUMBERS, tickCount=5)


def _color(series: tuple[str, ...]) -> alt.Color:
    scale = alt.Scale(domain=list(series), range=[look.color for look in LOOKS[: len(series)]])
    return alt.Color("series:N", scale=scale, legend=_legend(series))


def _legend(series: tuple[str, ...]) -> alt.Legend | None:
    """One where there is more than one series to tell apart."""
    told = alt.Legend(orient="top", title=None, columns=LEGEND_COLUMNS, labelLimit=220, **SYMBOLS["points"])
    return told if len(series) > 1 else None


def _tooltip(at_title: str, value_title: str, at: str, share: bool) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip(at, title=at_title),
        alt.Tooltip("value:Q", title=value_title, format=".1%" if share else ".3~g"),
    ]
