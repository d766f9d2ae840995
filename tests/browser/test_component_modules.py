"""The modules of every component but the stage: pure functions first, then a small component mounted alone."""

import re
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from attnlab.paths import ASSETS
from attnlab.pictures.catalogue import cards_payload
from attnlab.pictures.packing import Sketch, packed
from attnlab.prose import page_prose
from tests.browser.canvases import Canvas, blocks, mounted, pair, translation
from tests.browser.module_page import as_base64

BLOCKS = page_prose("blocks")["picture"]
HOSTILE = "<b>{name}</b>"
LEGEND = page_prose("attention")["stage"]["legend"]


# --- blocks: laws.js, diagram.js, opened.js, wires.js -----------------------------------------------------------------


@pytest.mark.parametrize("path", ["encoder.1.self_attention", "encoder.1.feed_forward", "encoder.1.self_attention.add"])
@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_every_number_of_an_open_part_has_a_law_in_whole_words(path: str, norm: str, modules: Page) -> None:
    payload = blocks(0, 1, stack_open=path, stack_norm=norm)
    said = modules.evaluate(
        """(base64) => {
          const { header, matrices } = payloadOf(base64);
          const { opened, words } = header;
          const own = Object.fromEntries(opened.matrices.map(({ name }) => [name, matrices[`open:${name}`]]));
          return opened.matrices.map(({ name }) => {
            const { law, values, from } = m.laws.lawOf(opened, own, { name, row: 0, col: 0 }, words.more);
            const sentence = m.text.fill(words.laws[law] ?? "{}", values);
            return [law, sentence, from.every(({ row, col }) => (row ?? col) >= 0)];
          });
        }""",
        as_base64(payload),
    )
    assert said
    for law, sentence, framed in said:
        assert law in BLOCKS["laws"]
        assert not re.search(r"[{}]|undefined|NaN", sentence), (law, sentence)
        assert framed


def test_the_law_of_a_product_names_what_it_was_made_from(modules: Page) -> None:
    made = modules.evaluate(
        """() => {
          const matrices = { weights: matrixOf("weights", [[1, 2]]), value: matrixOf("value", [[3, 9], [4, 9]]),
            head_output: matrixOf("head_output", [[11, 27]]) };
          const at = { name: "head_output", row: 0, col: 0 };
          return m.laws.lawOf({ kind: "attention", facts: {} }, matrices, at, "");
        }"""
    )
    assert made["values"] == {"terms": "1.00·3.00 + 2.00·4.00", "value": "11.00"}
    assert made["from"] == [{"name": "weights", "row": 0}, {"name": "value", "col": 0}]


def test_heads_stand_beside_each_other_with_an_empty_column_between(modules: Page) -> None:
    wide = modules.evaluate(
        """() => {
          const heads = matrixOf("heads", [[1, 2], [3, 4], [5, 6], [7, 8]]);
          const { rows, cols, data } = m.diagram.besideEachOther(heads, 2);
          return [rows, cols, [...data].map((value) => (Number.isNaN(value) ? null : value))];
        }"""
    )
    assert wide == [2, 5, [1, 2, None, 5, 6, 3, 4, None, 7, 8]]


def test_an_open_part_shows_each_of_its_matrices_and_frames_the_cell_it_speaks_of(modules: Page) -> None:
    seen = modules.evaluate(
        """(base64) => {
          const { header, matrices } = payloadOf(base64);
          const { opened, words } = header;
          const own = Object.fromEntries(opened.matrices.map(({ name }) => [name, matrices[`open:${name}`]]));
          const around = { chosen: { cell: null }, tokenOf: () => 1, choose: () => {}, awaits: () => false };
          const panel = new m.opened.Opened(around);
          const colors = m.colors.themeOf(document.body);
          panel.show(opened, own, { words, colors, width: 900, tokens: opened.tokens });
          const count = (selector) => panel.root.querySelectorAll(selector).length;
          const law = panel.root.querySelector(".law").textContent;
          return [count("figure") === opened.matrices.length, count("i.cell"), law];
        }""",
        as_base64(blocks(0, 1)),
    )
    assert seen[:2] == [True, 1]
    assert seen[2]


