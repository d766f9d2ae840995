"""Learning curves of all contenders, with one crosshair over all of them."""

import functools
from typing import Any, Literal, get_args

import altair as alt

from attnlab.charts.races.contenders import QUIET, color, dash, name_expression
from attnlab.charts.races.curve_rows import UNSEEN
from attnlab.charts.theme import built
from attnlab.engine import SpecError

CURVES_DATASET = "curves"
FLOORS_DATASET = "floors"
MARKS_DATASET = "marks"
CURSOR_DATASET = "cursor"

XName = Literal["step", "examples", "seconds"]
HEIGHT = {"metric": 230, "loss": 130}
"""Pixels of a panel: how good they are is what is looked at."""
POINTER = "pointer"
_ANY = alt.Scale(zero=False)
PANELS = ("metric", "loss")
LINE_HEIGHT = 14  # of the crosshair's values


@functools.lru_cache(maxsize=64)
def learning_curves(
    contenders: tuple[str, ...],
    x: XName,
    x_title: str,
    loss_title: str,
    metric_title: str,
    legend_title: str = "",
    log_loss: bool = False,
    most: float | None = None,
    is_share: bool = False,
) -> dict[str, Any]:
    """Metric above loss along the same axis.

    Datasets, each a list of rows (see `thinned`, `drawable` and `cursor_rows`):
        curves: contender, `x`, loss, metric; also `run` (lines of several runs stay apart) and `faded` (True = pale).
        floors: name, loss, metric, None where a floor has no such number; where names stand, as `beside` says.
        marks: contender, `x`, label: a change of learning rate, drawn as a vertical rule.
        cursor: what `cursor_rows` gives for `x`, and an `unseen_row`.

    Args:
        contenders: keys of those that may be in the rows, in the order of the legend.
        x: field of the horizontal axis.
        x_title: label of the horizontal axis.
        loss_title: label of the loss axis.
        metric_title: label of the metric axis.
        legend_title: title of the legend; none if empty.
        log_loss: logarithmic loss axis; losses of 0 and below are left out.
        most: where the horizontal axis ends, however far the race has come; where the rows do if None.
        is_share: whether the metric lies between 0 and 1.

    Raises:
        SpecError: unknown contenders or x.
    """
    if x not in get_args(XName):
        raise SpecError(
            "x", "choice", f"x ({x!r:.40}) must be one of {', '.join(get_args(XName))}", got=x, choices=get_args(XName)
        )
    far = alt.Scale(nice=False, zero=True) if most is None else alt.Scale(nice=False, domain=[0, most])
    across = alt.X(f"{x}:Q", title=x_title, scale=far)
    panels = [
        _panel(contenders, across, "metric", metric_title, legend_title, metric_scale(is_share)),
        _panel(contenders, across, "loss", loss_title, legend_title, alt.Scale(type="log") if log_loss else _ANY),
    ]
    # With width="stretch", with which st.vega_lite_chart sets each panel's width, this fills the page and no more.
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    chart = alt.vconcat(*panels, spacing=8, autosize=fit, params=[_pointer(x)])
    return built(chart)


def _pointer(x: str) -> alt.TopLevelSelectionParameter:
    """One selection for both panels: where the pointer is in one, the rule stands in both."""
    nearest = alt.PointSelectionConfig(
        type="point", fields=[x], nearest=True, on="pointermove", clear="pointerout", toggle=False
    )
    views = [f"{_stops(name)}_{panel}" for panel, name in enumerate(PANELS)]  # Altair adds the number of the panel
    return alt.TopLevelSelectionParameter(name=POINTER, select=nearest, views=views)


def metric_scale(is_share: bool) -> alt.Scale:
    """The axis of a metric: a share has all of its own from the start, so that no curve moves when another comes."""
    return alt.Scale(domain=[0, 1]) if is_share else _ANY


def _stops(measure: str) -> str:
    return f"{measure}_stops"


