"""What positions do, as charts: a matrix with a sign, and curves over position or distance."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import pyarrow as pa
from torch import Tensor

from attnlab.charts.races.contenders import QUIET
from attnlab.charts.theme import BAR, MARK, built

MATRIX_DATASET, CURVES_DATASET = "matrix", "curves"
COLORS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#a67c00", "#7a6fd0")  # Okabe and Ito, the pale ones darkened
DASHES = ([1, 0], [8, 3], [4, 2], [2, 2], [8, 3, 2, 3], [12, 2, 2, 2])
MOST_CURVES = len(COLORS)
HEIGHT = 330


@functools.lru_cache(maxsize=32)
def signed_matrix(title: str, row_title: str, column_title: str, value_title: str) -> dict[str, Any]:
    """Cells whose hue is the sign and whose strength is the size, so that zero is the ground of any theme.

    The dataset has the columns `row`, `column`, `value`, and `strength` (0 to 1), as `matrix_rows` makes them.

    Args:
        title: title of the chart.
        row_title: label of the rows.
        column_title: label of the columns.
        value_title: name of a value, for the tooltip.
    """
    axis = alt.Axis(labelOverlap=True, labelAngle=0, ticks=False, domain=False, grid=False)
    no_gap = alt.Scale(paddingInner=0, paddingOuter=0)
    strength = alt.Scale(domain=[0, 1], range=[0, 1])
    chart = (
        alt.Chart(alt.NamedData(MATRIX_DATASET))
        .mark_rect()
        .encode(
            x=alt.X("column:O", title=column_title, axis=axis, scale=no_gap),
            y=alt.Y("row:O", title=row_title, axis=axis, scale=no_gap),
            color=alt.condition(alt.datum.value < 0, alt.value(BAR), alt.value(MARK)),
            fillOpacity=alt.FillOpacity("strength:Q", scale=strength, legend=None),
            tooltip=[
                alt.Tooltip("row:O", title=row_title),
                alt.Tooltip("column:O", title=column_title),
                alt.Tooltip("value:Q", title=value_title, format=".3~f"),
            ],
        )
    )
    return _spec(chart, title)


@functools.lru_cache(maxsize=64)
def named_curves(names: tuple[int, ...], title: str, x_title: str, name_title: str) -> dict[str, Any]:
    """A few curves, told apart by colour and by dash.

    The dataset has the columns `x`, `name` and `y`, as `curve_rows` makes them.

    Args:
        names: numbers of the curves, at most `MOST_CURVES`.
        title: title of the chart.
        x_title: label of what they run over.
        name_title: title of the legend.

    Raises:
        ValueError: more curves than there are colours.
    """
    if len(names) > MOST_CURVES:
        raise ValueError(f"names ({len(names)}) must be at most {MOST_CURVES}")
    legend = alt.Legend(title=name_title, orient="bottom", columns=MOST_CURVES, symbolType="stroke", symbolSize=300)
    colors = alt.Scale(domain=list(names), range=list(COLORS[: len(names)]))
    dashes = alt.Scale(domain=list(names), range=list(DASHES[: len(names)]))
    chart = _curves(x_title, name_title).encode(
        color=alt.Color("name:N", scale=colors, legend=legend),
        strokeDash=alt.StrokeDash("name:N", scale=dashes, legend=legend),
    )
    return _spec(chart.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=10)), title)


@functools.lru_cache(maxsize=32)
def curve_among(title: str, x_title: str, name_title: str) -> dict[str, Any]:
    """One curve that stands out among many quiet ones.

    The dataset has the columns `x`, `name`, `y` and `chosen` (true for the one), as `curve_rows` makes them.

    Args:
        title: title of the chart.
        x_title: label of what they run over.
        name_title: name of a curve, for the tooltip.
    """
    base = _curves(x_title, name_title).encode(detail="name:N")
    quiet = base.transform_filter("!datum.chosen").mark_line(color=QUIET, strokeWidth=1.2, opacity=0.7)
    loud = base.transform_filter("datum.chosen").mark_line(
        color=MARK, strokeWidth=3, point=alt.OverlayMarkDef(size=28, color=MARK)
    )
    return _spec(quiet + loud, title)


def matrix_rows(matrix: Tensor, rows: Iterable[int], columns: Iterable[int]) -> bytes:
    """The dataset of `signed_matrix`, as Arrow: half the bytes of JSON, and no number written out.

    Args:
        matrix: (rows, columns), finite.
        rows: number of each row.
        columns: number of each column.
    """
    values = matrix.detach().double().cpu().flatten()
    most = float(values.abs().max()) if len(values) else 0.0
    cells = [(row, column) for row in rows for column in list(columns)]
    return _arrow(
        {
            "row": pa.array([row for row, _ in cells], pa.int32()),
            "column": pa.array([column for _, column in cells], pa.int32()),
            "value": pa.array(values.tolist(), pa.float64()),
            "strength": pa.array((values.abs() / (most or 1.0)).tolist(), pa.float64()),
        }
    )


def curve_rows(curves: Tensor, names: Sequence[int], x: Sequence[int], chosen: int | None = None) -> bytes:
    """The dataset of `named_curves` and `curve_among`, as Arrow.

    Args:
        curves: (names, x), finite.
        names: number of each curve.
        x: where each value stands.
        chosen: number of the curve that stands out.
    """
    values = curves.detach().double().cpu().flatten().tolist()
    places = [(name, at) for name in names for at in x]
    return _arrow(
        {
            "x": pa.array([at for _, at in places], pa.int32()),
            "name": pa.array([name for name, _ in places], pa.int32()),
            "y": pa.array(values, pa.float64()),
            "chosen": pa.array([name == chosen for name, _ in places], pa.bool_()),
        }
    )


def _curves(x_title: str, name_title: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(CURVES_DATASET)).encode(
        x=alt.X("x:Q", title=x_title, axis=alt.Axis(tickMinStep=1, format="d"), scale=alt.Scale(nice=False)),
        y=alt.Y("y:Q", title=None, axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip("name:O", title=name_title),
            alt.Tooltip("x:Q", title=x_title),
            alt.Tooltip("y:Q", title="=", format=".3~f"),
        ],
    )


def _spec(chart: alt.Chart | alt.LayerChart, title: str) -> dict[str, Any]:
    return built(
        chart.properties(
            title=alt.TitleParams(title, anchor="start", fontSize=13),
            # However many cells there are, one renderer: passing a count of marks must not build the chart anew.
            usermeta={"embedOptions": {"renderer": "canvas"}},
        )
    )


def _arrow(columns: dict[str, pa.Array]) -> bytes:
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
