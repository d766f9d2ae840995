"""Where a contender is right: accuracy by distance, position or length; how it trains: gradient norms and speed."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.races.contenders import QUIET, color, dash, legend_height, name_expression, shape, styles
from attnlab.charts.theme import ROW_HEIGHT, built
from attnlab.engine import SpecError

SCORES_DATASET = "scores"
SPEEDS_DATASET = "speeds"
HEIGHT = 260  # without the rows of the legend
PLACES = ("distance", "position", "length", "noise")


@functools.lru_cache(maxsize=64)
def scores_by(
    contenders: tuple[str, ...], place: str, place_title: str, score_title: str, legend_title: str = ""
) -> dict[str, Any]:
    """Lines with points: the share of right answers at each distance, position, length or strength of noise.

    Dataset `scores`: contender, distance (or position, length, noise), accuracy (0 to 1), and chance, drawn as a rule;
    the count of answers that it is of; and, where they are known, low and high, between which the true share lies.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        place: the horizontal field: "distance", "position", "length" or "noise".
        place_title: label of the horizontal axis.
        score_title: label of the vertical axis.
        legend_title: title of the legend; none if empty.

    Raises:
        SpecError: unknown contenders or place.
    """
    if place not in PLACES:
        raise SpecError(
            "place", "choice", f"place ({place!r:.40}) must be one of {', '.join(PLACES)}", got=place, choices=PLACES
        )
    ticks = alt.Axis(tickCount=4) if place == "noise" else alt.Axis(tickMinStep=1)
    across = alt.X(f"{place}:Q", title=place_title, axis=ticks, scale=alt.Scale(zero=False))
    up = alt.Y("accuracy:Q", title=score_title, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    rows = alt.Chart(alt.NamedData(SCORES_DATASET))
    told = [*_tooltip("accuracy", ".1%", place, place_title), alt.Tooltip("count:Q", title="n", format=",")]
    base = rows.encode(x=across, y=up, color=color(contenders, legend_title, "points"), tooltip=told)
    spread = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1, strokeOpacity=0.5)
        .encode(y=alt.Y("low:Q", title=score_title), y2="high:Q")
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dash(contenders, legend_title, "points"))
    points = base.mark_point(size=45, filled=True).encode(shape=shape(contenders, legend_title))
    chance = rows.mark_rule(color=QUIET, strokeDash=[2, 3]).encode(y="max(chance):Q")
    chart = _named(contenders, chance + spread + lines + points)
    return built(chart.properties(height=HEIGHT + legend_height(contenders), width="container"))


@functools.lru_cache(maxsize=64)
def gradient_norms(
    contenders: tuple[str, ...], step_title: str, norm_title: str, legend_title: str = ""
) -> dict[str, Any]:
    """Gradient norm before clipping, by step, on a logarithmic axis.

    Dataset `curves`, the one of the learning curves: contender, step, grad_norm. A norm of 0 is left out.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        step_title: label of the horizontal axis.
        norm_title: label of the vertical axis.
        legend_title: title of the legend; none if empty.

    Raises:
        SpecError: unknown contenders.
    """
    chart = (
        alt.Chart(alt.NamedData("curves"))
        .transform_filter("datum.grad_norm > 0")
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("step:Q", title=step_title, scale=alt.Scale(nice=False)),
            y=alt.Y("grad_norm:Q", title=norm_title, scale=alt.Scale(type="log")),
            color=color(contenders, legend_title),
            strokeDash=dash(contenders, legend_title),
            tooltip=_tooltip("grad_norm", ".3~g", "step", step_title),
        )
    )
    return built(_named(contenders, chart).properties(height=HEIGHT + legend_height(contenders), width="container"))


@functools.lru_cache(maxsize=64)
def tokens_per_second(contenders: tuple[str, ...], speed_title: str) -> dict[str, Any]:
    """Bars of training speed, one a contender, in the order given.

    Dataset `speeds`: contender, tokens_per_s.

    Args:
        contenders: keys of those that may be in the rows, from top to bottom.
        speed_title: label of the horizontal axis.

    Raises:
        SpecError: unknown contenders.
    """
    names = alt.Axis(title=None, labelExpr=name_expression(contenders, "datum.label"))
    looks = styles(contenders)
    colors = alt.Scale(domain=list(contenders), range=[looks[key].color for key in contenders])
    base = alt.Chart(alt.NamedData(SPEEDS_DATASET)).encode(
        y=alt.Y("contender:N", sort=list(contenders), axis=names),
        x=alt.X("tokens_per_s:Q", title=speed_title, axis=alt.Axis(format="~s"), scale=alt.Scale(zero=True)),
        color=alt.Color("contender:N", scale=colors, legend=None),  # the bars are labelled already
        tooltip=_tooltip("tokens_per_s", ".3~s"),
    )
    return built(_named(contenders, base.mark_bar()).properties(height=alt.Step(ROW_HEIGHT), width="container"))


def _named(contenders: tuple[str, ...], chart: Any) -> Any:
    """With the field `contender_name`, which a tooltip shows in place of the key."""
    return chart.transform_calculate(contender_name=name_expression(contenders, "datum.contender"))


def _tooltip(value: str, number_format: str, place: str = "", place_title: str = "") -> list[alt.Tooltip]:
    """Who, where (unless there is no place) and how much."""
    who = alt.Tooltip("contender_name:N", title=" ")
    where = [alt.Tooltip(f"{place}:Q", title=place_title, format="~g")] if place else []
    return [who, *where, alt.Tooltip(f"{value}:Q", title="=", format=number_format)]