def test_a_wire_goes_from_the_memory_into_each_part_that_reads_it(modules: Page) -> None:
    kinds = modules.evaluate(
        """() => {
          const { element, shape } = m.dom;
          const section = (side, ...inside) => Object.assign(element("section", "", ...inside), { id: side });
          const memory = element("button");
          memory.dataset.memory = "";
          const reads = () => element("div", "row reads", element("button", "body"));
          const decoder = section("decoder", reads(), reads());
          decoder.dataset.side = "decoder";
          const [root, svg] = [element("div", "", section("encoder", memory), decoder), shape("svg")];
          document.body.replaceChildren(root, svg);
          m.wires.drawWires(svg, root);
          const kinds = [...svg.children].map((path) => path.getAttribute("class"));
          memory.remove();
          m.wires.drawWires(svg, root);
          return [kinds, svg.children.length];
        }"""
    )
    assert kinds == [["wire", "wire", "arrow", "wire", "arrow"], 0]


# --- pair: grid.js, paint.js, sheet.js --------------------------------------------------------------------------------

ROWS = """
  const header = { cards: [{ title: "1", measures: [] }], order: [0], text: { none: "none" }, rows: [
    { kind: "weights", name: "A", tokens: ["a", "b"], heads: 1 },
    { kind: "weights", name: "B", tokens: ["a", "c"], heads: 1 },
    { kind: "difference", name: "B - A" }] };
  const matrices = { m0: matrixOf("m0", [[1, NaN], [0.5, 0.5]]), m1: matrixOf("m1", [[1, NaN], [0.25, 0.75]]) };
  const layers = m.grid.layersOf({ header, matrices });
"""


def test_a_difference_is_b_less_a_and_nothing_where_neither_has_a_weight(modules: Page) -> None:
    seen = modules.evaluate(
        f"""() => {{
          {ROWS}
          const [,, {{ heads, most, tokens }}] = layers;
          const at = (row, col) => m.grid.valueAt(heads[0], row, col);
          return [at(0, 0), Number.isNaN(at(0, 1)), at(1, 0), at(1, 1), at(2, 0) === undefined, most, tokens];
        }}"""
    )
    assert seen == [0, True, -0.25, 0.25, True, 0.25, ["1", "2"]]


def test_the_cell_under_a_point_lies_in_the_slot_that_is_there(modules: Page) -> None:
    cells = modules.evaluate(
        f"""() => {{
          {ROWS}
          const {{ slots, width, height }} = m.paint.cardSlots(layers, 100, 1);
          const under = ({{ x, y, cell }}) => m.paint.cellAt(slots, {{ x: x + 1.5 * cell, y: y + 0.5 * cell }});
          return [slots.map(under), m.paint.cellAt(slots, {{ x: -1, y: -1 }}), width, height > 300];
        }}"""
    )
    assert cells == [[{"row": 0, "col": 1}] * 3, None, 100, True]


def test_a_sheet_has_the_board_above_all_heads(modules: Page) -> None:
    heights = modules.evaluate(
        f"""() => {{
          {ROWS}
          const layout = m.paint.cardSlots(layers, 100, 1);
          const shown = {{ width: 800, layout, layers, images: [[]], header, chosen: {{ head: 0 }}, colors: {{}} }};
          return [null, {{ height: 200 }}].map((board) => m.sheet.sheet({{ ...shown, board }}).height);
        }}"""
    )
    assert heights[1] > heights[0] + 200


# --- translation: lists.js, alignment.js, bridge.js -------------------------------------------------------------------


