"""One setting of a model and how well it does: a small multiple of a race over its values."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.grid import dotted_floors, titled
from attnlab.charts.names import IN_LINES
from attnlab.charts.theme import BAR, built

CHOICES_DATASET = "choices"
WIDTH, HEIGHT = 250, 300
SHARES = ("accuracy", "exact")


@functools.lru_cache(maxsize=64)
def score_along(
    title: str, metric: str, metric_title: str, floors: tuple[str, ...], joined: bool = True, slanted: bool = False
) -> dict[str, Any]:
    """A point for each value of the setting, a bar from its worst seed to its best, floors dotted.

    Dataset `choices`: place (the order), value (as shown), below (as it stands below), median, low, high. Dataset
    `floors`: name and score of what needs no learning.

    Args:
        title: of the chart.
        metric: "accuracy", "exact" (both from 0 to 1) or another.
        metric_title: label of the vertical axis.
        floors: what is said of each below the title.
        joined: whether the values are numbers, whose points a line may join.
        slanted: whether the names below are.
    """
    share = metric in SHARES
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False)
    axis = alt.Axis(tickCount=4, format="%" if share else "~g")
    up = alt.Y("median:Q", title=metric_title, scale=scale, axis=axis)
    names = alt.Axis(labelAngle=-40 if slanted else 0, labelOverlap=False, labelFlush=False, labelExpr=IN_LINES)
    across = alt.X("below:N", title=None, sort=alt.EncodingSortField("place"), axis=names)
    number = ".1%" if share else ".3f"
    told = [
        alt.Tooltip("value:N", title=" "),
        alt.Tooltip("median:Q", title=metric_title, format=number),
        alt.Tooltip("low:Q", title="≥", format=number),
        alt.Tooltip("high:Q", title="≤", format=number),
    ]
    base = alt.Chart(alt.NamedData(CHOICES_DATASET)).encode(x=across, tooltip=told)
    spread = base.mark_rule(strokeWidth=2, color=BAR, opacity=0.6).encode(y=alt.Y("low:Q", title=""), y2="high:Q")
    lines = base.mark_line(color=BAR, strokeWidth=2).encode(y=up)
    points = base.mark_point(color=BAR, filled=True, size=60, opacity=1).encode(y=up)
    layers = alt.layer(dotted_floors(metric_title, number), spread, *([lines] if joined else []), points)
    return built(layers.properties(title=titled(title, floors)))
