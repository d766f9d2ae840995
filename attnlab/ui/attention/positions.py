"""What positions do, as a picture of their own: the table or bias itself, its curves, and which positions are alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from torch import Tensor

from attnlab.charts.positions import (
    CURVES_DATASET,
    HEIGHT,
    MATRIX_DATASET,
    MOST_CURVES,
    curve_among,
    curve_rows,
    matrix_rows,
    named_curves,
    signed_matrix,
)
from attnlab.engine import LayerTrace
from attnlab.engine.choices.positions import bias_by_distance, position_similarity, rotary_similarity, shaw_table


def positions_view(trace: LayerTrace, words: Mapping[str, Any], head: int = 0) -> None:
    """A drawer with the picture of the positions that a layer has, made only while somebody looks.

    Args:
        trace: what is shown.
        words: the prose of positions.
        head: whose bias is shown as a matrix, from 0.
    """
    drawer = st.expander(words["drawer"], key="positions_drawer", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        kind = trace.spec.positions
        st.caption(words["lines"][kind])
        if kind in {"sinusoidal", "learned"}:
            _table(trace, words)
        elif kind == "rope":
            _rotary(trace, words)
        elif kind in {"alibi", "t5"}:
            _bias(trace, head, words)
        elif kind == "shaw":
            _shaw(trace, head, words)


def _table(trace: LayerTrace, words: Mapping[str, Any]) -> None:
    """Vectors that are added to the tokens."""
    table = trace.position_embedding
    titles, where = words["titles"], range(len(table))
    left, right = st.columns(2)
    with left:
        _matrix(table, where, range(table.shape[1]), (titles["table"], "position", "dimension"), words)
    with right:
        similar = position_similarity(table)
        _matrix(similar, where, where, (titles["similarity"], "position", "position"), words)
    _curves(table.T, where, (titles["curves"], "position", "dimension"), words)


def _rotary(trace: LayerTrace, words: Mapping[str, Any]) -> None:
    """Angles by which queries and keys are turned."""
    angles = trace.angles
    if angles is None or not angles.shape[1]:
        st.caption(words["no_pairs"])
        return
    titles, where = words["titles"], range(len(angles))
    left, right = st.columns(2)
    with left:
        _matrix(angles.cos(), where, range(angles.shape[1]), (titles["cosines"], "position", "pair"), words)
    with right:
        similar = rotary_similarity(angles)
        _matrix(similar, where, where, (titles["turned_similarity"], "query", "key"), words)
    _curves(angles.cos().T, where, (titles["turns"], "position", "pair"), words)


def _bias(trace: LayerTrace, head: int, words: Mapping[str, Any]) -> None:
    """Numbers that are added to the scores: one head's as a matrix, all heads' by distance."""
    bias, titles = trace.position_bias, words["titles"]
    length = trace.spec.seq_len
    st.caption(words["head"].format(number=head + 1))
    left, right = st.columns(2)
    with left:
        _matrix(bias[head], range(length), range(length), (titles["bias"], "query", "key"), words)
    with right:
        numbers = range(1, len(bias) + 1)
        rows = curve_rows(bias_by_distance(bias), numbers, range(1 - length, length), head + 1)
        axes = words["axes"]
        spec = curve_among(titles["by_distance"], axes["distance"], axes["head"])
        _chart(spec, CURVES_DATASET, rows, titles["by_distance"])


def _shaw(trace: LayerTrace, head: int, words: Mapping[str, Any]) -> None:
    """Vectors by distance that meet the query, and what comes of that in one head."""
    table = shaw_table(trace.spec.key_width, seed=trace.spec.seed)
    titles, length, reach = words["titles"], trace.spec.seq_len, len(table) // 2
    distances = range(-reach, reach + 1)
    st.caption(words["head"].format(number=head + 1))
    left, right = st.columns(2)
    with left:
        _matrix(table, distances, range(table.shape[1]), (titles["vectors"], "distance", "dimension"), words)
    with right:
        bias = trace.position_bias[head]
        _matrix(bias, range(length), range(length), (titles["shaw_bias"], "query", "key"), words)
        if not bias.any():
            st.caption(words["zeros"])
    _curves(table.T, distances, (titles["vector_curves"], "distance", "dimension"), words)


def _matrix(
    matrix: Tensor, rows: Sequence[int], columns: Sequence[int], named: tuple[str, str, str], words: Mapping[str, Any]
) -> None:
    title, row, column = named
    axes = words["axes"]
    spec = signed_matrix(title, axes[row], axes[column], axes["value"])
    _chart(spec, MATRIX_DATASET, matrix_rows(matrix.nan_to_num(), rows, columns), title)


def _curves(curves: Tensor, x: Sequence[int], named: tuple[str, str, str], words: Mapping[str, Any]) -> None:
    """The curves that the user chose among all; at first a few from fast to slow."""
    title, x_name, name = named
    axes, count = words["axes"], len(curves)
    chosen = st.multiselect(
        words["choose"][name],
        range(count),
        default=first_curves(count),
        max_selections=MOST_CURVES,
        placeholder=words["choose"][name],
        key=f"position_curves_{name}_{count}",  # numbers chosen of 64 dimensions are no choice among 8
        help=words["choose_help"].format(most=MOST_CURVES),
    )
    spec = named_curves(tuple(sorted(chosen)), title, axes[x_name], axes[name])
    _chart(spec, CURVES_DATASET, curve_rows(curves[sorted(chosen)].nan_to_num(), sorted(chosen), x), title)


def first_curves(count: int) -> list[int]:
    """Up to four of the numbers below count, each twice as far in: later dimensions of a table hardly move."""
    return sorted({0, count // 8, count // 4, count // 2})


def _chart(spec: dict[str, Any], name: str, rows: bytes, title: str) -> None:
    st.vega_lite_chart(spec | {"datasets": {name: rows}}, height=HEIGHT, alt=title)