def test_a_list_has_the_largest_shares_first_as_bars(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const rows = m.lists.largest(["a", "b", "c"], (at) => [0.2, 0.5, 0.3][at], 2);
          const { textContent, children } = m.lists.barList({ title: "t", note: "", kind: "k", rows });
          return [textContent, children[1].querySelector("i").style.width];
        }"""
    )
    assert seen == ["tb0.50c0.30", "50%"]


def test_the_matrix_has_a_mark_for_each_gold_link_and_chooses_the_row_under_the_pointer(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const chosen = [];
          const root = document.body.appendChild(m.dom.element("div"));
          const alignment = new m.alignment.Alignment(root, { choose: (word) => chosen.push(word), hover: () => {} });
          const named = (...names) => names.map((name) => ({ name }));
          const sentence = { source: named("a", "b", "c"), target: named("d", "e"), gold: new Map([["1,2", "sure"]]) };
          alignment.show(matrixOf("weights", [[1, 0, 0], [0, 0, 1]]), sentence, m.colors.themeOf(root), 400);
          const { left, bottom } = alignment.canvas.getBoundingClientRect();
          alignment.canvas.onclick({ clientX: left + 1, clientY: bottom - 1 });
          const [mark] = alignment.marks.children;
          const place = ["left", "top"].map((edge) => parseFloat(mark.style[edge]) / alignment.side);
          root.remove();
          return [chosen, mark.className, place];
        }"""
    )
    assert seen == [[1], "sure", [2, 1]]


def test_a_line_is_drawn_for_each_share_that_counts_the_chosen_words_above(modules: Page) -> None:
    kinds = modules.evaluate(
        """() => {
          const { element, shape } = m.dom;
          const root = document.body.appendChild(
            element("div", "", element("ol", "source"), shape("svg"), element("ol", "target")));
          const bridge = new m.bridge.Bridge(root, () => {});
          bridge.build({ source: [{ name: "a" }, { name: "b" }], target: [{ name: "c" }, { name: "d" }], words: {} });
          const shares = (word, read) => [[0.9, 0.01], [0.1, 0.9]][word][read];
          bridge.follow({ shares, word: 0, shown: 2, pending: false, gold: new Map() });
          const kinds = [...root.querySelectorAll("path")].map((path) => path.getAttribute("class"));
          root.remove();
          return kinds;
        }"""
    )
    assert kinds == ["other", "chosen"]


# --- maps.js, beam_tree.js, live_slider.js ----------------------------------------------------------------------------


def test_the_cell_of_a_map_is_named_by_the_prose_and_names_stay_text(modules: Page) -> None:
    said = modules.evaluate(
        """() => {
          const header = { cell: "{row} > {col}: {value}", position: "{number} {symbol}" };
          const panel = { rows: ["{value}", "b"], cols: ["c"] };
          return m.maps.sentence(header, panel, matrixOf("m0", [[0.5], [0.25]]), { row: 0, col: 0 });
        }"""
    )
    assert said == "1 {value} > 1 c: 0.500"
    assert modules.evaluate("() => [1, 10, 999].map((rows) => m.maps.cellSize({ rows, cols: 1 }))") == [18, 15, 2]
    assert modules.evaluate("() => [1, 20].map((rows) => m.maps.cellSize({ rows, cols: 1 }, true))") == [40, 22]


def test_kept_words_of_a_search_stand_on_top_and_most_dropped_ones_are_counted(modules: Page) -> None:
    nodes = [{"number": n, "step": 1, "kept": n == 8, "score": -n} for n in range(1, 9)]
    seen = modules.evaluate(
        """(nodes) => {
          const { places, counts, columns } = m.beam_tree.placed(nodes);
          return [[...places.keys()], places.get(8).y, counts.map(({ count }) => count), columns];
        }""",
        nodes,
    )
    assert seen == [[8, 1, 2, 3, 4, 5], 0, [2], 1]


