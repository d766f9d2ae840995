"""How races ended that were trained before: empty axes of the length of the next one, with what it may come to."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, color, shape
from attnlab.charts.races.curves import FLOORS_DATASET, HEIGHT, metric_scale
from attnlab.charts.theme import built

ENDS_DATASET = "ends"


@functools.lru_cache(maxsize=64)
def earlier_ends(
    contenders: tuple[str, ...], steps: int, step_title: str, metric_title: str, is_share: bool
) -> dict[str, Any]:
    """A mark for each seed at its last step, and the floors.

    Datasets, each a list of rows:
        ends: contender, step, metric.
        floors: name, metric; None where a floor has no such number.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        steps: of the race that comes.
        step_title: label of the horizontal axis.
        metric_title: label of the other one.
        is_share: whether the metric lies between 0 and 1.
    """
    across = alt.X("step:Q", title=step_title, scale=alt.Scale(domain=[0, steps], nice=False))
    up = alt.Y("metric:Q", title=metric_title, scale=metric_scale(is_share))
    floors = alt.Chart(alt.NamedData(FLOORS_DATASET)).transform_filter("isValid(datum.metric)").encode(y=up)
    named = floors.mark_text(align="left", baseline="bottom", dx=3, dy=-2, color=QUIET).encode(
        x=alt.value(0), text="name:N"
    )
    ends = (
        alt.Chart(alt.NamedData(ENDS_DATASET))
        .mark_point(size=70, filled=True, opacity=0.45, clip=False)
        .encode(x=across, y=up, color=color(contenders, "", "points"), shape=shape(contenders, ""))
    )
    chart = alt.layer(floors.mark_rule(color=QUIET, strokeDash=[2, 3]), named, ends)
    return built(chart.properties(height=HEIGHT["metric"] + HEIGHT["loss"]))
