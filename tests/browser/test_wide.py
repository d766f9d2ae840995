"""The widest picture in a browser: it is painted from sketches, and every number that is read is the engine's."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, Route, expect

from attnlab.engine import AttentionSpec, Edit, trace
from attnlab.looks.layers import Asked, asked
from attnlab.pictures.packing import Sketch, packed
from attnlab.pictures.stage import stage_arrays, stage_lines, stage_payload, stage_picture
from attnlab.pictures.wide import lines_of
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from tests.browser.module_page import as_base64
from tests.browser.shown_numbers import number
from tests.browser.stage_page import STAGE, StagePage
from tests.products import alike
from tests.waiting import eventually

NewPage = Callable[..., Page]
WAITING, AWAY, PLAYING = (page_prose("attention")["wide"][name] for name in ("waiting", "away", "playing"))
TOKENS = tuple(f"w{number}" for number in range(128))
WIDEST = {"sentence": " ".join(TOKENS), "heads": 16, "d_model": 256, "d_k": 128, "d_v": 128, "source": "random"}
SELECTION = {"head": 3, "query": 2, "key": 1, "stage": "softmax", "view": "matrix", "s": ""}
LAYERS: dict[str, dict[str, Any]] = {
    "usual": {"mask": "causal"},
    "turned": {"positions": "rope", "qk_norm": True, "score": "additive", "normalizer": "sparsemax", "dropout": 0.2},
    "biased": {"positions": "alibi", "score": "bilinear", "normalizer": "entmax15", "softcap": 3.0},
    "edited": {
        "score": "gaussian",
        "sink": 1.0,
        "edits": (Edit("swap", 0, 1, 2, 0.0), Edit("scores", 3, 5, 3, 9.0), Edit("importance", 0, 0, 3, 2.0)),
    },
}


# --- modules ----------------------------------------------------------------------------------------------------------


def both(fields: dict[str, Any]) -> list[str]:
    """A wide layer's picture whole, and as it is sent."""
    sizes = {"num_heads": 16, "d_model": 256, "head_dim": 128, "value_dim": 128, "source": "random"}
    spec = AttentionSpec(tokens=TOKENS[:70], **sizes, **fields)
    before = trace(AttentionSpec(tokens=TOKENS[:70], **sizes, **fields | {"edits": ()})) if spec.edits else None
    pictures = (stage_payload(trace(spec), SELECTION, {}, STAGE, before, link) for link in (None, "link"))
    return [as_base64(picture) for picture in pictures]


@pytest.mark.parametrize("compare", ["after", "before"])
@pytest.mark.parametrize("fields", alike(LAYERS.values(), 1), ids=LAYERS)
def test_a_cell_is_spelled_out_as_in_a_whole_picture(compare: str, fields: dict[str, Any], modules: Page) -> None:
    asked_for, wrong = modules.evaluate(
        """([[first, second], compare]) => {
          const [whole, wide] = [payloadOf(first), payloadOf(second)];
          const seen = (payload) => (compare === "before" ? m.edits.beforeEdits(payload) : payload);
          if (whole.header.angles) whole.matrices.angles = matrixOf("angles", whole.header.angles);
          const bring = (line) => {
            const [name, way, index] = line.split(".");
            const read = way === "row" ? m.payload.rowOf : m.payload.columnOf;
            const numbers = Float32Array.from(read(whole.matrices[name], Number(index)));
            wide.matrices[name].lines.take(way, Number(index), numbers);
            return line;
          };
          const asked = new Set();
          const explained = (at) => {
            for (let round = 0; round < 3; round += 1) {
              wide.wanted.clear();
              const said = m.explain.explain(at, seen(wide), 8);
              if (!wide.wanted.size) return said;
              wide.wanted.forEach((line) => asked.add(bring(line)));
            }
            return "never";
          };
          const cells = Object.values(whole.matrices)
            .filter(({ name }) => name in whole.header.text.arithmetic.titles)
            .flatMap(({ name, rows, cols }) =>
              [[0, 0], [5, 3], [rows - 1, cols - 1]].map(([row, col]) => ({ name, row, col })));
          const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
          const wrong = cells.filter((at) => !same(explained(at), m.explain.explain(at, seen(whole), 8)));
          return [asked.size, wrong];
        }""",
        [both(fields), compare],
    )
    assert wrong == []
    assert asked_for > 20


