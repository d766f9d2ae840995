"""The stage's larger JavaScript modules by themselves, in Chromium: no app, no network, payloads made by the engine."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from attnlab.bundles import COMPONENTS
from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.engine.edits import MAX_EDITS
from attnlab.engine.edits import STAGES as EDITED_STAGES
from attnlab.pictures.stage import stage_payload
from attnlab.settings import carried
from attnlab.settings.attention import STAGES
from tests.browser.module_page import as_base64
from tests.browser.shown_numbers import number
from tests.browser.stage_page import STAGE
from tests.pictures.payloads import decoded

SELECTION = {"head": 0, "query": 2, "key": 1, "stage": "softmax", "view": "matrix"}
TOKENS = ("one", "two", "two", ",", "three")
CASES: dict[str, dict[str, Any]] = {
    "usual": {},
    "random, learned": {"source": "random", "positions": "learned"},
    "rope": {"positions": "rope", "head_dim": 3},
    "alibi, dropout": {"positions": "alibi", "dropout": 0.5},
    "blind rows": {"mask": "padding", "padding": 2, "pad_left": True, "second_mask": "causal"},
    "cold": {"temperature": 0.05, "score": "dot"},
    "one coordinate": {"d_model": 1, "num_heads": 1},
    "wide": {"d_model": 256, "num_heads": 16},
    "cosine, sparsemax": {"score": "cosine", "normalizer": "sparsemax", "positions": "shaw", "softcap": 0.5},
    "additive, hard": {"score": "additive", "normalizer": "hard", "positions": "t5", "qk_norm": True},
    "gaussian, sink": {"score": "gaussian", "sink": -1.5, "temperature": 2.0, "mask": "none"},
    "linear, 1.5-entmax": {"score": "linear", "normalizer": "entmax15", "qk_norm": True, "positions": "rope"},
    "important, off": {
        "edits": (Edit("importance", 0, 0, 1, 0.0), Edit("importance", 0, 0, 2, 2.5), Edit("head", 0, 0, 0, 0.0))
    },
}


def packed(**fields: Any) -> bytes:
    spec = AttentionSpec(**({"tokens": TOKENS, "d_model": 8, "num_heads": 2, "mask": "causal"} | fields))
    return stage_payload(trace(spec), SELECTION, {}, STAGE)


every_case = pytest.mark.parametrize("fields", CASES.values(), ids=CASES)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_bundle_is_a_module_that_exports_one_function(component: str, modules: Page) -> None:
    exported = modules.evaluate(
        "(name) => import(`/bundle/${name}`).then((all) => Object.entries(all).map(String))", component
    )
    assert len(exported) == 1
    assert exported[0].startswith("default,")


# --- payload.js -------------------------------------------------------------------------------------------------------


@every_case
def test_javascript_reads_the_numbers_that_python_packed(fields: dict[str, Any], modules: Page) -> None:
    payload = packed(**fields)
    wanted = decoded(payload)
    got = modules.evaluate(
        """(base64) => {
          const { header, matrices } = payloadOf(base64);
          const bits = ({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
          const all = Object.values(matrices).map((matrix) => [matrix.name, [matrix.rows, matrix.cols, bits(matrix)]]);
          return [JSON.stringify(header), Object.fromEntries(all)];
        }""",
        as_base64(payload),
    )
    assert json.loads(got[0]) == wanted.header
    assert set(got[1]) == set(wanted.arrays)
    for name, array in wanted.arrays.items():
        rows, cols, bits = got[1][name]
        assert (rows, cols) == array.shape
        assert bits == array.flatten().view("<u4").tolist()


def test_a_message_that_begins_at_an_odd_byte_is_read_as_well(modules: Page) -> None:
    same = modules.evaluate(
        """(base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const shifted = new Uint8Array(bytes.length + 1);
          shifted.set(bytes, 1);
          const [one, other] = [bytes, shifted.subarray(1)].map((all) => m.payload.decodePayload(all));
          const numbers = ({ matrices }) => Object.values(matrices).map(({ data }) => String(data)).join();
          return numbers(one) === numbers(other);
        }""",
        as_base64(packed()),
    )
    assert same


# --- text.js ----------------------------------------------------------------------------------------------------------


def shown_as(modules: Page, values: list[float]) -> list[str]:
    as_text = [
        repr(value) if math.isfinite(value) else {math.inf: "Infinity"}.get(value, "-Infinity") for value in values
    ]
    return modules.evaluate("(values) => values.map((value) => m.text.formatNumber(Number(value)))", as_text)


@settings(max_examples=25)
@given(values=st.lists(st.floats(width=32, allow_nan=False), min_size=40, max_size=80))
@example(values=[0.0, -0.0, 0.004999, 0.005, 99.994, 99.996, 100.0, 9999.9, 9999.96, 1e4, -1e-45, math.inf, -math.inf])
def test_a_number_is_rounded_to_what_is_shown(values: list[float], modules: Page) -> None:
    for value, text in zip(values, shown_as(modules, values), strict=True):
        shown = number(text)
        assert shown.low <= value <= shown.high or math.isclose(value, shown.low, rel_tol=1e-9)
        assert len(text) <= 9
        assert "-" not in text


def test_a_number_keeps_the_digits_that_a_learner_needs(modules: Page) -> None:
    wanted = {
        0.0: "0",
        0.8169: "0.82",
        -2.686: "−2.69",
        0.0041: "4.1e−3",
        99.5: "99.50",
        372.49: "372.5",
        -25848.0: "−2.58e4",
    }
    assert shown_as(modules, list(wanted)) == list(wanted.values())


def test_blanks_are_filled_with_text_and_unknown_ones_stay(modules: Page) -> None:
    filled = modules.evaluate("() => m.text.fill('{a} and {b} {c}', { a: '{b}', b: '<b>$&</b>' })")
    assert filled == "{b} and <b>$&</b> {c}"


def test_a_long_token_is_cut_between_letters_and_a_space_is_seen(modules: Page) -> None:
    family = "\U0001f468\u200d\U0001f469"
    tokens = [" ", "abcdef", "abcde", family]
    shown = modules.evaluate("(tokens) => tokens.map((token) => m.text.shownToken(token, 5))", tokens)
    assert shown == ["␣", "abcd…", "abcde", family]


def test_a_token_is_whole_where_it_fits_and_cut_where_not(modules: Page) -> None:
    fitted = modules.evaluate(
        """(cases) => cases.map(([token, room]) => m.text.fittedToken(token, room, (text) => [...text].length))""",
        [["visualization", 13], ["visualization", 6], ["a b", 3], ["ab", 1], ["x" * 4000, 1e6]],
    )
    assert fitted == ["visualization", "visua…", "a␣b", "a…", "x" * 23 + "…"]


def test_a_sum_shows_its_largest_products_in_their_order(modules: Page) -> None:
    text = modules.evaluate("() => m.text.sumOfProducts([1, 9, -3, 4], [1, 1, 2, 1], 2, '… ({count} smaller)')")
    assert text == "9.00·1.00 + −3.00·2.00 + … (2 smaller)"


# --- explain.js -------------------------------------------------------------------------------------------------------


@every_case
def test_every_cell_of_every_matrix_has_a_title_and_complete_sentences(fields: dict[str, Any], modules: Page) -> None:
    said = modules.evaluate(
        """(base64) => {
          const payload = payloadOf(base64);
          const said = [];
          for (const { name, rows, cols } of Object.values(payload.matrices)) {
            if (!payload.header.text.matrices[name]) continue;
            for (let row = 0; row < rows; row += 1) {
              for (let col = 0; col < cols; col += Math.max(1, Math.floor(cols / 8))) {
                const { title, lines, boxes } = m.explain.explain({ name, row, col }, payload, 8);
                const [first] = boxes;
                said.push([name, title, lines, first.name === name && first.row === row && first.col === col]);
              }
            }
          }
          return said;
        }""",
        as_base64(packed(**fields)),
    )
    assert {name for name, *_ in said} >= {"x", "query", "key", "value", "scores", "weights", "head_output", "output"}
    for name, title, lines, framed in said:
        assert framed
        assert lines
        for text in (title, *lines):
            assert text.strip()
            for leftover in ("{", "}", "undefined", "NaN", "null", "[object"):
                assert leftover not in text, (name, text)


@every_case
def test_every_frame_lies_within_a_matrix_that_is_there(fields: dict[str, Any], modules: Page) -> None:
    outside = modules.evaluate(
        """(base64) => {
          const payload = payloadOf(base64);
          const outside = [];
          const fits = (index, count) => index === undefined || (index >= 0 && index < count && index % 1 === 0);
          for (const { name, rows, cols } of Object.values(payload.matrices)) {
            if (!payload.header.text.matrices[name]) continue;
            for (const [row, col] of [[0, 0], [rows - 1, cols - 1], [0, cols - 1], [rows - 1, 0]]) {
              for (const box of m.explain.explain({ name, row, col }, payload, 8).boxes) {
                const matrix = payload.matrices[box.name];
                if (matrix && !(fits(box.row, matrix.rows) && fits(box.col, matrix.cols))) outside.push([name, box]);
              }
            }
          }
          return outside;
        }""",
        as_base64(packed(**fields)),
    )
    assert outside == []


# --- edits.js ---------------------------------------------------------------------------------------------------------

SOME_EDITS: list[list[Any]] = [
    ["scores", 1, 3, 2, -0.1],
    ["mask", 0, 4, 4, 0],
    ["x", 0, 255, 0, 1e-7],
    ["weights", 0, 1, 1, 123456.789],
]


def with_edits(modules: Page, *edits: list[Any], groups: int = 1) -> list[list[Any]]:
    """The list after these edits, one after the other."""
    return modules.evaluate(
        "([edits, groups]) => edits.reduce((list, edit) => m.edits.withEdit(list, edit, { groups }), [])",
        [list(edits), groups],
    )


def test_the_browser_writes_edits_as_the_server_reads_them(modules: Page) -> None:
    text = modules.evaluate("(edits) => m.edits.encodeEdits(edits)", SOME_EDITS)
    assert carried.decoded(text) == tuple(Edit(*edit) for edit in SOME_EDITS)
    assert modules.evaluate("() => m.edits.encodeEdits([])") == ""
    assert "=" not in text


def test_a_cell_set_again_keeps_its_place_in_the_list(modules: Page) -> None:
    first, other, again = ["scores", 1, 3, 2, 1.5], ["scores", 0, 3, 2, 2.5], ["scores", 1, 3, 2, -7]
    assert with_edits(modules, first, other, again) == [again, other]


def test_heads_that_share_keys_share_their_edits(modules: Page) -> None:
    first, again = ["key", 0, 3, 2, 1.5], ["key", 2, 3, 2, -7]
    assert with_edits(modules, first, again, groups=3) == [again]
    assert with_edits(modules, first, again, groups=2) == [first, again]
    queries = [["query", 0, 3, 2, 1.5], ["query", 2, 3, 2, -7]]
    assert with_edits(modules, *queries, groups=3) == queries


def test_what_changes_nothing_leaves_the_list(modules: Page) -> None:
    kept = ["x", 0, 1, 2, 3]
    for made, undone in [
        (["head", 2, 0, 0, 0], ["head", 2, 0, 0, 1]),
        (["importance", 0, 0, 3, 0.5], ["importance", 0, 0, 3, 1]),
        (["swap", 0, 1, 10, 0], ["swap", 0, 10, 1, 0]),
    ]:
        assert with_edits(modules, kept, made, undone) == [kept]
        assert with_edits(modules, kept, undone if undone[0] != "swap" else kept) == [kept]


def test_swaps_with_something_between_them_stay(modules: Page) -> None:
    swaps = [["swap", 0, 1, 2, 0], ["swap", 0, 2, 3, 0], ["swap", 0, 1, 2, 0]]
    assert with_edits(modules, *swaps) == swaps


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" -2.5 ", -2.5), ("−3", -3), ("0,5", 0.5), (".25", 0.25), ("5.", 5), ("1e3", 1000), ("1E-2", 0.01)]
    + [(text, None) for text in ("", "-", "1e", "NaN", "inf", "Infinity", "0x10", "1e7", "1 2", "1,2,3", "two", "--1")],
)
def test_a_number_is_read_as_people_write_it_and_nothing_else_is(text: str, value: float | None, modules: Page) -> None:
    assert modules.evaluate("(text) => m.edits.readNumber(text)", text) == value


def test_a_link_carries_as_many_edits_as_the_server_takes(modules: Page) -> None:
    edits = [["mask", 0, row, 0, 0] for row in range(MAX_EDITS + 1)]
    assert modules.evaluate("(edits) => m.edits.carries(edits)", edits[:-1])
    assert not modules.evaluate("(edits) => m.edits.carries(edits)", edits)
    long = [["w_value", 11, 251, 241, -0.12345678901234567] for _ in range(MAX_EDITS)]
    text = modules.evaluate("(edits) => m.edits.encodeEdits(edits)", long)
    assert modules.evaluate("(edits) => m.edits.carries(edits)", long) == (len(text) <= carried.MAX_CHARACTERS)


def test_every_stage_that_can_be_edited_is_said_in_whole_words(modules: Page) -> None:
    for stage in EDITED_STAGES:
        for value in (0, 1):
            said = modules.evaluate(
                """([base64, edit]) => m.edits.editWords(edit, payloadOf(base64).header)""",
                [as_base64(packed()), [stage, 0, 99, 1, value]],  # row 99 is beyond the sentence
            )
            assert said
            assert "{" not in said
            assert "undefined" not in said


def test_history_goes_back_and_forth_and_forgets_what_was_undone(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const history = new m.edits.History();
          const [a, b, c] = [["x", 0, 0, 0, 1], ["x", 0, 0, 1, 2], ["x", 0, 0, 2, 3]];
          const seen = [];
          const look = () => seen.push([history.edits.length, history.canUndo, history.canRedo]);
          history.adopt([a, b]);
          look();
          history.undo();
          look();
          history.commit([a, c]);
          look();
          history.undo();
          history.undo();
          history.undo();
          look();
          history.redo();
          look();
          return seen;
        }"""
    )
    assert seen == [[2, True, False], [1, True, True], [2, True, False], [0, False, True], [1, True, True]]


# --- layout.js --------------------------------------------------------------------------------------------------------

LAYOUT = """([base64, widths]) => {
  const { matrices, header } = payloadOf(base64);
  const scenes = [];
  for (const stage of m.layout.STAGES) {
    for (const width of widths) {
      const view = { stage, width, labelWidth: 60, labelHeight: 40, numbers: false, windowHeight: 900 };
      scenes.push({ stage, width, result: m.layout.RESULT[stage], ...m.layout.layout(matrices, view) });
    }
  }
  return scenes;
}"""


@every_case
def test_whatever_a_stage_computes_is_in_sight_and_nothing_sticks_out(fields: dict[str, Any], modules: Page) -> None:
    scenes = modules.evaluate(LAYOUT, [as_base64(packed(**fields)), [340, 700, 1200, 1900]])
    assert {scene["stage"] for scene in scenes} == set(STAGES)
    for scene in scenes:
        where = scene["stage"], scene["width"]
        assert scene["result"] in {place["name"] for place in scene["places"]}, where
        for place in scene["places"]:
            assert STAGE["matrices"][place["name"]]
            assert place["x"] >= 0
            assert place["y"] >= 0
            assert place["x"] + place["cols"] * place["cw"] <= scene["width"] + 0.5, (where, place)
            assert place["y"] + place["rows"] * place["ch"] <= scene["height"], (where, place)


@every_case
def test_no_two_matrices_overlap(fields: dict[str, Any], modules: Page) -> None:
    for scene in modules.evaluate(LAYOUT, [as_base64(packed(**fields)), [340, 1200, 1900]]):
        boxes = [
            (p["x"], p["y"], p["x"] + p["cols"] * p["cw"], p["y"] + p["rows"] * p["ch"], p["name"])
            for p in scene["places"]
        ]
        for place, (left, top, right, bottom, name) in enumerate(boxes):
            for other_left, other_top, other_right, other_bottom, other in boxes[place + 1 :]:
                beside = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
                assert beside, (scene["stage"], scene["width"], name, other)


@every_case
def test_with_numbers_all_matrices_of_a_stage_have_a_place(fields: dict[str, Any], modules: Page) -> None:
    numbers = LAYOUT.replace("numbers: false", "numbers: true")
    narrow, wide = (modules.evaluate(numbers, [as_base64(packed(**fields)), [width]]) for width in (340, 9000))
    for scene, other in zip(narrow, wide, strict=True):
        assert [place["name"] for place in scene["places"]] == [place["name"] for place in other["places"]]
        assert max(place["x"] + place["cols"] * place["cw"] for place in scene["places"]) <= scene["width"] + 0.5
        cells = [place["cw"] for place in scene["places"] if place["name"] in {"weights", "scores", "masked_scores"}]
        assert all(width >= 24 for width in cells)


@every_case
def test_the_names_over_the_weights_reach_nothing_of_v(fields: dict[str, Any], modules: Page) -> None:
    for scene in modules.evaluate(LAYOUT, [as_base64(packed(**fields)), [1200, 1900]]):
        place = {each["name"]: each for each in scene["places"]}
        if "value" in place and "weights" in place:
            caption = place["value"]["y"] + place["value"]["rows"] * place["value"]["ch"] + 20
            assert caption <= place["weights"]["y"] - 40  # the height of the names, see LAYOUT


def test_factors_stand_to_the_left_and_above_their_product(modules: Page) -> None:
    (scene,) = modules.evaluate(LAYOUT, [as_base64(packed()), [1900]])[3:4]
    assert scene["stage"] == "scores"
    place = {each["name"]: each for each in scene["places"]}
    query, key, scores = place["query"], place["key"], place["scores"]
    assert query["y"] == scores["y"]
    assert query["ch"] == scores["ch"]
    assert query["x"] < scores["x"]
    assert key["x"] == scores["x"]
    assert key["cw"] == scores["cw"]
    assert key["y"] < scores["y"]
    assert key["transposed"]


def test_the_cell_under_a_point_is_the_one_that_is_drawn_there(modules: Page) -> None:
    wrong = modules.evaluate(
        """(base64) => {
          const { matrices } = payloadOf(base64);
          const room = { width: 1900, labelWidth: 60, labelHeight: 40, windowHeight: 900 };
          const { places } = m.layout.layout(matrices, { stage: "scores", numbers: false, ...room });
          const wrong = [];
          for (const place of places) {
            for (let r = 0; r < place.rows; r += 1) {
              for (let c = 0; c < place.cols; c += 1) {
                const at = m.layout.cellAt(places, place.x + (c + 0.5) * place.cw, place.y + (r + 0.5) * place.ch);
                const [row, col] = place.transposed ? [c, r] : [r, c];
                if (at?.name !== place.name || at.row !== row || at.col !== col) wrong.push([place.name, r, c, at]);
              }
            }
          }
          return [wrong, m.layout.cellAt(places, -1, -1), m.layout.cellAt(places, 1e6, 1e6)];
        }""",
        as_base64(packed()),
    )
    assert wrong == [[], None, None]


# --- colors.js --------------------------------------------------------------------------------------------------------


def test_colours_tell_sign_size_and_what_is_not_computed_yet(modules: Page) -> None:
    light, dark = modules.evaluate(
        """() => ["#ffffff", "rgb(15, 20, 32)"].map((background) => {
          const element = document.createElement("div");
          element.style.setProperty("--st-background-color", background);
          document.body.append(element);
          const colors = m.colors.themeOf(element);
          const data = Float32Array.from([0, 0.5, 1, -0.5, -1, -Infinity, 1]);
          const image = m.colors.matrixImage({ name: "x", rows: 1, cols: 7, data }, colors, 6);
          return Array.from({ length: 7 }, (_, i) => [...image.data.slice(4 * i, 4 * i + 4)]);
        })"""
    )
    for pixels in (light, dark):
        zero, half, one, minus_half, minus_one, masked, later = pixels
        assert masked == later
        assert zero != masked
        assert all(pixel[3] == 255 for pixel in pixels)
        assert one[0] > one[2]
        assert minus_one[2] > minus_one[0]
        assert distance(zero, half) < distance(zero, one)
        assert distance(zero, minus_half) < distance(zero, minus_one)
    assert sum(light[0][:3]) > 700 > 200 > sum(dark[0][:3])


def distance(one: list[int], other: list[int]) -> float:
    return math.dist(one[:3], other[:3])


def test_weights_are_coloured_on_one_scale_in_every_head(modules: Page) -> None:
    same = modules.evaluate(
        """() => {
          const colors = m.colors.themeOf(document.body);
          const first = (numbers) => {
            const matrix = { name: "weights", rows: 1, cols: 2, data: Float32Array.from(numbers) };
            return m.colors.matrixImage(matrix, colors).data.slice(0, 4).join();
          };
          return [first([0.2, 1]), first([0.2, 0.2])];
        }"""
    )
    assert same[0] == same[1]


def test_a_negative_weight_that_was_set_by_hand_has_the_colour_of_negative_numbers(modules: Page) -> None:
    weight, score = modules.evaluate(
        """() => ["weights", "scores"].map((name) => {
          const matrix = { name, rows: 1, cols: 1, data: Float32Array.from([-1]) };
          return m.colors.matrixImage(matrix, m.colors.themeOf(document.body)).data.join();
        })"""
    )
    assert weight == score
