"""Measures of two layers along the values of one control."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.names import IN_LINES
from attnlab.charts.theme import BAR, MARK, built

SWEEP_DATASET = "sweep"
VARIANTS = ("A", "B")
HEIGHT, WIDTH = 230, 240


@functools.lru_cache(maxsize=64)
def measure_along(measure: str, value_title: str, measure_title: str, slanted: bool = False) -> dict[str, Any]:
    """One measure by value, a line for A and a line for B, which colour, dash and shape tell apart.

    The dataset has the columns `place` (its order), `value` (as shown), `below` (as it stands below), `variant` ("A" or
    "B"), the measure, and `last`: True in the row beside which the variant's name stands.

    Args:
        measure: the column.
        value_title: what the values are of, for the tooltip.
        measure_title: title of the chart.
        slanted: whether the names below are.

    Raises:
        ValueError: a measure that is no plain name, so that nothing else becomes part of a specification.
    """
    if not measure.isidentifier():
        raise ValueError(f"measure ({measure!r:.40}) must be a name")
    domain = list(VARIANTS)
    axis = alt.Axis(labelAngle=-35 if slanted else 0, labelOverlap=False, labelFlush=False, labelExpr=IN_LINES)
    base = alt.Chart(alt.NamedData(SWEEP_DATASET)).encode(
        x=alt.X("below:O", title=None, sort=alt.EncodingSortField("place"), axis=axis),
        y=alt.Y(f"{measure}:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4)),
        color=alt.Color("variant:N", scale=alt.Scale(domain=domain, range=[BAR, MARK]), legend=None),
        tooltip=[
            alt.Tooltip("variant:N", title=" "),
            alt.Tooltip("value:O", title=value_title),
            alt.Tooltip(f"{measure}:Q", title="=", format=".3~g"),
        ],
    )
    dashes = alt.Scale(domain=domain, range=[[1, 0], [6, 3]])
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=alt.StrokeDash("variant:N", scale=dashes, legend=None))
    shapes = alt.Scale(domain=domain, range=["circle", "square"])
    points = base.mark_point(size=45, filled=True, opacity=1).encode(
        shape=alt.Shape("variant:N", scale=shapes, legend=None)
    )
    # Two lines that end in one place keep their names apart: A's stands higher.
    names = [
        base.transform_filter(f"datum.last && datum.variant == '{name}'")
        .mark_text(align="left", dx=8, dy=dy, fontWeight="bold", fontSize=13, tooltip=None)
        .encode(text="variant:N")
        for name, dy in zip(VARIANTS, (-6, 6), strict=True)
    ]
    title = alt.TitleParams(measure_title, anchor="start", fontSize=13)
    return built(alt.layer(lines, points, *names).properties(title=title))