def test_a_track_leads_back_to_the_value_it_came_from(modules: Page) -> None:
    seen = modules.evaluate(
        """() => {
          const tracks = [m.live_slider.logarithmic({ min: 0.1, max: 10 }), m.live_slider.stopped([1, 2, 8])];
          const back = ({ toTrack, toValue }, values) => values.map((value) => toValue(toTrack(value)));
          return [back(tracks[0], [0.1, 1, 2.5, 10]), back(tracks[1], [1, 2, 8])];
        }"""
    )
    assert seen == [[0.1, 1, 2.5, 10], [1, 2, 8]]


def test_the_picture_that_a_layer_reads_stands_below_its_matrix(modules: Page) -> None:
    told = modules.evaluate(
        """() => {
          const read = { items: { picture: { grid: [4, 2], rows: 8, cols: 8 } } };
          const slot = (layer, x, y = 0) => ({ layer, x, y });
          const board = (...slots) => m.below.withPictures({ slots, height: 300 }, [read, {}, read]);
          const places = ({ pictures, height }) => [pictures?.map(({ layer, x, y }) => [layer, x, y]), height];
          const in_a_row = board(slot(0, 40), slot(1, 240), slot(2, 440));
          return [in_a_row, board(slot(0, 40), slot(2, 40, 150)), board(slot(1, 40))].map(places);
        }"""
    )
    in_a_row, one_below_the_other, of_words = told
    assert [[layer, x] for layer, x, _ in in_a_row[0]] == [[0, 40], [2, 440]]  # each below its own
    assert all(y > 300 for _, _, y in in_a_row[0])
    assert one_below_the_other[0][0][2] == one_below_the_other[0][1][2]  # beside one another, below them all
    assert in_a_row[1] == one_below_the_other[1] > 300 + 100
    assert of_words == [None, 300]


# --- components, mounted ----------------------------------------------------------------------------------------------


def text_of(canvas: Canvas, selector: str) -> list[str]:
    return canvas.page.locator(f"#mount {selector}").all_inner_texts()


@pytest.mark.parametrize("name", ["blocks", "pair", "translation"])
def test_a_canvas_stamps_what_is_on_screen(name: str, browser: Browser) -> None:
    message = {"blocks": blocks, "pair": pair, "translation": translation}[name](0, 1)
    with mounted(browser, name) as canvas:
        canvas.run(message)
        assert canvas.page.locator("#mount").get_attribute("data-params") is not None


def test_answers_are_tables_of_text(browser: Browser) -> None:
    cells = [{"text": HOSTILE, "kind": "right", "note": "why"}, {"text": "b"}]
    with mounted(browser, "answers") as canvas:
        canvas.run({"examples": [{"rows": [{"name": "A", "cells": cells}]}]})
        assert text_of(canvas, "th") == ["A"]
        assert text_of(canvas, "td") == [HOSTILE, "b"]
        assert canvas.page.locator("#mount td.right").get_attribute("title") == "why"


def test_a_press_is_told_with_its_number_until_it_was_taken(browser: Browser) -> None:
    def told(heard: int, first: str) -> dict[str, Any]:
        buttons = [{"name": first, "text": HOSTILE, "wide": True}, {"name": "stop", "text": "Stop", "wide": False}]
        return {"label": "orders", "heard": heard, "buttons": buttons}

    with mounted(browser, "orders") as canvas:
        canvas.run(told(3, "pause"))  # a page drawn anew: three were taken before
        assert text_of(canvas, "button") == [HOSTILE, "Stop"]
        pause, stop = canvas.page.locator("#mount button").all()
        pause.press("Enter")
        stop.click()
        assert canvas.told(2) == [
            [{"count": 4, "name": "pause"}],
            [{"count": 4, "name": "pause"}, {"count": 5, "name": "stop"}],
        ]
        canvas.run(told(4, "resume"))  # the first was taken, the second is on its way
        assert canvas.page.locator("#mount [aria-busy]").all_inner_texts() == ["Stop"]
        pause.click()
        assert canvas.told(3)[-1] == [{"count": 5, "name": "stop"}, {"count": 6, "name": "resume"}]
        expect(pause).to_be_focused()


