"""The arithmetic under the picture: in every cell the numbers are the engine's and recombine to the number shown.

"Recombine" means: among the numbers that are shown like these there are some for which the equation holds exactly.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page

from attnlab.engine import AttentionSpec, trace
from attnlab.ui.payload import stage_arrays
from tests.ui.shown_numbers import Shown, cos, exp, logarithm, number, read, sin, terms
from tests.ui.stage_page import STAGE, Drawn, StagePage

TOKENS = ("one", "two", "two", ",", "three", "four")

# d_model 8 and at most eight tokens: every product of every sum is written out. The last one has longer sums.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sinusoidal": ({}, {}),
    "random, learned": ({"source": "random", "positions": "learned"}, {"source": "random", "positions": "learned"}),
    "rope, odd width": ({"positions": "rope", "d_k": 5}, {"positions": "rope", "head_dim": 5}),
    "alibi": ({"positions": "alibi"}, {"positions": "alibi"}),
    "dropout": ({"dropout": 0.4}, {"dropout": 0.4}),
    "hot": ({"temperature": 3.0}, {"temperature": 3.0}),
    "coldest": ({"temperature": 0.05}, {"temperature": 0.05}),
    "unscaled": ({"scaling": "false"}, {"scaling": False}),
    "shared keys": ({"kv_heads": 1, "heads": 4}, {"num_kv_heads": 1, "num_heads": 4}),
    "blind rows": (
        {"mask": "padding", "padding": 2, "pad_left": "true", "also_causal": "true"},
        {"mask": "padding", "padding": 2, "pad_left": True, "also_causal": True},
    ),
    "long sums": ({"d_model": 64, "heads": 1, "source": "random"}, {"d_model": 64, "num_heads": 1, "source": "random"}),
    "a sum beyond every number": (
        {"d_model": 64, "heads": 1, "temperature": 0.05, "scaling": "false"},
        {"d_model": 64, "num_heads": 1, "temperature": 0.05, "scaling": False},
    ),
}
STAGES = ("x", "qkv", "scores", "scale", "mask", "softmax", "output")
PAIRS = {"scores", "scaled_scores", "masked_scores", "weights"}


@dataclass
class Cell:
    """A cell that was pointed at: where it is, what the page says, and what the engine knows."""

    name: str
    row: int
    col: int
    title: str
    said: dict[str, dict[str, str]]
    arrays: dict[str, np.ndarray]
    spec: AttentionSpec
    tokens: tuple[str, ...]

    @property
    def value(self) -> float:
        return float(self.arrays[self.name][self.row, self.col])

    def shown(self, line: str, blank: str) -> Shown:
        return number(self.said[line][blank])


@pytest.mark.parametrize(("link", "fields"), CASES.values(), ids=CASES)
def test_every_sum_on_screen_adds_up_and_is_the_engines(
    link: dict[str, Any], fields: dict[str, Any], new_page: Callable[..., Page]
) -> None:
    asked = {"sentence": " ".join(TOKENS), "d_model": 8, "heads": 2, "head": 2} | link
    asked["head"] = min(2, asked["heads"])
    spec = AttentionSpec(**({"tokens": TOKENS, "d_model": 8, "num_heads": 2, "mask": "causal"} | fields))
    computed = trace(spec)
    arrays = {name: tensor.double().numpy() for name, tensor in stage_arrays(computed, asked["head"] - 1).items()}
    stage = StagePage(new_page(f"/?{urlencode(asked)}", width=1900, height=1300))
    seen = set()
    for name in STAGES:
        stage.show_stage(name)
        for matrix in stage.drawn().values():
            if matrix.name in seen:
                continue
            seen.add(matrix.name)
            assert (matrix.rows, matrix.cols) == arrays[matrix.name].shape
            cells = sampled(matrix)
            for (row, col), (title, lines) in zip(cells, stage.said_of(matrix, cells), strict=True):
                check(Cell(matrix.name, row, col, title, read(lines), arrays, spec, computed.tokens))
    assert seen >= PAIRS | {"token_embedding", "x", "query", "key", "value", "head_output", "concat", "output"}
    assert seen >= {"w_query", "w_key", "w_value", "w_output"}


def sampled(matrix: Drawn) -> list[tuple[int, int]]:
    """Corners, the diagonal, and something between."""
    last_row, last_col = matrix.rows - 1, matrix.cols - 1
    diagonal = {(place, min(place, last_col)) for place in range(min(matrix.rows, 4))}
    return sorted(diagonal | {(0, last_col), (last_row, 0), (last_row, last_col), (last_row, last_col // 2)})


def check(cell: Cell) -> None:
    where = f"{cell.name} ({cell.row}, {cell.col}): {cell.said}"
    assert cell.title == wanted_title(cell), where
    if cell.name in PAIRS:
        check_pair(cell, where)
    elif cell.name in {"query", "key"} and "projected" in cell.said:
        check_turn(cell, where)
    else:
        check_sum(cell, where)


def wanted_title(cell: Cell) -> str:
    name = "scores" if cell.name in {"scaled_scores", "masked_scores"} else cell.name
    tokens = dict(enumerate(cell.tokens))
    blanks = {"query": tokens.get(cell.row), "key": tokens.get(cell.col), "row": cell.row, "col": cell.col}
    return STAGE["arithmetic"]["titles"][name].format(**blanks, head=2 if cell.spec.num_heads > 1 else 1)


# --- one query and one key: from the dot product to the weight --------------------------------------------------------


def check_pair(cell: Cell, where: str) -> None:
    i, j = cell.row, cell.col
    at = {name: float(cell.arrays[name][i, j]) for name in PAIRS}
    raw = cell.shown("dot", "raw")
    check_terms(cell.said["dot"]["terms"], cell.arrays["query"][i], cell.arrays["key"][j], raw, where)
    assert raw.holds(at["scores"]), where
    if cell.name == "scores":
        assert set(cell.said) == {"dot"}, where
        return
    scaled = cell.shown("scaled" if cell.spec.scaling else "unscaled", "scaled")
    assert scaled.holds(at["scaled_scores"]), where
    if cell.spec.scaling:
        assert (raw / cell.shown("scaled", "root")).meets(scaled), where
        assert cell.shown("scaled", "root").holds(math.sqrt(cell.spec.key_width)), where
    else:
        assert cell.said["unscaled"]["scaled"] == cell.said["dot"]["raw"], where
    if cell.name == "scaled_scores":
        assert not {"masked", "biased", "softmax", "softmax_tempered"} & set(cell.said), where
        return
    forbidden = at["masked_scores"] == -math.inf
    assert ("masked" in cell.said) == forbidden, where
    if forbidden:
        assert at["weights"] == 0, where
        assert not {"biased", "softmax", "softmax_tempered"} & set(cell.said), where
        return
    assert ("biased" in cell.said) == (cell.spec.positions == "alibi"), where
    if "biased" in cell.said:
        masked = cell.shown("biased", "masked")
        assert (scaled + cell.shown("biased", "bias")).meets(masked), where
        assert masked.holds(at["masked_scores"]), where
    if cell.name == "weights":
        check_softmax(cell, at, where)


def check_softmax(cell: Cell, at: dict[str, float], where: str) -> None:
    tempered = cell.spec.temperature != 1
    said = cell.said["softmax_tempered" if tempered else "softmax"]
    exponent = number(said["masked"])
    assert exponent.holds(at["masked_scores"]), where
    if tempered:
        assert number(said["temperature"]).holds(cell.spec.temperature), where
        exponent = Shown(exponent.low / cell.spec.temperature, exponent.high / cell.spec.temperature)
    assert number(said["value"]).holds(at["weights"]), where
    logits = cell.arrays["masked_scores"][cell.row] / cell.spec.temperature
    log_total = logarithm(said["total"])
    assert log_total.holds(float(np.logaddexp.reduce(logits))), where
    assert exp(exponent - log_total).meets(number(said["value"])), where


# --- everything else --------------------------------------------------------------------------------------------------


def check_terms(text: str, left: np.ndarray, right: np.ndarray, total: Shown, where: str) -> None:
    """The products written out are the largest of those of the engine, in their order, and add up to the total."""
    written = terms(text)
    assert len(written.factors) == min(len(left), 8), where
    assert written.hidden == len(left) - len(written.factors), where
    assert written.total.meets(total), where
    largest = np.sort(np.argsort(-np.abs(left * right), kind="stable")[: len(written.factors)])
    for place, (first, second) in zip(largest, written.factors, strict=True):
        assert first.holds(left[place]), where
        assert second.holds(right[place]), where


PRODUCTS = {
    "query": ("x", "w_query"),
    "key": ("x", "w_key"),
    "value": ("x", "w_value"),
    "head_output": ("weights", "value"),
    "output": ("concat", "w_output"),
}


def check_sum(cell: Cell, where: str) -> None:
    (line,) = cell.said
    assert cell.shown(line, "value").holds(cell.value), where
    if cell.name in PRODUCTS:
        left, right = PRODUCTS[cell.name]
        left = "dropped_weights" if left == "weights" and cell.spec.dropout else left
        check_terms(
            cell.said["product"]["terms"],
            cell.arrays[left][cell.row],
            cell.arrays[right][:, cell.col],
            cell.shown("product", "value"),
            where,
        )
    elif cell.name == "x":
        token, position = cell.shown("sum", "token"), cell.shown("sum", "position")
        assert (token + position).meets(cell.shown("sum", "value")), where
        assert token.holds(cell.arrays["token_embedding"][cell.row, cell.col]), where
    elif cell.name == "position_embedding" and cell.spec.positions == "sinusoidal":
        angle = cell.row / 10000 ** (int(cell.said[line]["pair"]) / int(cell.said[line]["d_model"]))
        assert line == ("cosine" if cell.col % 2 else "sine"), where
        assert cell.shown(line, "value").holds(math.cos(angle) if cell.col % 2 else math.sin(angle)), where
    elif cell.name == "concat":
        width = cell.spec.value_width
        assert int(cell.said["copied"]["from"]) == cell.col // width + 1, where
        assert int(cell.said["copied"]["coordinate"]) == cell.col % width, where
    else:
        assert line in {"cell", "learned", f"embedding_{cell.spec.source}"}, where


def check_turn(cell: Cell, where: str) -> None:
    """RoPE: the projection's sum, then the turn of its pair of coordinates."""
    before = cell.arrays[f"projected_{cell.name}"][cell.row]
    even = cell.col - cell.col % 2
    line = "turned_odd" if cell.col % 2 else "turned_even"
    first, second, angle = (cell.shown(line, blank) for blank in ("first", "second", "angle"))
    assert first.holds(before[even]), where
    assert second.holds(before[even + 1]), where
    assert angle.holds(cell.row * 10000 ** (-even / cell.spec.key_width)), where
    turned = first * sin(angle) + second * cos(angle) if cell.col % 2 else first * cos(angle) - second * sin(angle)
    assert turned.meets(cell.shown(line, "value")), where
    assert cell.shown(line, "value").holds(cell.value), where
    projected = cell.shown("projected", "before")
    assert projected.holds(before[cell.col]), where
    weights = cell.arrays[f"w_{cell.name}"][:, cell.col]
    check_terms(cell.said["projected"]["terms"], cell.arrays["x"][cell.row], weights, projected, where)


