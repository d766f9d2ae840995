"""How items look where they are no words, the pad on which a picture is drawn, the line of a series."""

import re
from typing import Any

import torch
from playwright.sync_api import Browser, Page, expect

from attnlab.looks.trained.probes import Curve
from attnlab.pictures.packing import packed
from attnlab.prose import page_prose
from attnlab.sequences import HUES, Level, Patch, Sign, picture_of
from attnlab.settings.drawn import told
from attnlab.settings.drawn.moved import told as moved_told
from tests.browser.canvases import mounted

WORDS = page_prose("training")["drawing"]
HOSTILE = "<b>{name}</b>"
PICTURE = Patch("", 2, 3, (0, 1, 0, 0, 0, 0.5)).wire

INK = """(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  return (x, y) => [...pixels.slice(4 * (Math.round(y * height) * width + Math.round(x * width))).slice(0, 3)];
}"""


# --- looks.js ---------------------------------------------------------------------------------------------------------


def test_a_patch_is_painted_cell_by_cell_and_named(modules: Page) -> None:
    seen = modules.evaluate(
        f"""(look) => {{
          const colors = m.colors.themeOf(document.body);
          const canvas = m.looks.lookElement(look, "1:2", 60, colors);
          const at = ({INK})(canvas);
          const size = [canvas.style.width, canvas.style.height];
          const cells = [at(0.5, 0.25), at(0.17, 0.25), at(0.83, 0.75)].map((rgb) => rgb[0]);
          return [size, cells, canvas.getAttribute("aria-label"), [...m.looks.greyOf(look)]];
        }}""",
        PICTURE,
    )
    (width, height), (ink, paper, half), label, grey = seen
    assert (width, height, label) == ("60px", "40px", "1:2")
    assert ink < half < paper == 255
    assert grey == [0, 255, 0, 0, 0, 128]


def test_a_level_is_as_high_as_its_share_and_a_sign_is_a_letter_in_its_colour(modules: Page) -> None:
    looks = [Level("3", 3, 0, 4).wire, *(Sign("A", hue).wire for hue in range(HUES))]
    heights, hues, text = modules.evaluate(
        f"""([level, ...signs]) => {{
          const colors = m.colors.themeOf(document.body);
          const at = ({INK})(m.looks.lookElement(level, "3", 30, colors));
          const made = signs.map((sign) => m.looks.lookElement(sign, "{HOSTILE}", 30, colors));
          return [[at(0.5, 0.2), at(0.5, 0.3)], made.map(({{ style }}) => style.color), made[0].textContent];
        }}""",
        looks,
    )
    assert heights[0] != heights[1]  # empty above three quarters, ink below
    assert len(set(hues)) == HUES
    assert text == HOSTILE


def test_a_label_is_drawn_in_its_room_on_a_board_and_in_a_saved_picture(modules: Page) -> None:
    looks = [PICTURE, Level("3", 3, 0, 4).wire, Sign("A", 2).wire, None]
    drawn, boxes, bars, inks = modules.evaluate(
        """([patch, level, sign, word]) => {
          const colors = m.colors.themeOf(document.body);
          const svg = new m.svg.SvgContext(200, 200, "labels");
          const room = { x: 20, y: 40, width: 48, height: 16 };
          const paint = (look) => m.looks.paintLabel(svg, look, room, "right", false, colors);
          const drawn = [patch, level, sign, word].map(paint);
          const rects = [...svg.root.querySelectorAll("rect")].map((one) =>
            ["x", "y", "width", "height"].map((name) => Number(one.getAttribute(name))));
          m.looks.paintLabel(svg, level, { x: 0, y: 0, width: 16, height: 40 }, "bottom", false, colors);
          const [high] = [...svg.root.querySelectorAll("rect")].slice(-1);
          const bars = [rects.at(-1)[2], Number(high.getAttribute("height"))];
          const inks = [sign, word].map((look) => m.looks.labelInk(look, false, colors));
          return [drawn, rects.slice(0, -1), bars, [...inks, m.looks.labelInk(sign, true, colors) === colors.accent]];
        }""",
        looks,
    )
    assert drawn == [True, True, False, False]
    assert len(boxes) == 2 + 6  # paper, cells, frame
    assert all(x >= 20 and x + width <= 68 and y >= 40 and y + height <= 56 for x, y, width, height in boxes)
    assert max(x + width for x, _, width, _ in boxes[:1]) == 68, "it stands at the edge"
    assert bars == [0.75 * 48, 0.75 * 40]
    assert inks[0] != inks[1]
    assert inks[2]