def test_a_long_example_opens_at_its_answer_and_stays_where_it_is_scrolled(browser: Browser) -> None:
    inputs = [{"text": "garden", "kind": "input"} for _ in range(200)]
    due = [{"text": "", "kind": "target"} for _ in range(199)] + [{"text": "good", "kind": "target"}]
    long = {"examples": [{"rows": [{"name": "input", "cells": inputs}, {"name": "answer", "cells": due}]}]}
    with mounted(browser, "answers") as canvas:
        canvas.page.add_style_tag(path=ASSETS / "answers" / "answers.css")
        canvas.run(long)
        example, answer = canvas.page.locator("#mount .example"), canvas.page.get_by_text("good", exact=True)
        expect(answer).to_be_in_viewport()
        example.evaluate("(example) => { example.scrollLeft = 0; }")
        canvas.run(long)
        expect(answer).not_to_be_in_viewport()


def test_a_written_token_is_shaded_by_what_it_was_said_from_and_walked_by_keys(browser: Browser) -> None:
    def said(text: str, looked: list[Any], begin: int) -> dict[str, Any]:
        offers = [{"text": text, "share": 0.9, "kept": True}, {"text": " ", "share": 0.1, "kept": False}]
        return {"text": text, "offers": offers, "looked": looked, "begin": begin}

    prompt = [{"text": HOSTILE, "known": True}, {"text": "猫", "known": False}]
    written = [said("a", [[100, 900], [500, 500]], 0), said("b", [[0, 1000], None], 1)]
    line = {"name": "LSTM", "color": "#000", "note": "", "prompt": prompt, "said": written}
    words = page_prose("writing")["canvas"]
    with mounted(browser, "writing") as canvas:
        canvas.run({"text": words, "measures": ["influence", "attention"], "lines": [line]})
        assert text_of(canvas, ".text span") == [HOSTILE, "猫", "a", "b"]
        assert text_of(canvas, ".unknown") == ["猫"]

        def shades() -> list[str]:
            read = "all => all.map((one) => one.style.getPropertyValue('--part'))"
            found: list[str] = canvas.page.locator("#mount .text span").evaluate_all(read)
            return found

        assert shades() == ["0%", "0%", "85%", "0%"]  # of the last one, which was read from the second token on
        canvas.page.locator("#mount .text").focus()
        canvas.page.keyboard.press("ArrowLeft")
        assert [round(float(shade.rstrip("%")), 1) for shade in shades()] == [9.4, 85, 0, 0]
        assert text_of(canvas, "[aria-current]") == ["a"]
        assert text_of(canvas, ".offers b") == ["a", "␣"]
        assert text_of(canvas, ".offers .cut b") == ["␣"]
        canvas.page.get_by_role("radio", name="attention").click()
        assert shades() == ["85%", "85%", "0%", "0%"]
        canvas.page.locator("#mount .said").last.click()
        assert text_of(canvas, ".offers .none") == [words["none"]]


def test_a_card_has_its_formula_its_picture_and_its_source(browser: Browser) -> None:
    mathml = "<math xmlns='http://www.w3.org/1998/Math/MathML'><mi>q</mi></math>"
    card: dict[str, Any] = {"name": HOSTILE, "mathml": mathml}
    card |= {
        "line": "line",
        "more": "",
        "source": "paper",
        "title": "title",
        "url": "http://www.w3.org/",
        "picture": "p",
    }
    words = {"show": "Show it", "show_help": "Show {name}", "picture": "Picture of {name}"}
    words |= {"groups": "groups", "find": "find", "found": "{count}"}
    with mounted(browser, "cards") as canvas:
        canvas.run(cards_payload([{"title": "group", "line": "", "cards": [card]}], words, {"p": torch.eye(3)}))
        assert text_of(canvas, "h3") == [HOSTILE]
        assert canvas.page.locator("#mount math mi").all_text_contents() == ["q"]
        assert canvas.page.locator("#mount canvas").get_attribute("aria-label") == f"Picture of {HOSTILE}"
        assert canvas.page.locator("#mount").get_attribute("data-cards") == "1"


