"""The arithmetic under the picture: in every cell the numbers are the engine's and recombine to the number shown.

"Recombine" means: among the numbers that are shown like these there are some for which the equation holds exactly.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.pictures.stage import stage_arrays
from attnlab.settings import carried
from tests.browser.chromium import wait_until_settled
from tests.browser.conftest import watched_problems
from tests.browser.shown_numbers import Shown, cos, exp, logarithm, number, read, sin, terms
from tests.browser.stage_page import STAGE, Drawn, StagePage, unmasked
from tests.products import alike

TOKENS = ("one", "two", "two", ",", "three", "four")


Case = tuple[dict[str, Any], dict[str, Any]]
"""What a link says, and the same as fields of the spec."""


def same(**fields: Any) -> Case:
    """Settings that the link and the spec name alike."""
    return {name: "true" if value is True else value for name, value in fields.items()}, fields


def edited(*edits: Edit, **fields: Any) -> Case:
    link, alike = same(**fields)
    return link | {"s": carried.encoded(edits)}, alike | {"edits": edits}


# Score and normalizer do not depend on each other, so that each is met once.
VARIANTS: dict[str, Case] = {
    "cosine, sparsemax": same(score="cosine", normalizer="sparsemax", temperature=0.5),
    "additive, 1.5-entmax": same(score="additive", normalizer="entmax15"),
    "bilinear, sigmoid": same(score="bilinear", normalizer="sigmoid", source="random"),
    "Gaussian, one more 1": same(score="gaussian", normalizer="softmax_one", temperature=2.0),
    "linear, hard": same(score="linear", normalizer="hard", source="random", mask="none"),
    "random, ReLU": same(normalizer="relu", source="random", temperature=0.5),
    "T5, hard ties": same(positions="t5", normalizer="hard", second_mask="window"),
    "Shaw, soft-cap, sink": same(positions="shaw", softcap=1.5, sink=0.75, source="random"),
    "capped cosine, sink": same(score="cosine", softcap=0.5, sink=-1.0, temperature=0.25, source="random"),
    "QK-norm": same(qk_norm=True, normalizer="sparsemax"),
    "QK-norm, RoPE, odd width": (
        {"qk_norm": "true", "positions": "rope", "d_k": 5},
        {"qk_norm": True, "positions": "rope", "head_dim": 5},
    ),
}
EDITED: dict[str, Case] = {
    "importance beside ALiBi": edited(
        Edit("importance", 0, 0, 0, 3.5), Edit("importance", 0, 0, 2, 0.0), positions="alibi"
    ),
    "set by hand": edited(
        Edit("x", 0, 1, 1, 2.5),
        Edit("w_query", 1, 2, 2, -3.0),
        Edit("query", 1, 0, 0, 0.75),
        Edit("value", 1, 3, 3, -1.25),
        Edit("scores", 1, 2, 2, 7.5),
        Edit("mask", 0, 0, 5, 1.0),
        Edit("mask", 0, 3, 3, 0.0),
        Edit("weights", 1, 1, 1, 0.625),
        Edit("weights", 0, 5, 0, 0.5),  # of the other head
    ),
    "shared keys set by hand": (
        {"kv_heads": 1, "heads": 4, "s": carried.encoded((KEY_SET := Edit("key", 3, 0, 0, 1.5),))},
        {"num_kv_heads": 1, "num_heads": 4, "edits": (KEY_SET,)},
    ),
    "switched off": edited(Edit("head", 1, 0, 0, 0.0)),
}
CHANGED = re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(STAGE["edits"]["changed"])))
"""A line about what edits did, which is not part of any sum."""

# d_model 8 and at most eight tokens: every product of every sum is written out. The last one has longer sums.
CASES: dict[str, Case] = {
    "sinusoidal": ({}, {}),
    "random, learned": ({"source": "random", "positions": "learned"}, {"source": "random", "positions": "learned"}),
    "rope, odd width": ({"positions": "rope", "d_k": 5}, {"positions": "rope", "head_dim": 5}),
    "alibi": ({"positions": "alibi"}, {"positions": "alibi"}),
    "no positions": ({"positions": "none"}, {"positions": "none"}),
    "dropout": ({"dropout": 0.4}, {"dropout": 0.4}),
    "hot": ({"temperature": 3.0}, {"temperature": 3.0}),
    "coldest": ({"temperature": 0.05}, {"temperature": 0.05}),
    "unscaled": ({"score": "dot"}, {"score": "dot"}),
    "shared keys": ({"kv_heads": 1, "heads": 4}, {"num_kv_heads": 1, "num_heads": 4}),
    "blind rows": (
        {"mask": "padding", "padding": 2, "pad_left": "true", "second_mask": "causal"},
        {"mask": "padding", "padding": 2, "pad_left": True, "second_mask": "causal"},
    ),
    "long sums": ({"d_model": 64, "heads": 1, "source": "random"}, {"d_model": 64, "num_heads": 1, "source": "random"}),
    "a sum beyond every number": (
        {"d_model": 64, "heads": 1, "temperature": 0.05, "score": "dot"},
        {"d_model": 64, "num_heads": 1, "temperature": 0.05, "score": "dot"},
    ),
    **VARIANTS,
    **EDITED,
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

    def edits(self, stage: str) -> list[Edit]:
        """The edits of this cell, of the head that is shown: the second, where there is one."""
        shared = 1 if stage not in {"key", "value"} else self.spec.num_heads // self.spec.kv_heads
        heads = {0} if stage in {"x", "mask"} else {head for head in range(9) if head // shared == 1 // shared}
        return [
            edit
            for edit in self.spec.edits
            if (edit.stage, edit.row, edit.col) == (stage, self.row, self.col) and edit.head in heads
        ]


@pytest.fixture(scope="module")
def stages(browser: Browser, app_url: str) -> Iterator[Callable[[int], StagePage]]:
    """A page for all cases that look at this head: it draws what its link says, and no run of the page comes between.

    What was chosen on it stays untold for ever and counts more than the link, so a case with one head has another page.
    """
    pages: dict[int, Page] = {}
    watched: list[list[str]] = []

    def of(head: int) -> StagePage:
        if head not in pages:
            page = pages[head] = browser.new_page(viewport={"width": 1900, "height": 1300}, reduced_motion="reduce")
            watched.append(watched_problems(page, host=urlsplit(app_url).netloc))
            page.goto(f"{app_url}/?heads=8", wait_until="domcontentloaded")  # the bare address is for newcomers
            wait_until_settled(page)
            page.evaluate("() => { WebSocket.prototype.send = function () {}; }")
        return StagePage(pages[head])

    yield of
    for page in pages.values():
        page.context.close()
    problems = [problem for seen in watched for problem in seen]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("link", "fields"), alike(CASES.values(), 5), ids=CASES)
def test_every_sum_on_screen_adds_up_and_is_the_engines(
    link: dict[str, Any], fields: dict[str, Any], stages: Callable[[int], StagePage]
) -> None:
    asked = {"sentence": " ".join(TOKENS), "d_model": 8, "heads": 2, "head": 2} | link
    asked["head"] = min(2, asked["heads"])
    stage = stages(asked["head"])
    spec = AttentionSpec(**({"tokens": TOKENS, "d_model": 8, "num_heads": 2, "mask": "causal"} | fields))
    computed = trace(spec)
    arrays = {name: tensor.double().numpy() for name, tensor in stage_arrays(computed, asked["head"] - 1).items()}
    with stage.repaint():
        stage.page.evaluate("(link) => history.replaceState(null, '', `?${link}`)", urlencode(asked))
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
                sums = read([line for line in lines if not CHANGED.fullmatch(line)])
                check(Cell(matrix.name, row, col, title, sums, arrays, spec, computed.tokens))
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
    elif cell.edits(cell.name):
        assert set(cell.said) == {"set"}, where
        assert cell.shown("set", "value").holds(cell.edits(cell.name)[-1].value), where
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
    raw = check_score(cell, where)
    assert raw.holds(at["scores"]), where
    if cell.name == "scores":
        assert set(cell.said) <= SCORE_LINES, where
        return
    scaled = check_scale(cell, raw, where)
    assert scaled.holds(at["scaled_scores"]), where
    if cell.name == "scaled_scores":
        assert set(cell.said) <= SCORE_LINES | SCALE_LINES, where
        return
    forbidden = at["masked_scores"] == -math.inf
    assert bool(FORBIDDEN & set(cell.said)) == forbidden, where
    assert ("mask_opened" in cell.said) == any(edit.value for edit in cell.edits("mask")), where
    if forbidden:
        assert at["weights"] == 0, where
        assert FORBIDDEN & set(cell.said) == {forbidden_by(cell)}, where
        assert not set(cell.said) - SCORE_LINES - SCALE_LINES - FORBIDDEN, where
        return
    masked = check_additions(cell, scaled, where)
    assert masked.holds(at["masked_scores"]), where
    if cell.name == "weights":
        check_weight(cell, masked, at, where)


SCORE_LINES = {"dot", "no_direction", "cosine_score", "additive_score", "additive_term", "bilinear_score"}
SCORE_LINES |= {"gaussian_score", "linear_score", "score_set"}
SCALE_LINES = {"scaled", "unscaled", "capped"}
FORBIDDEN = {"masked", "mask_closed", "unimportant"}
WEIGHT_LINES = {"softmax", "softmax_tempered", "tempered", "softmax_sink", "softmax_one", "sparsemax", "entmax15"}
WEIGHT_LINES |= {"sigmoid", "relu", "hard_one", "hard_shared", "hard_none", "weight_set"}


def forbidden_by(cell: Cell) -> str:
    if cell.spec.importance and cell.spec.importance[cell.col] == 0:
        return "unimportant"
    return "mask_closed" if cell.edits("mask") else "masked"


def check_score(cell: Cell, where: str) -> Shown:
    """The lines from query and key to their score, which is returned."""
    if cell.edits("scores"):
        return cell.shown("score_set", "raw")
    query, key = cell.arrays["query"][cell.row], cell.arrays["key"][cell.col]
    raw = SCORES[cell.spec.score](cell, query, key, where)
    assert "score_set" not in cell.said, where
    return raw


def dotted(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    raw = cell.shown("dot", "raw")
    check_terms(cell.said["dot"]["terms"], query, key, raw, where)
    return raw


def cosine(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    if not (query.any() and key.any()):
        assert cell.said["no_direction"] == {"raw": "0"}, where
        return cell.shown("no_direction", "raw")
    lengths = cell.shown("cosine_score", "query_length"), cell.shown("cosine_score", "key_length")
    assert [length.holds(float(np.linalg.norm(each))) for length, each in zip(lengths, (query, key), strict=True)]
    assert cell.said["cosine_score"]["dot"] == cell.said["dot"]["raw"], where
    raw = cell.shown("cosine_score", "raw")
    assert (dotted(cell, query, key, where) / (lengths[0] * lengths[1])).meets(raw), where
    return raw


def additive(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    ours, theirs = cell.arrays["score_query"][cell.row], cell.arrays["score_key"][cell.col]
    vector, bent = cell.arrays["score_vector"][0], np.tanh(ours + theirs)
    raw = cell.shown("additive_score", "raw")
    check_terms(cell.said["additive_score"]["terms"], vector, bent, raw, where)
    place = int(cell.said["additive_term"]["place"])
    assert place == np.argmax(np.abs(vector * bent)), where
    first, second, shown = (cell.shown("additive_term", blank) for blank in ("first", "second", "bent"))
    assert first.holds(ours[place]), where
    assert second.holds(theirs[place]), where
    assert tanh(first + second).meets(shown), where
    return raw


def bilinear(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    raw = cell.shown("bilinear_score", "raw")
    check_terms(cell.said["bilinear_score"]["terms"], cell.arrays["score_query"][cell.row], key, raw, where)
    return raw


def gaussian(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    distance, raw = cell.shown("gaussian_score", "distance"), cell.shown("gaussian_score", "raw")
    check_terms(cell.said["gaussian_score"]["terms"], query - key, query - key, distance, where)
    assert (Shown(0, 0) - distance / Shown(2, 2)).meets(raw), where
    return raw


def linear(cell: Cell, query: np.ndarray, key: np.ndarray, where: str) -> Shown:
    ours, theirs = (np.where(each > 0, each + 1, np.exp(each)) for each in (query, key))
    total, raw = cell.shown("linear_score", "sum"), cell.shown("linear_score", "raw")
    check_terms(cell.said["linear_score"]["terms"], ours, theirs, total, where)
    assert Shown(math.log(total.low), math.log(total.high)).meets(raw), where
    return raw


SCORES = {
    "scaled_dot": dotted,
    "dot": dotted,
    "cosine": cosine,
    "additive": additive,
    "bilinear": bilinear,
    "gaussian": gaussian,
    "linear": linear,
}


def tanh(shown: Shown) -> Shown:
    return Shown(math.tanh(shown.low), math.tanh(shown.high))


def check_scale(cell: Cell, raw: Shown, where: str) -> Shown:
    """The lines from the raw score to the scaled and capped one, which is returned."""
    line = "scaled" if cell.spec.scaling else "unscaled"
    scaled = cell.shown(line, "scaled")
    if cell.spec.scaling:
        assert (raw / cell.shown("scaled", "root")).meets(scaled), where
        assert cell.shown("scaled", "root").holds(math.sqrt(cell.spec.key_width)), where
    else:
        assert scaled == raw, where
    assert ("capped" in cell.said) == (cell.spec.softcap is not None), where
    if cell.spec.softcap is None:
        return scaled
    assert cell.said["capped"]["between"] == cell.said[line]["scaled"], where
    assert cell.shown("capped", "cap").holds(cell.spec.softcap), where
    cap = Shown(cell.spec.softcap, cell.spec.softcap)
    assert (cap * tanh(scaled / cap)).meets(cell.shown("capped", "scaled")), where
    return cell.shown("capped", "scaled")


def check_additions(cell: Cell, scaled: Shown, where: str) -> Shown:
    """The lines of what positions and importance add; the sum is returned."""
    importance = cell.spec.importance[cell.col] if cell.spec.importance else 1.0
    biased = f"biased_{cell.spec.positions}"
    assert {line for line in cell.said if line.startswith("biased_")} == ({biased} & {*BIASED}), where
    assert ("weighed" in cell.said) == (importance != 1), where
    summed = scaled
    if biased in BIASED:
        bias = cell.shown(biased, "bias")
        assert bias.holds(float(cell.arrays["bias"][cell.row, cell.col])), where
        assert int(cell.said[biased]["steps"].replace("−", "-")) == cell.col - cell.row, where
        summed = cell.shown(biased, "summed")
        assert (scaled + bias).meets(summed), where
    if importance == 1:
        return summed
    assert cell.shown("weighed", "summed") == summed, where
    assert cell.shown("weighed", "importance").holds(importance), where
    masked = cell.shown("weighed", "masked")
    assert (summed + Shown(math.log(importance), math.log(importance))).meets(masked), where
    return masked


BIASED = ("biased_alibi", "biased_t5", "biased_shaw")


def check_weight(cell: Cell, masked: Shown, at: dict[str, float], where: str) -> None:
    spec, lines = cell.spec, WEIGHT_LINES & set(cell.said)
    if cell.edits("weights"):
        assert lines == {"weight_set"}, where
        assert cell.shown("weight_set", "value").holds(cell.edits("weights")[-1].value), where
        return
    logits = cell.arrays["masked_scores"][cell.row] / spec.temperature
    if spec.normalizer == "softmax" and spec.sink is None:
        check_softmax(cell, at, where)
        return
    (line,) = lines - {"tempered"}
    assert ("tempered" in lines) == (spec.temperature != 1), where
    logit = masked
    if "tempered" in lines:
        assert cell.shown("tempered", "masked") == masked, where
        assert cell.shown("tempered", "temperature").holds(spec.temperature), where
        logit = cell.shown("tempered", "logit")
        assert logit.holds(logits[cell.col]), where
        assert (masked / Shown(spec.temperature, spec.temperature)).meets(logit), where
    assert cell.shown(line, "logit") == logit, where
    value = cell.shown(line, "value")
    assert value.holds(at["weights"]), where
    NORMALIZERS["sink" if spec.sink is not None else spec.normalizer](cell, line, logits, logit, value, where)


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
    check_share(said["total"], logits, exponent, number(said["value"]), where)


def check_share(total: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    """e^logit over the sum of all, which is shown as `total`."""
    log_total = logarithm(total)
    assert log_total.holds(float(np.logaddexp.reduce(logits))), where
    assert exp(logit - log_total).meets(value), where


def with_sink(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    sink = cell.spec.sink if cell.spec.sink is not None else 0.0
    assert line == ("softmax_one" if cell.spec.sink is None else "softmax_sink"), where
    if cell.spec.sink is not None:
        assert cell.shown(line, "sink").holds(sink), where
    check_share(cell.said[line]["total"], np.append(logits, sink), logit, value, where)


def sparsemax(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    assert line == "sparsemax", where
    threshold = cell.shown(line, "threshold")
    assert threshold.holds(bisected(lambda theta: float(np.maximum(logits - theta, 0).sum()), logits.max())), where
    assert positive(logit - threshold).meets(value), where


def entmax15(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    assert line == "entmax15", where
    threshold, halves = cell.shown(line, "threshold"), logits / 2
    assert threshold.holds(bisected(lambda theta: float((np.maximum(halves - theta, 0) ** 2).sum()), halves.max())), (
        where
    )
    root = positive(logit / Shown(2, 2) - threshold)
    assert (root * root).meets(value), where


def bisected(total: Callable[[float], float], top: float) -> float:
    """The threshold, at most 1 below the top, at which the total is one."""
    low, high = top - 1, top
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if total(middle) > 1 else (low, middle)
    return low


def positive(shown: Shown) -> Shown:
    return Shown(max(shown.low, 0.0), max(shown.high, 0.0))


def sigmoid(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    assert line == "sigmoid", where
    assert int(cell.said[line]["keys"]) == len(logits), where
    scaled = exp(Shown(0, 0) - logit) * Shown(len(logits), len(logits))
    assert (Shown(1, 1) / (Shown(1, 1) + scaled)).meets(value), where


def relu(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    assert line == "relu", where
    keys = int(cell.said[line]["keys"])
    assert keys == len(logits), where
    assert (positive(logit) / Shown(keys, keys)).meets(value), where


def hard(cell: Cell, line: str, logits: np.ndarray, logit: Shown, value: Shown, where: str) -> None:
    top, size = logits.max(), max(np.abs(logits[np.isfinite(logits)]).max(), 1)
    shares = logits >= top - 128 * np.finfo(np.float32).eps * size  # as the engine has it
    count = int(shares.sum())
    if not shares[cell.col]:
        assert line == "hard_none", where
        assert cell.shown(line, "top").holds(top), where
        assert value == number("0"), where
    else:
        assert line == ("hard_one" if count == 1 else "hard_shared"), where
        assert logit.holds(top), where
        assert value.holds(1 / count), where
        assert count == 1 or int(cell.said[line]["count"]) == count, where


NORMALIZERS = {
    "softmax_one": with_sink,
    "sink": with_sink,
    "sparsemax": sparsemax,
    "entmax15": entmax15,
    "sigmoid": sigmoid,
    "hard": hard,
    "relu": relu,
}


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
    if cell.name == "head_output" and any(edit.stage == "head" for edit in cell.spec.edits):
        assert line == "switched_off", where
        assert cell.value == 0, where
    elif cell.name in PRODUCTS:
        left, right = PRODUCTS[cell.name]
        left = "dropped_weights" if left == "weights" and cell.spec.dropout else left
        check_terms(
            cell.said["product"]["terms"],
            cell.arrays[left][cell.row],
            cell.arrays[right][:, cell.col],
            cell.shown("product", "value"),
            where,
        )
    elif cell.name == "x" and "position_embedding" not in cell.arrays:
        assert line == f"unplaced_{cell.spec.positions}", where
        assert cell.value == cell.arrays["token_embedding"][cell.row, cell.col], where
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
    """The projection's sum; under QK-norm the division by its size; under RoPE the turn of its pair of coordinates."""
    before = cell.arrays[f"projected_{cell.name}"][cell.row]
    projected = cell.shown("projected", "before")
    assert projected.holds(before[cell.col]), where
    weights = cell.arrays[f"w_{cell.name}"][:, cell.col]
    check_terms(cell.said["projected"]["terms"], cell.arrays["x"][cell.row], weights, projected, where)
    assert ("unit_size" in cell.said) == (cell.spec.qk_norm and bool(before.any())), where
    if "unit_size" in cell.said:
        size, normed = cell.shown("unit_size", "size"), cell.shown("unit_size", "normed")
        assert size.holds(math.sqrt((before**2).mean())), where
        assert (projected / size).meets(normed), where
        before = cell.arrays[f"normed_{cell.name}"][cell.row]
        assert normed.holds(before[cell.col]), where
    lines = {"turned_even", "turned_odd"} & set(cell.said)
    even = cell.col - cell.col % 2
    if cell.spec.positions != "rope" or even + 1 == len(before):
        assert not lines, where
        assert before[cell.col] == cell.value, where
        return
    line = "turned_odd" if cell.col % 2 else "turned_even"
    assert lines == {line}, where
    first, second, angle = (cell.shown(line, blank) for blank in ("first", "second", "angle"))
    assert first.holds(before[even]), where
    assert second.holds(before[even + 1]), where
    assert angle.holds(cell.row * 10000 ** (-even / cell.spec.key_width)), where
    turned = first * sin(angle) + second * cos(angle) if cell.col % 2 else first * cos(angle) - second * sin(angle)
    assert turned.meets(cell.shown(line, "value")), where
    assert cell.shown(line, "value").holds(cell.value), where


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
            array = (unmasked(arrays) if matrix.name == "weights" else arrays[matrix.name].double()).numpy()
            upright = array.T if matrix.transposed else array
            wanted = [value for value in upright.flatten() if math.isfinite(value)]
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