# --- numbers in the cells ---------------------------------------------------------------------------------------------


def test_the_numbers_in_the_cells_are_the_engines(new_page: Callable[..., Page]) -> None:
    link = {"sentence": " ".join(TOKENS), "d_model": 8, "heads": 2, "source": "random"}
    spec = AttentionSpec(tokens=TOKENS, d_model=8, num_heads=2, source="random", mask="causal")
    arrays = stage_arrays(trace(spec), head=0)
    stage = StagePage(new_page(f"/?{urlencode(link)}", width=1900, height=1300))
    assert not stage.drawn()["weights"].numbers
    stage.press("n")
    for name in ("scores", "scale", "softmax"):
        stage.show_stage(name)
        for matrix in stage.drawn().values():
            array = arrays[matrix.name].double().numpy()
            upright = array.T if matrix.transposed else array
            wanted = [value for value in upright.flatten() if value != -math.inf]
            assert len(matrix.numbers) == len(wanted), matrix.name
            for text, value in zip(matrix.numbers, wanted, strict=True):
                digits = text.replace("−.", "−0.") if text.startswith("−") else f"0{text}" if text[0] == "." else text
                shown = number(digits)
                assert Shown(shown.low - 0.005, shown.high + 0.005).holds(value), (matrix.name, text, value)


def test_the_cells_that_feed_a_weight_are_framed(new_page: Callable[..., Page]) -> None:
    stage = StagePage(new_page("/?sentence=one+two+three+four&d_model=8&heads=2", width=1900, height=1300))
    drawn = stage.drawn()
    stage.point_at(drawn["weights"], 2, 1)
    frames = [entry for entry in stage.painted("over") if entry["kind"] == "frame"]

    def framed(name: str, row: int, col: int) -> bool:
        x, y = drawn[name].middle(row, col)
        return any(0 < x - frame["x"] < frame["width"] and 0 < y - frame["y"] < frame["height"] for frame in frames)

    assert framed("weights", 2, 1)
    assert framed("query", 2, 0)
    assert framed("query", 2, 3)
    assert framed("key", 1, 0)
    assert framed("key", 1, 3)
    assert framed("value", 1, 2)
    assert framed("masked_scores", 2, 3)
    for name, row, col in (("query", 1, 0), ("key", 2, 0), ("value", 2, 2), ("weights", 1, 1), ("w_query", 2, 1)):
        assert not framed(name, row, col), name