def test_a_map_says_the_cell_under_the_pointer(browser: Browser) -> None:
    panel = {"title": "t", "note": "", "color": "", "rows": ["a", "b"], "cols": ["c", "d"]}
    header = {
        "panels": [panel],
        "hint": "hint",
        "cell": "{row}/{col}={value}",
        "position": "{symbol}",
        "words": {"legend": LEGEND},
    }
    with mounted(browser, "maps") as canvas:
        canvas.run(packed(header, {"m0": torch.eye(2)}))
        canvas.page.locator("#mount canvas").hover(position={"x": 25, "y": 25})
        assert text_of(canvas, "[data-part=said]") == ["b/d=1.000"]


def test_a_head_is_framed_at_once_and_the_same_choice_is_told_again(browser: Browser) -> None:
    header = {
        "labels": [["first", HOSTILE], ["mixed", "self"]],
        "entropy_bits": [[0.25, 1.0], [2.0, 0.0]],
        "chosen": {"layer": 0, "head": 0},
        "words": {"name": "n", "layer": "L{number}", "head": "H{number}", "labels": {"self": "itself"}}
        | {"entropy": "{bits} bits", "cell": "L{layer} H{head} {label} {entropy}", "legend": LEGEND},
    }
    weights = torch.eye(3).repeat(4, 1)
    payload = packed(header, {"weights": Sketch(weights, root=True)}, revised_by=("chosen",))
    with mounted(browser, "overview") as canvas:
        canvas.run(payload)
        cells = canvas.page.get_by_role("gridcell").get_by_role("button")
        names = ["L1 H1 first 0.3 bits", f"L1 H2 {HOSTILE} 1.0 bits", "L2 H1 mixed 2.0 bits", "L2 H2 itself 0.0 bits"]
        assert [cell.get_attribute("aria-label") for cell in cells.all()] == names
        pressed = canvas.page.get_by_role("button", pressed=True)
        expect(pressed).to_have_accessible_name(names[0])
        cells.nth(3).click()
        expect(pressed).to_have_accessible_name(names[3])
        canvas.page.wait_for_timeout(2)
        cells.nth(3).click()
        first, second = canvas.told(2)
        assert (first["layer"], first["head"]) == (second["layer"], second["head"]) == (1, 1)
        assert first["at"] != second["at"]
        color = "(canvas, [x, y]) => canvas.getContext('2d').getImageData(x, y, 1, 1).data.join()"
        picture = cells.nth(2).locator("canvas")
        assert picture.evaluate(color, [1, 1]) == picture.evaluate(color, [2, 2]) != picture.evaluate(color, [1, 0])


def test_a_complete_hypothesis_is_chosen_by_a_click(browser: Browser) -> None:
    words = {"name": "tree", "hint": "hint", "node": "{word}", "more": "+{count}"}
    words |= {"ranked": "{sentence}", "scored": "{score}"}
    root = {"number": 0, "parent": None, "word": "start", "step": 0, "kept": True, "rank": None, "score": 0}
    end = root | {
        "number": 1,
        "parent": 0,
        "word": "end",
        "step": 1,
        "rank": 1,
        "sentence": "Le chat",
        "shownScore": "-0.50",
    }
    with mounted(browser, "beam_tree") as canvas:
        canvas.run({"nodes": [root, end], "winner": [1, 0], "shown": 1, "words": words})
        canvas.page.locator("#mount ol button").click()
        assert canvas.told() == [{"hypothesis": 1}]
        assert canvas.page.locator("#mount path.winner").count() == 1