def test_a_sketched_matrix_is_painted_and_never_read(modules: Page) -> None:
    seen = modules.evaluate(
        """([, base64]) => {
          const payload = payloadOf(base64);
          const { w_output: tall } = payload.matrices;
          const image = m.colors.matrixImage(tall, m.colors.themeOf(document.body));
          const drawn = [m.payload.drawnCell(tall, 0, 5), m.payload.drawnCell(tall, tall.rows - 1, 5)];
          return [
            [tall.rows, image.height, image.width],
            drawn.map((value) => Math.abs(value) <= m.payload.magnitude(tall)),
            drawn[1] === tall.data[511 * tall.cols + 5],
            m.payload.cell(tall, 0, 5) === undefined,
            m.payload.rowOf(tall, 1).concat(m.payload.columnOf(tall, 7)).every((value) => value === undefined),
            [...payload.wanted],
          ];
        }""",
        both({}),
    )
    lines = ["w_output.row.0", "w_output.row.1", "w_output.col.7"]
    assert seen == [[2048, 512, 256], [True, True], True, True, True, lines]


def test_a_matrix_sent_by_some_of_its_columns_is_painted_by_those(modules: Page) -> None:
    numbers = torch.arange(6 * 9, dtype=torch.float32).reshape(6, 9)
    seen = modules.evaluate(
        """(base64) => {
          const { few } = payloadOf(base64).matrices;
          const image = m.colors.matrixImage(few, m.colors.themeOf(document.body));
          const drawn = [[5, 8], [3, 6]].map(([row, col]) => Math.round(m.payload.drawnCell(few, row, col)));
          return [image.width, image.height, few.rows, few.cols, ...drawn];
        }""",
        as_base64(packed({}, {"few": Sketch(numbers, most=(2, 3))})),
    )
    assert seen == [3, 2, 6, 9, 43, 43]


def test_codes_stand_for_numbers_on_both_sides_of_zero(modules: Page) -> None:
    seen = modules.evaluate(
        """() => [false, true].map((root) => {
          const codes = new Uint8Array(Int8Array.from([-128, 127, -126, -63, 0, 63, 126]).buffer);
          return [...m.sketch.drawnNumbers(codes, { largest: 2, root })].map(String);
        })"""
    )
    assert seen == [
        ["-Infinity", "NaN", "-2", "-1", "0", "1", "2"],
        ["-Infinity", "NaN", "-2", "-0.5", "0", "0.5", "2"],
    ]


MORE = """async ([base64, cells]) => {
  const payload = payloadOf(base64);
  const [wait, told] = [window.setTimeout, []];
  window.setTimeout = (act, ms) => wait(act, ms / 50);
  const seen = () => cells.map(([row, col]) => m.payload.cell(payload.matrices.concat, row, col) ?? null);
  await new Promise((done) => {
    const more = new m.more.More({ now: () => payload, arrived: () => {
      payload.wanted.clear();
      told.push([seen(), more.isAway]);
      if (payload.wanted.size && told.length < 3) more.lines();
      else done(more.dispose());
    } });
    seen();
    more.lines();
    more.lines(); // asks for nothing: one is on its way
  });
  window.setTimeout = wait;
  return told;
}"""


@contextmanager
def answering(page: Page, answer: Callable[[Route, dict[str, list[str]]], None]) -> Iterator[list[str]]:
    """What is asked of `/picture` for lines, answered so."""
    asked_for: list[str] = []

    def answered(route: Route) -> None:
        query = urlsplit(route.request.url).query
        if "of=lines" not in query:
            route.fallback()
            return
        asked_for.append(query)
        answer(route, parse_qs(query))

    page.route("**/picture?*", answered)
    yield asked_for
    page.unroute("**/picture?*", answered)


def widest(**settings: Any) -> Asked:
    return asked(Explorer.of(WIDEST | settings))


def test_lines_that_are_wanted_are_asked_for_once_and_stay(modules: Page) -> None:
    wide = widest()

    def answer(route: Route, query: dict[str, list[str]]) -> None:
        route.fulfill(body=stage_lines(wide, lines_of(query["line"])))

    cells = [[3, 4], [3, 900], [5, 2047]]
    with answering(modules, answer) as asked_for:
        told = modules.evaluate(MORE, [as_base64(stage_picture(wide)), cells])
    concat = wide.trace().layer.concat[0].numpy()
    assert told == [[[float(concat[row, col]) for row, col in cells], False]]
    assert [query.partition("of=")[2] for query in asked_for] == ["lines&line=concat.row.3&line=concat.row.5"]