def test_words_beside_words_are_left_out_where_they_touch_and_drawings_never_are(modules: Page) -> None:
    every = modules.evaluate(
        """(look) => {
          const shown = (header) => header.tokens.map((_, at) => m.looks.labelsDrawn(header, 5, 9, null)(at));
          const tokens = ["1:1", "1:2", "2:1", "?"];
          return [shown({ tokens }), shown({ tokens, items: { looks: [look, look, look, null] } })];
        }""",
        PICTURE,
    )
    assert every == [[True, False, True, False], [True] * 4]


def test_the_attention_of_a_query_lies_on_the_picture_and_a_point_on_it_is_a_patch(modules: Page) -> None:
    patches = [Patch(f"{row}:{col}", 1, 1, (0.0,)) for row in (1, 2) for col in (1, 2)]
    picture = {**picture_of(patches, (2, 2)).wire, "grid": [2, 2], "places": [0, None, 2, 3, 1]}
    pixels, positions, size = modules.evaluate(
        f"""(picture) => {{
          const colors = m.colors.themeOf(document.body);
          const header = {{ head: 0, tokens: ["1:1", "?", "2:1", "2:2", "1:2"],
            items: {{ picture, names: [null, null, null, null, null], words: {{ looks: "{{query}}" }} }} }};
          const weights = matrixOf("weights", Array(5).fill([0, 0, 0, 0.2, 0.8]));
          const scene = m.onpicture.withPicture({{ width: 300, height: 100 }}, header, false);
          const canvas = document.createElement("canvas");
          const context = m.canvas.sized(canvas, scene.width, scene.height);
          const [box, payload] = [scene.picture, {{ header, matrices: {{ weights }} }}];
          m.onpicture.paintOnPicture(context, box, payload, {{ query: 1, key: null }}, null, colors);
          const {{ x, y, width, height }} = box;
          const points = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]];
          const at = ({INK})(canvas);
          const pixels = points.map(([a, b]) => at((x + a * width) / scene.width, (y + b * height) / scene.height)[2]);
          const under = (left, top) => m.onpicture.positionUnder(box, header, left, top);
          const found = points.map(([a, b]) => under(x + a * width, y + b * height));
          const words = m.onpicture.withPicture({{ width: 300, height: 100 }}, {{ tokens: ["a"] }}, false);
          return [pixels, [...found, under(1, 1)], [scene.width > 300, words.width]];
        }}""",
        picture,
    )
    first, second, third, fourth = pixels
    assert first == third == 255
    assert second < fourth < 255
    assert positions == [0, 4, 2, 3, None]
    assert size == [True, 300]


def test_an_item_without_a_look_is_its_label_as_text(modules: Page) -> None:
    made = modules.evaluate("(label) => m.looks.lookElement(null, label, 30, {}).innerHTML", HOSTILE)
    assert made == "&lt;b&gt;{name}&lt;/b&gt;"


def test_the_largest_share_is_tinted_most(modules: Page) -> None:
    (large, small, none) = modules.evaluate(
        """() => {
          const canvas = document.createElement("canvas");
          const context = m.canvas.sized(canvas, 60, 60);
          const colors = m.colors.themeOf(document.body);
          m.looks.tint(context, matrixOf("m0", [[0.4, 0.1], [0, 0]]), { x: 0, y: 0, width: 60, height: 60 }, colors);
          const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
          const pixel = (x, y) => Math.round(y * canvas.height) * canvas.width + Math.round(x * canvas.width);
          const alpha = (x, y) => data[4 * pixel(x, y) + 3];
          return [alpha(0.25, 0.25), alpha(0.75, 0.25), alpha(0.25, 0.75)];
        }"""
    )
    assert large > small > none == 0


