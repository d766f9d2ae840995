"""Charts of the blocks page: where an answer comes from, token by token, and what may be drawn next."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET
from attnlab.charts.theme import BAR, MARK, SHARE_BAR, built

SHARES_DATASET, NEXT_DATASET = "shares", "next"
MEASURE_COLORS = (BAR, MARK, "#009e73", "#a67c00")
BAR_HEIGHT = 8  # pixels; four of them are a token
NEXT_ROW = 20


@functools.lru_cache(maxsize=8)
def shares_by_token(
    measures: tuple[str, ...], token_title: str, measure_title: str, share_title: str
) -> dict[str, Any]:
    """For each token a bar for each measure: how much of an answer it says comes from there.

    The dataset has the columns `place` (order of the tokens), `token` (as shown, each once), `measure` and `share`.

    Args:
        measures: names of the measures, in the order of their bars.
        token_title: what a token is called where somebody points at a bar.
        measure_title: what a measure is called there.
        share_title: label of the horizontal axis.
    """
    names = list(measures)
    colors = alt.Scale(domain=names, range=list(MEASURE_COLORS[: len(names)]))
    chart = (
        alt.Chart(alt.NamedData(SHARES_DATASET))
        .mark_bar()
        .encode(
            y=alt.Y(
                "token:N", sort=alt.EncodingSortField("place", op="min"), title=None, axis=alt.Axis(labelLimit=110)
            ),
            yOffset=alt.YOffset("measure:N", sort=names),
            x=alt.X("share:Q", title=share_title, axis=alt.Axis(format="%", tickCount=4)),
            color=alt.Color("measure:N", scale=colors, legend=alt.Legend(title="", orient="top", columns=1)),
            tooltip=[
                alt.Tooltip("token:N", title=token_title),
                alt.Tooltip("measure:N", title=measure_title),
                alt.Tooltip("share:Q", title=share_title, format=".2%"),
            ],
        )
        .properties(height=alt.Step(BAR_HEIGHT, **{"for": "offset"}), width="container")
    )
    return built(chart)


@functools.lru_cache(maxsize=8)
def next_token_bars(kept: str, cut: str, before: str, token_title: str, share_title: str) -> dict[str, Any]:
    """What may be drawn next: a bar for each token's probability, and a tick where it stood before the cut.

    The dataset has the columns `place` (the most probable first), `token`, `state` (`kept` or `cut`), `final` and
    `before`.

    Args:
        kept: what a token that may be drawn is called.
        cut: what one that was cut off is called.
        before: what the tick is called.
        token_title: what a token is called where somebody points at a bar.
        share_title: label of the horizontal axis.
    """
    states = alt.Scale(domain=[kept, cut], range=[SHARE_BAR, QUIET])
    base = alt.Chart(alt.NamedData(NEXT_DATASET)).encode(
        y=alt.Y("token:N", sort=alt.EncodingSortField("place", op="min"), title=None, axis=alt.Axis(labelLimit=110)),
        tooltip=[
            alt.Tooltip("token:N", title=token_title),
            alt.Tooltip("state:N", title=" "),
            alt.Tooltip("before:Q", title=before, format=".2%"),
            alt.Tooltip("final:Q", title=share_title, format=".2%"),
        ],
    )
    across = alt.Axis(title=share_title, format="%", tickCount=5)
    bars = base.mark_bar().encode(
        x=alt.X("final:Q", axis=across),
        color=alt.Color("state:N", scale=states, legend=alt.Legend(title="", orient="top")),
    )
    ticks = base.mark_tick(color=MARK, thickness=3, size=NEXT_ROW * 0.7).encode(x="before:Q")
    return built((bars + ticks).properties(height=alt.Step(NEXT_ROW), width="container"))