@pytest.mark.parametrize(("status", "again"), [(429, True), (204, False)])
def test_what_does_not_come_is_asked_for_again_only_where_the_server_says_so(
    status: int, again: bool, modules: Page
) -> None:
    wide = widest()
    with answering(modules, lambda route, _query: route.fulfill(status=status)) as asked_for:
        modules.evaluate(
            """async (base64) => {
              const payload = payloadOf(base64);
              const wait = window.setTimeout;
              window.setTimeout = (act, ms) => wait(act, ms / 50);
              const more = new m.more.More({ now: () => payload, arrived: () => more.lines() });
              m.payload.cell(payload.matrices.concat, 3, 4);
              more.lines();
              while (!more.isAway) await new Promise((done) => wait(done, 5));
              window.setTimeout = wait;
              await new Promise((done) => wait(done, 250));
              more.dispose();
            }""",
            as_base64(stage_picture(wide)),
        )
    assert (len(asked_for) > 1) is again


def test_numbers_stay_while_another_cell_or_stage_of_the_same_layer_is_chosen(modules: Page) -> None:
    edited = {"s": encoded((Edit("scores", 0, 5, 3, 9.0),))}
    pictures = [widest(**edited, **chosen) for chosen in ({}, {"query": 7, "stage": "output"}, {"head": 2})]
    kept = modules.evaluate(
        """(pictures) => {
          const [first, same, other] = pictures.map(payloadOf);
          const matrices = first.matrices;
          matrices.concat.lines.take("row", 3, Float32Array.from({ length: 2048 }, (_, at) => at));
          Object.assign(matrices["before:concat"], { data: new Float32Array(9), sketch: { rows: 1, largest: 5 } });
          matrices["change:concat"] = { name: "change:concat", data: new Float32Array(9) };
          return [same, other].map((next) => {
            m.more.keepNumbers(first, next);
            const { concat, "before:concat": before, "change:concat": change } = next.matrices;
            m.payload.cell(concat, 4, 0);
            const compared = [before.data, change].map(Boolean);
            return [m.payload.cell(concat, 3, 9) ?? null, ...compared, next.wanted.has("concat.row.4")];
          });
        }""",
        [as_base64(stage_picture(picture)) for picture in pictures],
    )
    assert kept == [[9, True, True, True], [None, False, False, True]]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(new_page: NewPage) -> Callable[..., StagePage]:
    """`opened(**link)`: the widest layer, with these changes."""

    def open_link(**link: Any) -> StagePage:
        return StagePage(new_page(f"/?{urlencode(WIDEST | link)}"))

    return open_link


Opened = Callable[..., StagePage]


def read(stage: StagePage, name: str, row: int, col: int) -> list[str]:
    """The lines of a cell, once they are there."""
    stage.over.scroll_into_view_if_needed()
    stage.point_at(stage.drawn()[name], row, col)
    expect(stage.part("lines")).not_to_have_text(WAITING)
    return stage.lines


def last_number(line: str) -> str:
    return line.rpartition("= ")[2]


def test_the_numbers_of_every_matrix_in_sight_are_the_engines(opened: Opened) -> None:
    stage = opened(mask="causal", dropout=0.2)
    exact = stage_arrays(widest(mask="causal", dropout=0.2).trace(), 0)
    for name in ("query", "weights", "value", "head_output", "concat", "output"):
        if name == "concat":
            stage.show_stage("output")
        if name in {"concat", "output"}:
            stage.point_at(stage.drawn()[name], 40, 77)
            expect(stage.part("lines")).not_to_have_text(WAITING)
        shown = number(last_number(read(stage, name, 40, 7)[-1]).split(" ")[-1])
        assert shown.holds(float(exact[name][40, 7])), name


def test_what_is_pinned_is_read_as_soon_as_the_page_opens(opened: Opened) -> None:
    stage = opened(query=41, key=8)
    expect(stage.part("lines")).not_to_have_text(WAITING)
    weights = widest().trace().layer.heads.weights[0, 0]
    assert number(last_number(stage.lines[-1])).holds(float(weights[40, 7]))
    stage.press("ArrowRight")
    stage.wait_for_link(key="9")
    expect(stage.part("lines")).not_to_have_text(WAITING)
    assert number(last_number(stage.lines[-1])).holds(float(weights[40, 8]))