def test_shares_lie_over_a_picture_and_the_patch_under_the_pointer_is_said(browser: Browser) -> None:
    panel: dict[str, Any] = {"title": "t", "note": "", "color": "", "rows": [], "cols": [], "picture": PICTURE}
    header = {"panels": [panel], "hint": "hint", "cell": "", "position": "", "patch": "{row}|{col}|{value}"}
    header["words"] = {"legend": {"share": "share"}}
    with mounted(browser, "maps") as canvas:
        canvas.run(packed(header, {"m0": torch.tensor([[0.0, 0.25, 0.0]])}))
        box = canvas.page.locator("#mount canvas").bounding_box()
        assert box is not None
        canvas.page.locator("#mount canvas").hover(position={"x": box["width"] / 2, "y": 5})
        expect(canvas.page.locator("#mount [data-part=said]")).to_have_text("1|2|0.250")


def test_an_answer_with_a_look_is_a_picture_in_its_cell(browser: Browser) -> None:
    cells = [{"text": "picture", "kind": "input", "look": PICTURE}, {"text": "plain"}]
    with mounted(browser, "answers") as canvas:
        canvas.run({"examples": [{"rows": [{"name": "A", "cells": cells}]}]})
        expect(canvas.page.locator("#mount td canvas")).to_have_attribute("aria-label", "picture")
        expect(canvas.page.locator("#mount td").last).to_have_text("plain")


# --- pad.js -----------------------------------------------------------------------------------------------------------


def test_a_bitmap_has_the_counts_it_was_made_from(modules: Page) -> None:
    counts = [cell % 17 for cell in range(64)]
    assert modules.evaluate("(counts) => m.pad.countsOf(m.pad.bitsOf(counts))", counts) == counts


def test_a_picture_stands_in_the_link_as_the_settings_read_it(modules: Page) -> None:
    counts = [cell % 17 for cell in range(64)]
    assert modules.evaluate("(counts) => m.pad.inLink(7, counts)", counts) == told(7, counts)


def test_a_pen_inks_a_disc_and_a_patch_is_filled_or_emptied_whole(modules: Page) -> None:
    dabbed, filled, emptied = modules.evaluate(
        """() => {
          const empty = new Uint8Array(1024);
          const full = m.pad.turned(empty, [2, 4], 1, 1);
          return [m.pad.dabbed(empty, { x: 16, y: 16 }, 1), full, m.pad.turned(full, [2, 4], 1, 1)].map(m.pad.countsOf);
        }"""
    )
    inked = [cell for cell, count in enumerate(dabbed) if count]
    assert inked == [27, 28, 35, 36]  # around the middle
    assert [cell for cell, count in enumerate(filled) if count == 16] == [20, 21, 22, 23, 28, 29, 30, 31]
    assert sum(filled) == 8 * 16
    assert sum(emptied) == 0


def data(revision: str, ink: int = 0) -> dict[str, Any]:
    words = {**WORDS["tools"], "label": WORDS["label"]}
    return {"cells": [ink] * 64, "words": words, "patch": [2, 2], "revision": revision}


def test_a_pad_is_drawn_on_by_pointer_and_by_keys(browser: Browser) -> None:
    with mounted(browser, "pad") as canvas:
        page, told = canvas.page, "told.at(-1)"
        canvas.run(data("a"))
        drawn = page.locator("#mount canvas")
        expect(drawn).to_have_attribute("aria-label", WORDS["label"])
        drawn.hover(position={"x": 20, "y": 20})
        page.mouse.down()
        drawn.hover(position={"x": 180, "y": 20})
        page.mouse.up()
        page.wait_for_function("() => told.length > 0")
        page.wait_for_function(f"() => {told}.slice(0, 7).every((ink) => ink > 0)")  # no gap in the stroke
        page.get_by_role("button", name=WORDS["tools"]["clear"]).click()
        page.wait_for_function(f"() => {told}.every((ink) => ink === 0)")
        drawn.focus()
        for key in ("ArrowRight", "ArrowDown", "Space"):
            page.keyboard.press(key)
        page.wait_for_function(f"() => {told}.reduce((sum, ink) => sum + ink) === 64")
        assert [cell for cell, ink in enumerate(page.evaluate(told)) if ink] == [18, 19, 26, 27]


