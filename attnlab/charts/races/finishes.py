"""What contenders of a race end with, over many seeds."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, color
from attnlab.charts.theme import ROW_HEIGHT, built

FINISHES_DATASET = "finishes"


@functools.lru_cache(maxsize=64)
def finishes(contenders: tuple[str, ...], score_title: str, titles: tuple[str, str, str, str]) -> dict[str, Any]:
    """A bar for each contender and tested length: the median, with a line from the lowest to the highest seed.

    Dataset `finishes`: contender, name (as shown, with the tested length), median, low, high, and place, its order.

    Args:
        contenders: keys of those that may be in the rows.
        score_title: label of the axis.
        titles: what the tooltip calls name, median, low and high.

    Raises:
        SpecError: unknown contenders.
    """
    along = alt.X("median:Q", title=score_title, scale=alt.Scale(zero=True))
    down = alt.Y("name:N", title=None, sort=alt.EncodingSortField("place"), axis=alt.Axis(labelLimit=240))
    told = [alt.Tooltip("name:N", title=titles[0])]
    numbers = zip(("median", "low", "high"), titles[1:], strict=True)
    told += [alt.Tooltip(f"{field}:Q", title=title, format=".4f") for field, title in numbers]
    base = alt.Chart(alt.NamedData(FINISHES_DATASET)).encode(x=along, y=down, tooltip=told)
    bars = base.mark_bar().encode(color=color(contenders, "").legend(None))
    spread = base.mark_rule(strokeWidth=2, color=QUIET).encode(x=alt.X("low:Q", title=score_title), x2="high:Q")
    return built((bars + spread).properties(height=alt.Step(ROW_HEIGHT), width="container"))
