"""A panel of the grid: scores along one setting, a curve for each value of another, floors dotted."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, STYLES, SYMBOLS
from attnlab.charts.theme import TEXT, built

CELLS_DATASET, FLOORS_DATASET = "cells", "floors"
LOOKS = tuple(STYLES.values())[:4]
"""Of the curves, in their order."""
HEIGHT = 420  # axes, title and legend


@functools.lru_cache(maxsize=64)
def scores_over(
    title: str, along_title: str, score_title: str, curves_title: str, curves: tuple[str, ...], floors: tuple[str, ...]
) -> dict[str, Any]:
    """A line a curve through the medians, a bar from the worst seed to the best at each point.

    Dataset `cells`: place (its order), value (as shown), curve, median, low, high. Dataset `floors`: name and score.

    Args:
        title: of the chart.
        floors: what is said of each below the title.
        along_title: label of the horizontal axis.
        score_title: label of the vertical axis, a share of 1.
        curves_title: above the legend.
        curves: what each is called, all different.

    Raises:
        ValueError: more curves than there are looks.
    """
    if len(curves) > len(LOOKS):
        raise ValueError(f"curves ({len(curves)}) must be at most {len(LOOKS)}")
    axis = alt.Axis(labelAngle=0, labelOverlap=False)
    across = alt.X("value:N", title=along_title, sort=alt.EncodingSortField("place"), axis=axis)
    up = alt.Y("median:Q", title=score_title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5, format="%"))
    told = [
        alt.Tooltip("curve:N", title=" "),
        alt.Tooltip("value:N", title=along_title),
        alt.Tooltip("median:Q", title=score_title, format=".1%"),
        alt.Tooltip("low:Q", title="≥", format=".1%"),
        alt.Tooltip("high:Q", title="≤", format=".1%"),
    ]
    legend = alt.Legend(title=curves_title, orient="top", columns=2, **SYMBOLS["points"])
    color = alt.Color("curve:N", scale=_scale(curves, "color"), legend=legend)
    base = alt.Chart(alt.NamedData(CELLS_DATASET)).encode(x=across, color=color, tooltip=told)
    spread = base.mark_rule(strokeWidth=5, opacity=0.25).encode(y=alt.Y("low:Q", title=""), y2="high:Q")
    lines = base.mark_line(strokeWidth=2).encode(
        y=up, strokeDash=alt.StrokeDash("curve:N", scale=_scale(curves, "dash"), legend=legend)
    )
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        y=up, shape=alt.Shape("curve:N", scale=_scale(curves, "shape"), legend=legend)
    )
    layers = alt.layer(dotted_floors(score_title, ".1%"), spread, lines, points)
    return built(layers.properties(height=HEIGHT, width="container", title=titled(title, floors)))


def dotted_floors(score_title: str, score_format: str) -> alt.Chart:
    """A dotted line for each row of the dataset `floors`."""
    told = [alt.Tooltip("name:N", title=" "), alt.Tooltip("score:Q", title=score_title, format=score_format)]
    rule = alt.Chart(alt.NamedData(FLOORS_DATASET)).mark_rule(color=QUIET, strokeDash=[2, 3])
    dotted: alt.Chart = rule.encode(y=alt.Y("score:Q", title=""), tooltip=told)
    return dotted


def titled(title: str, floors: tuple[str, ...]) -> alt.TitleParams:
    """A title, and below it a line for each floor: beside the dotted lines curves would cross their names."""
    named = alt.TitleParams(title, anchor="start", fontSize=13, offset=8)
    if floors:
        named.subtitle, named.subtitleColor = list(floors), QUIET
        named.subtitleFontSize, named.subtitlePadding = TEXT, 5
    return named


def _scale(curves: tuple[str, ...], part: str) -> alt.Scale:
    return alt.Scale(domain=list(curves), range=[getattr(look, part) for look in LOOKS[: len(curves)]])