def test_a_drawing_stays_until_another_picture_comes(browser: Browser) -> None:
    with mounted(browser, "pad") as canvas:
        canvas.run(data("a"))
        tools = {name: canvas.page.get_by_role("button", name=WORDS["tools"][name]) for name in ("patch", "eraser")}
        tools["patch"].click()
        expect(tools["patch"]).to_have_attribute("aria-pressed", "true")
        canvas.page.locator("#mount canvas").click(position={"x": 5, "y": 5})
        canvas.page.wait_for_function("() => told.length === 1")
        canvas.run(data("a"))  # a rerun of the page, with the picture it began with
        tools["eraser"].click()
        canvas.page.locator("#mount canvas").click(position={"x": 200, "y": 200})
        canvas.page.wait_for_function("() => told.length === 2")
        assert canvas.page.evaluate("told[1]")[:2] == [16, 16]
        canvas.run(data("b", 16))
        canvas.page.locator("#mount canvas").click(position={"x": 5, "y": 5})
        canvas.page.wait_for_function("() => told.length === 3")
        assert canvas.page.evaluate("told[2]")[2:] == [16] * 62
        expect(canvas.page.locator("#mount")).to_have_attribute("data-pad", re.compile("b"))


# --- handles.js -------------------------------------------------------------------------------------------------------


def test_a_value_is_moved_by_pointer_and_by_keys_and_goes_back_with_the_link(browser: Browser) -> None:
    words = page_prose("attention")["items"]
    curve = {"held_out": [0.0] * 5, "moved": [], "low": -2.0, "high": 2.0, "movable": 4}
    begun = {
        **curve,
        "words": {"label": words["curve"], "value": words["level"]},
        "revision": "a",
        "name": "drawn",
        "over": 3,
    }
    with mounted(browser, "handles") as canvas:
        page, told = canvas.page, "told.at(-1)"
        canvas.run(begun)
        line = page.locator("#mount canvas")
        expect(line).to_have_attribute("aria-label", words["curve"])
        box = line.bounding_box()
        assert box is not None
        line.hover(
            position={"x": 44 + (box["width"] - 60) / 4, "y": 85}
        )  # over the second value, which is in the middle
        page.mouse.down()
        line.hover(position={"x": box["width"] - 5, "y": 1})  # above the edge, and over another value
        page.mouse.up()
        page.wait_for_function(f"() => {told}?.[0]?.[1] === 1295")
        assert page.evaluate(told) == [[1, 1295]]
        expect(line).to_have_attribute("aria-valuetext", words["level"].format(number=2, value="2.00"))
        canvas.run(begun | {"moved": [[1, 1295]]})  # as the server gives it back
        line.focus()
        for key in ("End", "ArrowDown"):
            page.keyboard.press(key)
        page.wait_for_function(f"() => {told}.length === 2")
        last = page.evaluate(told)
        assert [place for place, _ in last] == [1, 3], "the last value stays"
        assert last[1][1] < 1295 / 2
        canvas.run(begun | {"moved": last})
        page.keyboard.press("Delete")
        page.wait_for_function(f"() => {told}.length === 1")
        canvas.run(begun | {"moved": [[1, 1295]]})
        canvas.run(begun)  # gone back in the history
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        expect(line).to_have_attribute("aria-valuetext", words["level"].format(number=2, value="0"))


def test_moved_values_stand_in_the_link_as_the_settings_read_them(modules: Page) -> None:
    points = [(3, 1295), (40, 37), (127, 0)]
    assert modules.evaluate("(points) => m.handles.inLink(7, points)", points) == moved_told(7, dict(points))
    curve = Curve((0.0,) * 128, tuple(points), -2.0, 3.0, 128)
    values = modules.evaluate(
        "([held_out, points]) => m.handles.valuesOf({ held_out, low: -2, high: 3 }, points)", [curve.held_out, points]
    )
    assert [values[place] for place, _ in points] == [curve.height(height) for _, height in points]
