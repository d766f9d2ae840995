"""The charts of positions: valid, without data of their own, readable on any ground; and their rows."""

import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import altair as alt
import pyarrow as pa
import pytest
import torch

from attnlab.charts.positions import (
    COLORS,
    DASHES,
    MOST_CURVES,
    curve_among,
    curve_rows,
    matrix_rows,
    named_curves,
    signed_matrix,
)

CHARTS: dict[str, tuple[Callable[[], dict[str, Any]], bytes]] = {
    "matrix": (
        lambda: signed_matrix("title", "query", "key", "value"),
        matrix_rows(torch.ones(2, 3), [0, 1], range(3)),
    ),
    "named": (
        lambda: named_curves((0, 7), "title", "position", "dimension"),
        curve_rows(torch.ones(1, 2), [0], [3, 5]),
    ),
    "among": (lambda: curve_among("title", "distance", "head"), curve_rows(torch.ones(1, 2), [0], [3, 5], 0)),
    "none": (lambda: named_curves((), "title", "position", "dimension"), curve_rows(torch.ones(0, 2), [], [3, 5])),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


def read(rows: bytes) -> list[dict[str, Any]]:
    return list(pa.ipc.open_stream(rows).read_all().to_pylist())


def fields(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["field"]] if isinstance(part.get("field"), str) else [])
        for child in part.values():
            yield from fields(child)
    elif isinstance(part, list):
        for child in part:
            yield from fields(child)


@every_chart
def test_a_specification_is_valid_built_once_and_holds_no_data(name: str) -> None:
    spec = CHARTS[name][0]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alt.Chart.from_dict(spec, validate=True)
    assert CHARTS[name][0]() is spec
    assert '"values"' not in json.dumps(spec)
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"  # passing 2,000 marks must not build it anew


@every_chart
def test_a_specification_asks_for_the_columns_that_its_rows_have(name: str) -> None:
    make, rows = CHARTS[name]
    asked = set(fields(make()))
    assert asked
    assert asked <= set(pa.ipc.open_stream(rows).read_all().column_names)


def test_a_matrix_is_told_cell_by_cell_with_its_strength_of_the_largest() -> None:
    rows = read(matrix_rows(torch.tensor([[0.0, -4.0, 1.0], [2.0, 0.0, 3.0]]), [7, 8], [-1, 0, 1]))
    assert [(row["row"], row["column"], row["value"], row["strength"]) for row in rows] == [
        (7, -1, 0.0, 0.0),
        (7, 0, -4.0, 1.0),
        (7, 1, 1.0, 0.25),
        (8, -1, 2.0, 0.5),
        (8, 0, 0.0, 0.0),
        (8, 1, 3.0, 0.75),
    ]


def test_a_matrix_of_zeros_has_no_strength() -> None:
    assert {row["strength"] for row in read(matrix_rows(torch.zeros(2, 3), range(2), range(3)))} == {0.0}
    assert read(matrix_rows(torch.zeros(0, 3), [], range(3))) == []


def test_curves_are_told_point_by_point() -> None:
    rows = read(curve_rows(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), [3, 9], [-1, 0, 1], chosen=9))
    assert [(row["name"], row["x"], row["y"], row["chosen"]) for row in rows] == [
        (3, -1, 1.0, False),
        (3, 0, 2.0, False),
        (3, 1, 3.0, False),
        (9, -1, 4.0, True),
        (9, 0, 5.0, True),
        (9, 1, 6.0, True),
    ]


def test_curves_differ_in_colour_and_in_dash() -> None:
    assert len(set(COLORS)) == len({tuple(dash) for dash in DASHES}) == MOST_CURVES


def test_more_curves_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match=r"names \(7\) must be at most 6"):
        named_curves(tuple(range(7)), "title", "position", "dimension")