def test_a_cell_is_edited_from_its_exact_number_and_what_changed_is_painted(opened: Opened) -> None:
    stage = opened()
    wide = widest()
    score = float(wide.trace().layer.heads.scores[0, 0, 30, 20])
    stage.show_stage("scores")
    stage.over.scroll_into_view_if_needed()
    stage.open_cell(stage.drawn()["scores"], 30, 20)
    field = stage.cell_editor
    expect(field).to_be_visible()
    assert float(field.input_value()) == float(f"{np.float32(score):.6g}")
    field.fill("900")
    field.press("Enter")
    stage.wait_for_edits(["scores", 0, 30, 20, 900])
    edit = Edit("scores", 0, 30, 20, 900.0)
    changed = widest(s=encoded((edit,)))
    lines = read(stage, "scores", 30, 20)
    assert lines[-1] == STAGE["edits"]["changed"].format(before=lines[-1].split(" ")[1].strip(","), after="900.0")
    assert number(lines[-1].split(" ")[1].strip(",")).holds(score)
    stage.show_stage("output")
    stage.host.locator("[data-part=compare] [data-name=difference]").click()
    before = changed.before()
    assert before is not None
    largest = float((changed.trace().layer.output[0] - before.layer.output[0]).abs().max())
    stage.wait_inside(
        """(root) => {
          const pressed = root.querySelector("[data-part=compare] [data-name=difference]");
          return pressed.getAttribute("aria-pressed") === "true";
        }"""
    )

    def the_difference_is_painted() -> bool:
        texts = [entry["text"] for entry in stage.painted("base") if entry["kind"] == "text"]
        ranges = [text.rpartition("± ")[2] for text in texts if "128×256" in text]
        return any(number(text).holds(largest) for text in ranges)

    eventually(the_difference_is_painted, every_s=0.1)


def test_before_the_edits_cells_say_what_they_were(opened: Opened) -> None:
    link = {"s": encoded((Edit("scores", 0, 30, 20, 900.0),)), "query": 31, "key": 21}
    stage = opened(**link)
    stage.host.locator("[data-part=compare] [data-name=before]").click()
    before = widest(**link).before()
    assert before is not None
    weight = float(before.layer.heads.weights[0, 0, 30, 20])
    after = float(widest(**link).trace().layer.heads.weights[0, 0, 30, 20])
    assert abs(after - weight) > 0.1
    stage.wait_inside("(root) => root.querySelector('[data-part=lines]').textContent.includes('softmax')")
    expect(stage.part("lines")).not_to_contain_text("900.0")
    expect(stage.part("lines")).not_to_have_text(WAITING)
    assert number(last_number(stage.lines[-1])).holds(weight)


@pytest.mark.parametrize("view", alike(["matrix", "lines", "arithmetic"], 1))
def test_a_saved_picture_has_its_numbers(view: str, opened: Opened) -> None:
    stage = opened(query=41, key=8, view=view)
    expect(stage.part("lines")).not_to_have_text("")
    with stage.page.expect_download() as waiting:
        stage.part("save").locator("[data-name=svg]").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    weights = widest().trace().layer.heads.weights[0, 0, 40]
    assert WAITING not in text
    numbers = [*re.findall(r">(?:w\d+\s+)?(−?[\d.]+(?:e−\d+)?)<", text), last_number(stage.lines[-1])]
    wanted = weights if view != "matrix" else weights[7:8]
    for weight in wanted.tolist():
        assert any(number(shown).holds(weight) for shown in numbers), weight


def test_the_film_plays_without_asking_and_can_be_paused_to_read(opened: Opened) -> None:
    stage = opened(query=41, key=8)
    expect(stage.part("lines")).not_to_have_text(WAITING)
    with answering(stage.page, lambda route, _query: route.fallback()) as asked_for:
        stage.page.emulate_media(reduced_motion="no-preference")
        stage.part("play").click()
        expect(stage.part("lines")).to_have_text(PLAYING)
        asked_for.clear()
        stage.page.wait_for_timeout(300)
        assert asked_for == []
        stage.part("play").click()
        expect(stage.part("lines")).to_contain_text(re.compile(r"\d\.\d"))


@pytest.mark.fresh
def test_numbers_that_do_not_come_are_missed_and_come_later(opened: Opened) -> None:
    stage = opened()
    with answering(stage.page, lambda route, _query: route.fulfill(status=429)):
        stage.over.scroll_into_view_if_needed()
        stage.point_at(stage.drawn()["query"], 90, 7)
        expect(stage.part("lines")).to_have_text(AWAY)
    expect(stage.part("lines")).not_to_have_text(AWAY)
    expect(stage.part("lines")).not_to_have_text(WAITING)
    query = float(widest().trace().layer.heads.query[0, 0, 90, 7])
    assert math.isfinite(query)
    assert number(last_number(stage.lines[-1])).holds(query)
    stage.page.problems.clear()  # type: ignore[attr-defined]
