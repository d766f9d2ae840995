"""Any tensor as a table and as CSV: the engine's numbers, under names that a spreadsheet takes for names."""

import csv
import dataclasses
import io

import numpy as np
import pandas as pd
import pytest

from attnlab.engine import AttentionSpec, LayerTrace, trace
from attnlab.pictures.stage import stage_arrays
from attnlab.pictures.tables import tensor_names, tensor_table

TOKENS = ("one", "two", "two", ",", "three", "four", "five")
SPEC = AttentionSpec(
    tokens=TOKENS,
    source="random",
    num_heads=6,
    num_kv_heads=3,
    d_model=11,
    head_dim=5,
    value_dim=2,
    positions="alibi",
    mask="causal",
    dropout=0.3,
)
FORMULAS = ("=1+1", "=", "+", "-1", "@x", "|", "%", '=HYPERLINK("http://x")', "'", '"', "a,b", "a;b")


def exact_from_csv(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(table.to_csv()), index_col=0)


@pytest.fixture(scope="module")
def computed() -> LayerTrace:
    return trace(SPEC)


@pytest.mark.parametrize("positions", ["sinusoidal", "rope", "alibi"])
def test_every_matrix_on_the_stage_can_be_looked_up(positions: str) -> None:
    shown = trace(dataclasses.replace(SPEC, positions=positions))
    assert [*tensor_names(shown, 2), "thumbnails"] == list(stage_arrays(shown, 2))


@pytest.mark.parametrize("head", [0, 3, 5])
def test_a_table_holds_the_tensor_of_its_head(computed: LayerTrace, head: int) -> None:
    for name in tensor_names(computed, head):
        tensor = stage_arrays(computed, head)[name]
        table = tensor_table(computed, head, name)
        assert table.to_numpy().tobytes() == tensor.contiguous().numpy().tobytes(), name


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_csv_gives_back_every_bit(dtype: str) -> None:
    computed = trace(dataclasses.replace(SPEC, dtype=dtype))
    kept = np.float64 if dtype == "float64" else np.float32
    for name in tensor_names(computed, 1):
        table = tensor_table(computed, 1, name)
        again = exact_from_csv(table).to_numpy().astype(kept)
        assert table.to_numpy().dtype == kept
        assert again.tobytes() == table.to_numpy().tobytes(), name


def test_masked_scores_keep_their_minus_infinity(computed: LayerTrace) -> None:
    again = exact_from_csv(tensor_table(computed, 0, "masked_scores")).to_numpy()
    assert np.array_equal(np.isneginf(again), np.triu(np.ones((7, 7), dtype=bool), k=1))


def test_rows_and_columns_are_named_after_their_tokens_from_one_on(computed: LayerTrace) -> None:
    weights = tensor_table(computed, 0, "weights")
    assert list(weights.index) == list(weights.columns)
    assert list(weights.index[:4]) == ["1 one", "2 two", "3 two", "4 ,"]


def test_coordinates_are_counted_where_there_are_no_tokens(computed: LayerTrace) -> None:
    w_query, query = tensor_table(computed, 0, "w_query"), tensor_table(computed, 0, "query")
    assert list(w_query.index) == [f"c{number}" for number in range(11)]
    assert list(w_query.columns) == list(query.columns) == ["c0", "c1", "c2", "c3", "c4"]
    assert list(query.index) == [f"{number} {token}" for number, token in enumerate(TOKENS, start=1)]


def test_no_name_is_a_formula_to_a_spreadsheet_and_all_survive() -> None:
    computed = trace(dataclasses.replace(SPEC, tokens=FORMULAS))
    for name in tensor_names(computed, 0):
        rows = list(csv.reader(io.StringIO(tensor_table(computed, 0, name).to_csv(), newline="")))
        names = [*rows[0], *(row[0] for row in rows[1:])]
        assert not [text for text in names if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    rows = list(csv.reader(io.StringIO(tensor_table(computed, 0, "weights").to_csv(), newline="")))
    assert rows[0][1:] == [f"{number} {token}" for number, token in enumerate(FORMULAS, start=1)]


def test_equal_tokens_have_different_names() -> None:
    computed = trace(dataclasses.replace(SPEC, tokens=("same",) * 128))
    assert tensor_table(computed, 0, "weights").columns.is_unique
