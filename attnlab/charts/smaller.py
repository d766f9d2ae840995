"""One score of a model as it becomes smaller, from the whole of it on the left to nothing on the right."""

import functools
from typing import Any, Literal

import altair as alt

from attnlab.charts.theme import BAR, built

SMALLER_DATASET = "smaller"
HEIGHT = 260


@functools.lru_cache(maxsize=16)
def score_by_size(by: Literal["heads", "bytes"], size_title: str, score_title: str) -> dict[str, Any]:
    """A line with points and the interval of each.

    Dataset `smaller`: size, exact (0 to 1), low and high, between which the true share lies, label (beside the point,
    empty for none) and told (what the point is).

    Args:
        by: heads, evenly; or bytes, by their logarithm.
        size_title: label of the horizontal axis.
        score_title: label of the vertical axis.
    """
    of_bytes = by == "bytes"
    axis = alt.Axis(format="~s" if of_bytes else "d", gridOpacity=0.4, labelOverlap=True)
    scale = alt.Scale(type="log", base=2, nice=False, reverse=True, padding=14) if of_bytes else alt.Scale(reverse=True)
    told = [
        alt.Tooltip("told:N", title=" "),
        alt.Tooltip("exact:Q", title=score_title, format=".1%"),
        alt.Tooltip("low:Q", title="≥", format=".1%"),
        alt.Tooltip("high:Q", title="≤", format=".1%"),
    ]
    base = alt.Chart(alt.NamedData(SMALLER_DATASET)).encode(
        x=alt.X("size:Q", title=size_title, axis=axis, scale=scale),
        y=alt.Y("exact:Q", title=score_title, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        tooltip=told,
    )
    spread = base.mark_rule(strokeWidth=1, strokeOpacity=0.5, color=BAR).encode(
        y=alt.Y("low:Q", title=score_title), y2="high:Q"
    )
    lines = base.mark_line(strokeWidth=2, color=BAR)
    points = base.mark_point(size=45, filled=True, opacity=1, color=BAR)
    names = base.mark_text(dy=16, fontWeight="bold", color=BAR, tooltip=None).encode(text="label:N")
    chart = (spread + lines + points + names).properties(height=HEIGHT, width="container")
    return built(chart)
