"""One setting of a model and how well it does: a small multiple of a race over its values."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET
from attnlab.charts.theme import BAR, built

CHOICES_DATASET, CHANCES_DATASET = "choices", "chances"
WIDTH, HEIGHT = 250, 270
SHARES = ("accuracy", "exact")


@functools.lru_cache(maxsize=64)
def score_along(title: str, metric: str, metric_title: str, joined: bool = True) -> dict[str, Any]:
    """A point for each value of the setting, a bar from its worst seed to its best, floors dotted.

    Dataset `choices`: place (the order), value (as shown), median, low, high. Dataset `chances`: name and score of
    what needs no learning.

    Args:
        title: of the chart.
        metric: "accuracy", "exact" (both from 0 to 1) or another.
        metric_title: label of the vertical axis.
        joined: whether the values are numbers, whose points a line may join.
    """
    share = metric in SHARES
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=False)
    axis = alt.Axis(tickCount=4, format="%" if share else "~g")
    up = alt.Y("median:Q", title=metric_title, scale=scale, axis=axis)
    across = alt.X(
        "value:N", title=None, sort=alt.EncodingSortField("place"), axis=alt.Axis(labelAngle=-40, labelOverlap=False)
    )
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
    floors = alt.Chart(alt.NamedData(CHANCES_DATASET))
    floor = floors.mark_rule(color=QUIET, strokeDash=[2, 3]).encode(
        y=alt.Y("score:Q", title=""),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("score:Q", title=metric_title, format=number)],
    )
    names = floors.mark_text(align="left", baseline="bottom", color=QUIET, dx=2, dy=-1).encode(
        y=alt.Y("score:Q", title=""), x=alt.value(0), text="name:N"
    )
    layers = alt.layer(floor, names, spread, *([lines] if joined else []), points)
    return built(layers.properties(title=alt.TitleParams(title, anchor="start", fontSize=13)))
