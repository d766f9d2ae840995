"""Who is taken for whom: counts of verdicts, the right class down, the predicted one across."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET
from attnlab.charts.theme import SHARE, built

CONFUSION_DATASET = "confusion"
CELL = 46
SMALL_CELL = 14
MANY = 20
"""Classes above which cells are small, and tell their counts only to who points at them."""
RIGHT, WRONG = SHARE, "#b34a17"  # white reads on both
DENSE = 0.45
"""The share from which a cell is so dark that its number is white; below, the number is of the page."""


@functools.lru_cache(maxsize=32)
def confusion_matrix(num_classes: int, right_title: str, said_title: str) -> dict[str, Any]:
    """A cell for each pair of classes; its shade is the share of the right class, its number the count.

    Dataset `confusion`: right and said (class names), row and col (their numbers from 0), count, share (0 to 1).

    Args:
        num_classes: C, for the size.
        right_title: label of the rows.
        said_title: label of the columns.
    """
    names = alt.Axis(labelLimit=110, labelAngle=0 if num_classes <= 3 else -40)
    base = alt.Chart(alt.NamedData(CONFUSION_DATASET)).encode(
        x=alt.X("said:N", title=said_title, sort=alt.EncodingSortField("col"), axis=names),
        y=alt.Y("right:N", title=right_title, sort=alt.EncodingSortField("row"), axis=alt.Axis(labelLimit=110)),
        tooltip=[
            alt.Tooltip("right:N", title=right_title),
            alt.Tooltip("said:N", title=said_title),
            alt.Tooltip("count:Q", title="="),
        ],
    )
    hue = alt.condition("datum.row === datum.col", alt.value(RIGHT), alt.value(WRONG))
    shades = alt.Scale(domain=[0, DENSE, DENSE + 1e-6, 1], range=[0, 0.2, 0.75, 1])
    cells = base.mark_rect(stroke="#79818f", strokeOpacity=0.35).encode(
        color=hue, opacity=alt.Opacity("share:Q", scale=shades, legend=None)
    )
    ink = alt.condition(f"datum.share > {DENSE}", alt.value("#ffffff"), alt.value(QUIET))
    counts = base.mark_text(fontSize=14, fontWeight="bold").encode(text="count:Q", color=ink)
    many = num_classes > MANY
    drawn = cells if many else cells + counts
    chart = drawn.properties(height=alt.Step(SMALL_CELL if many else CELL), width="container")
    return built(chart)
