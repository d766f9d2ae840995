"""Costs on logarithmic axes: points as measured, the powers fitted to them, and where two curves meet."""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, STYLES, SYMBOLS, Style
from attnlab.charts.theme import built

COSTS_DATASET, FITS_DATASET, MEETINGS_DATASET = "costs", "fits", "meetings"
HEIGHT = 640  # axes, legend and all: eight lines of it stand above the curves
LOOKS: Mapping[str, Style] = MappingProxyType(
    {
        "traced": STYLES["bag_of_words"],
        "torch": STYLES["lstm_attention"],
        "fused": STYLES["transformer"],
        "window": STYLES["window_attention"],
        "linear": STYLES["linear_attention"],
        "lstm": STYLES["lstm"],
        "gru": STYLES["gru"],
        "convolution": STYLES["tcn"],
    }
)
"""By mechanism: those that race look as they do there."""


@functools.lru_cache(maxsize=64)
def cost_curves(
    mechanisms: tuple[str, ...],
    labels: tuple[str, ...],
    values: tuple[int, ...],
    value_title: str,
    cost_title: str,
    legend_title: str = "",
    cost_format: str = "~g",
    fits: bool = True,
    meetings: bool = True,
) -> dict[str, Any]:
    """A line with points for each mechanism, both axes logarithmic.

    Dataset `costs`: label, value, cost, and told (the cost as text, for the tooltip). Dataset `fits`: label, value,
    cost, the two ends of each fitted power. Dataset `meetings`: value, where two curves meet for good.

    Args:
        mechanisms: keys of `LOOKS`, in the order of the legend.
        labels: what each is called in the legend, all different.
        values: what the horizontal axis is marked at.
        value_title: label of the horizontal axis.
        cost_title: label of the vertical axis.
        legend_title: above the legend; none if empty.
        cost_format: of the ticks of the vertical axis, as D3 writes numbers.
        fits: whether there are rows of that dataset: an empty one has no extent, and the browser warns of it.
        meetings: whether there are rows of that one.

    Raises:
        KeyError: a mechanism that there is not.
        ValueError: another number of labels, or labels that are alike.
    """
    if len(set(labels)) != len(mechanisms) or len(labels) != len(mechanisms):
        raise ValueError(f"labels ({len(labels)}) must be as many as mechanisms ({len(mechanisms)}), all different")
    looks = [LOOKS[name] for name in mechanisms]
    across = alt.X(
        "value:Q",
        title=value_title,
        scale=alt.Scale(type="log", base=2, nice=False),
        axis=alt.Axis(values=list(values), format=",d", labelOverlap=True, gridOpacity=0.4),
    )
    up = alt.Y(
        "cost:Q",
        title=cost_title,
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(format=cost_format, tickCount=6, gridOpacity=0.4),
    )
    told = [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("value:Q", title=value_title, format=",d"),
        alt.Tooltip("told:N", title=cost_title),
    ]
    color = alt.Color("label:N", scale=_scale(labels, looks, "color"), legend=_legend(legend_title))
    shape = alt.Shape("label:N", scale=_scale(labels, looks, "shape"), legend=_legend(legend_title))
    base = alt.Chart(alt.NamedData(COSTS_DATASET)).encode(x=across, y=up, color=color, tooltip=told)
    lines = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("label:N", scale=_scale(labels, looks, "dash"), legend=_legend(legend_title))
    )
    points = base.mark_point(size=45, filled=True, opacity=1).encode(shape=shape)
    powers = (
        alt.Chart(alt.NamedData(FITS_DATASET))
        .mark_line(strokeWidth=6, strokeOpacity=0.22, strokeCap="round")
        .encode(x=across, y=up, color=color)
    )
    met = alt.Chart(alt.NamedData(MEETINGS_DATASET)).mark_rule(color=QUIET, strokeDash=[2, 3]).encode(x=across)
    chart = alt.layer(*([met] if meetings else []), *([powers] if fits else []), lines, points).properties(
        height=HEIGHT, width="container"
    )
    return built(chart)


def _scale(labels: tuple[str, ...], looks: list[Style], part: str) -> alt.Scale:
    return alt.Scale(domain=list(labels), range=[getattr(look, part) for look in looks])


def _legend(title: str) -> alt.Legend:
    return alt.Legend(
        title=title or None,
        orient="top",
        columns=1,
        labelLimit=0,
        rowPadding=1,
        **SYMBOLS["points"],
    )