def test_a_word_is_replaced_while_it_is_typed(browser: Browser) -> None:
    names = ("verdicts", "group", "edit", "replace", "remove", "picks", "hint")
    words = [{"text": text, "changed": False, "unknown": False} for text in ("not", "good")]
    data = {
        "base": "not good",
        "words": words,
        "verdicts": [],
        "rows": [],
        "vocabulary": [],
        "picks": [],
        "revision": "r",
    }
    with mounted(browser, "chips") as canvas:
        canvas.run(data | {"text": {name: f"{name} {{word}}" for name in names}})
        canvas.page.get_by_role("button", name="good").click()
        assert canvas.told()[-1] == {"text": "not good", "place": 1}
        canvas.page.get_by_role("combobox").fill("bad")
        assert canvas.told(2)[-1] == {"text": "not bad", "place": 1}
        canvas.page.get_by_role("combobox").press("Enter")
        assert canvas.told(3)[2:] == [{"text": "not bad", "place": None}]
        expect(canvas.page.get_by_role("combobox")).to_be_hidden()


def test_a_slider_tells_the_value_it_is_let_go_at(browser: Browser) -> None:
    data = {"label": "temperature", "name": "t", "value": 1, "help": "", "min": 0.1, "max": 10, "stops": None}
    with mounted(browser, "live_slider") as canvas:
        canvas.run(data)
        canvas.page.get_by_role("slider").press("End")
        assert canvas.told()[-1]["value"] == 10
        canvas.page.get_by_role("slider").dispatch_event("change")
        assert canvas.page.evaluate("() => told.at(-1)") == {"value": 10, "final": True}


def test_a_number_is_typed_or_taken_from_the_track_and_one_out_of_bounds_is_told_to_nobody(browser: Browser) -> None:
    data = {"label": "temperature", "name": "t", "value": 1, "help": "", "min": 0.05, "max": 10, "stops": None}
    with mounted(browser, "live_slider") as canvas:
        canvas.run(data)
        field = canvas.page.get_by_role("spinbutton", name="temperature")
        expect(field).to_have_value("1.00")
        field.fill("0.37")
        field.press("Enter")
        assert canvas.told()[-1] == {"value": 0.37, "final": True}
        field.fill("11")
        field.press("Enter")
        expect(field).to_have_attribute("aria-invalid", "true")
        marks = canvas.page.get_by_role("group", name="temperature").get_by_role("button")
        assert marks.all_inner_texts() == ["0.1", "1", "10"]
        marks.first.click()
        assert canvas.told(2)[1:] == [{"value": 0.1, "final": True}]
        expect(field).to_have_value("0.10")


def test_a_slider_goes_from_stop_to_stop_by_itself_and_stays_where_it_is_stopped(browser: Browser) -> None:
    data = {
        "label": "step",
        "name": "s",
        "value": 8,
        "help": "",
        "min": 0,
        "max": 0,
        "stops": [1, 2, 8],
        "play": "Replay",
    }
    with mounted(browser, "live_slider") as canvas:
        canvas.page.clock.install()
        canvas.run(data)
        play = canvas.page.get_by_role("button", name="Replay")
        play.click()
        canvas.page.clock.run_for(5_000)
        assert canvas.told()[-1] == {"value": 1, "final": True}
        canvas.run(data)  # an answer to an earlier stop moves nothing
        canvas.page.clock.run_for(5_000)
        assert canvas.told(2)[-1] == {"value": 2, "final": True}
        play.click()
        canvas.page.clock.run_for(20_000)
        assert len(canvas.told(2)) == 2
        play.click()
        canvas.page.clock.run_for(20_000)
        assert canvas.told(3)[-1] == {"value": 8, "final": True}
        assert play.get_attribute("aria-pressed") == "false"


def test_a_slider_without_stops_has_nothing_to_replay(browser: Browser) -> None:
    data = {"label": "t", "name": "t", "value": 1, "help": "", "min": 0.1, "max": 10, "stops": None, "play": ""}
    with mounted(browser, "live_slider") as canvas:
        canvas.run(data)
        expect(canvas.page.locator("#mount .play")).to_be_hidden()
