"""The picture of positions: shown only when asked for, each kind with its own numbers."""

import json
from typing import Any

import pyarrow as pa
import pytest
import torch
from streamlit.testing.v1 import AppTest

from attnlab.engine import AttentionSpec, LayerTrace, trace
from attnlab.engine.choices.positions import rotary_similarity
from attnlab.prose import page_prose
from attnlab.ui.attention.positions import first_curves

WORDS = page_prose("positions")
TITLES = WORDS["titles"]
CHARTS = {
    "none": [],
    "sinusoidal": ["table", "similarity", "curves"],
    "learned": ["table", "similarity", "curves"],
    "rope": ["cosines", "turned_similarity", "turns"],
    "alibi": ["bias", "by_distance"],
    "t5": ["bias", "by_distance"],
    "shaw": ["vectors", "shaw_bias", "vector_curves"],
}
TOKENS = tuple("abcdefg")


def _page(positions: str, is_open: bool, settings: dict[str, object]) -> None:
    import streamlit as st

    from attnlab.engine import AttentionSpec, trace
    from attnlab.prose import page_prose
    from attnlab.ui.attention.positions import positions_view

    if is_open:
        st.session_state.setdefault("positions_drawer", True)
    spec = AttentionSpec(tokens=tuple("abcdefg"), positions=positions, num_heads=4, **settings)  # type: ignore[arg-type]
    positions_view(trace(spec), page_prose("positions"), head=2)


def page(positions: str, *, is_open: bool = True, **settings: Any) -> AppTest:
    at = AppTest.from_function(_page, args=(positions, is_open, settings), default_timeout=30).run()
    assert not at.exception
    return at


def shown(at: AppTest) -> dict[str, list[dict[str, Any]]]:
    """The rows of each chart, by its title."""
    charts = {}
    for element in at.get("vega_lite_chart"):
        (dataset,) = element.proto.datasets
        rows = pa.ipc.open_stream(dataset.data.data).read_all().to_pylist()
        charts[json.loads(element.proto.spec)["title"]["text"]] = rows
    return charts


def matrix(rows: list[dict[str, Any]]) -> torch.Tensor:
    height = len({row["row"] for row in rows})
    return torch.tensor([row["value"] for row in rows], dtype=torch.float64).view(height, -1)


def traced(positions: str, **settings: Any) -> LayerTrace:
    return trace(AttentionSpec(tokens=TOKENS, positions=positions, num_heads=4, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("positions", CHARTS)
def test_each_kind_has_its_sentence_and_its_charts(positions: str) -> None:
    at = page(positions)
    assert at.caption[0].value == WORDS["lines"][positions]
    assert list(shown(at)) == [TITLES[name] for name in CHARTS[positions]]


def test_a_closed_drawer_makes_nothing() -> None:
    at = page("sinusoidal", is_open=False)
    assert not at.get("vega_lite_chart")
    assert not at.caption


def test_the_table_is_what_the_layer_added() -> None:
    table = matrix(shown(page("sinusoidal"))[TITLES["table"]])
    assert torch.equal(table, traced("sinusoidal").position_embedding.double())


def test_the_bias_is_that_of_the_selected_head_and_stands_out_by_distance() -> None:
    charts = shown(page("alibi"))
    bias = traced("alibi").position_bias.double()
    assert torch.equal(matrix(charts[TITLES["bias"]]), bias[2])
    chosen = {row["x"]: row["y"] for row in charts[TITLES["by_distance"]] if row["chosen"]}
    assert {row["name"] for row in charts[TITLES["by_distance"]]} == {1, 2, 3, 4}
    assert chosen == {key - query: float(bias[2, query, key]) for query in range(7) for key in range(7)}


def test_what_turning_leaves_is_one_at_distance_zero() -> None:
    similar = matrix(shown(page("rope"))[TITLES["turned_similarity"]])
    angles = traced("rope").angles
    assert angles is not None
    assert torch.equal(similar, rotary_similarity(angles))
    assert torch.equal(similar.diagonal(), torch.ones(7, dtype=torch.float64))


def test_shaws_bias_is_that_of_the_layer() -> None:
    at = page("shaw", source="random")
    bias = matrix(shown(at)[TITLES["shaw_bias"]])
    assert bias.abs().max() > 0
    assert torch.equal(bias, traced("shaw", source="random").position_bias[2].double())
    assert WORDS["zeros"] not in [caption.value for caption in at.caption]


def test_queries_of_zero_make_a_bias_of_zero_and_it_says_so() -> None:
    at = page("shaw")  # a designed head that looks at positions has nothing to look with here
    assert not matrix(shown(at)[TITLES["shaw_bias"]]).any()
    assert at.caption[-1].value == WORDS["zeros"]


def test_a_head_of_one_dimension_has_nothing_to_turn() -> None:
    at = page("rope", head_dim=1)
    assert at.caption[1].value == WORDS["no_pairs"]
    assert not shown(at)


def test_the_curves_are_those_that_were_chosen() -> None:
    at = page("sinusoidal")
    at.multiselect[0].set_value([5, 1]).run()
    assert not at.exception
    rows = shown(at)[TITLES["curves"]]
    table = traced("sinusoidal").position_embedding.double()
    assert {(row["name"], row["x"]): row["y"] for row in rows} == {
        (dimension, position): float(table[position, dimension]) for dimension in (1, 5) for position in range(7)
    }
    at.multiselect[0].set_value([]).run()
    assert not at.exception
    assert shown(at)[TITLES["curves"]] == []


def test_the_first_choice_goes_from_fast_to_slow() -> None:
    assert first_curves(64) == [0, 8, 16, 32]
    assert first_curves(8) == [0, 1, 2, 4]
    assert first_curves(3) == [0, 1]
    assert first_curves(1) == [0]