def _panel(
    contenders: tuple[str, ...],
    across: alt.X,
    measure: str,
    title: str,
    legend_title: str,
    scale: alt.Scale,
) -> Any:
    log = scale is not _ANY and measure == "loss"
    up = alt.Y(f"{measure}:Q", title=title, scale=scale)
    who = color(contenders, legend_title)

    def rows(dataset: str) -> alt.Chart:
        source = alt.Chart(alt.NamedData(dataset))
        return source.transform_filter(f"datum.{measure} > 0") if log and dataset != MARKS_DATASET else source

    # Losses and metrics are measured at different steps: a row without this measure is no gap in its line.
    lines = (
        rows(CURVES_DATASET)
        .transform_filter(f"isValid(datum.{measure})")
        .mark_line(strokeWidth=2, interpolate="linear")
        .encode(
            x=across,
            y=up,
            color=who,
            strokeDash=dash(contenders, legend_title),
            detail="run:N",
            opacity=alt.condition("datum.faded", alt.value(0.35), alt.value(1.0)),
        )
    )
    floors = rows(FLOORS_DATASET).transform_filter(f"isValid(datum.{measure})").encode(y=up)
    inward = alt.ExprRef(f"-3 - datum.{measure}_shift")
    named = floors.mark_text(align="right", baseline="bottom", dx=inward, dy=-2, color=QUIET).encode(
        x=alt.value("width"), text="name:N"
    )
    changes = alt.Chart(alt.NamedData(MARKS_DATASET)).encode(x=across, color=who)
    label = changes.mark_text(align="left", baseline="top", dx=3).encode(y=alt.value(0), text="label:N")
    layers = (
        floors.mark_rule(color=QUIET, strokeDash=[2, 3]),
        named,
        changes.mark_rule(strokeDash=[1, 3]),
        label,
        lines,
        *_crosshair(rows(CURSOR_DATASET), contenders, across, up, who, measure),
    )
    return alt.layer(*layers).properties(height=HEIGHT[measure])


def _crosshair(
    rows: alt.Chart,
    contenders: tuple[str, ...],
    across: alt.X,
    up: alt.Y,
    who: alt.Color,
    measure: str,
) -> tuple[alt.Chart, ...]:
    stops = rows.transform_filter("datum.ruler").encode(x=across)
    # Invisible, but what the pointer snaps to; the nearest stop is a matter of x, so all stand at one height.
    targets = stops.mark_point(opacity=0, size=1, tooltip=None).encode(y=alt.value(0)).properties(name=_stops(measure))
    pointed: Any = {"param": POINTER, "empty": False}
    unseen = f"datum.place == {UNSEEN}"
    shown: Any = {"or": [pointed, unseen]}
    chosen = rows.transform_filter(shown).encode(x=across, color=who)
    rule = stops.transform_filter(pointed).mark_rule(color=QUIET)
    points = chosen.mark_circle(size=45).encode(y=up, opacity=alt.condition(unseen, alt.value(0), alt.value(1)))
    # The values stand in a list beside the rule, where equal ones do not cover each other: at the top right of a
    # falling loss, at the bottom right of a rising metric, and left of the rule in the right half.
    line = f"{LINE_HEIGHT} * datum.place"
    place = f"8 + {line}" if measure == "loss" else f"{HEIGHT[measure] - 8} - {line}"
    right = "datum.right"
    values = (
        chosen.transform_calculate(
            shown=f"{name_expression(contenders, 'datum.contender')} + ' ' + format(datum.{measure}, '.3~g')"
        )
        .transform_filter(f"isValid(datum.{measure}) && !({unseen})")
        .mark_text(
            align=alt.ExprRef(f"{right} ? 'right' : 'left'"),
            dx=alt.ExprRef(f"{right} ? -6 : 6"),
            fontWeight="bold",
        )
        .encode(y=alt.value(alt.ExprRef(place)), text="shown:N")
    )
    return targets, rule, points, values
