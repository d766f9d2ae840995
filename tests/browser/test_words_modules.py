"""The modules of the start page's picture, each by itself."""

from typing import Any

import torch
from playwright.sync_api import Browser, Page, expect

from attnlab.pictures.packing import packed
from attnlab.prose import page_prose
from tests.browser.canvases import mounted

HOSTILE = "<b>{name}</b>"
TOKENS = ["one", HOSTILE, "three"]
WEIGHTS = torch.tensor([[0.5, 0.25, 0.25], [0.0, 0.9, 0.05], [0.1, 0.2, 0.3]])
HEADER: dict[str, Any] = {
    "tokens": TOKENS,
    "word": 1,
    "added": [0.0, 0.05, 0.4],
    "chosen": {"layer": 0, "head": 1},
    "kinds": [{"name": "a", "layer": 0, "head": 1}, {"name": "b", "layer": 2, "head": 0}],
    "meanings": [["x", "y"], ["z", "w"]],
    "changed": "",
    "present": False,
    "words": page_prose("start")["picture"] | {"legend": page_prose("attention")["stage"]["legend"]},
}
ARRAYS = {
    "weights": WEIGHTS,
    "scores": torch.arange(9.0).reshape(3, 3),
    "query": torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    "key": torch.tensor([[1.0, 0.0], [0.5, 2.0], [0.0, 1.0]]),
}
READ = """(told) => {
  const bytes = Uint8Array.from(told);
  const payload = m.payload.decodePayload(bytes);
  const percent = (share) => `${Math.round(100 * share)} %`;
"""


def payload(**changes: Any) -> bytes:
    return packed(HEADER | changes, ARRAYS, revised_by=("word", "chosen"))


def test_a_click_follows_another_word_at_once_and_tells_the_server(browser: Browser) -> None:
    with mounted(browser, "words") as canvas:
        canvas.run(payload())
        words = canvas.page.locator("#mount [data-part=strip] ol button")
        expect(words).to_have_text(TOKENS)
        expect(canvas.page.locator("#mount [aria-pressed=true]").first).to_have_text(HOSTILE)
        words.nth(2).click()
        expect(words.nth(2)).to_have_attribute("aria-pressed", "true")
        (told,) = canvas.told(1)
        assert (told["word"], told["layer"], told["head"]) == (2, 0, 1)
        # A run that does not know of it yet changes nothing; the one that does brings what words mean.
        canvas.run(payload(chosen={"layer": 0, "head": 1}, changed="late"))
        expect(words.nth(2)).to_have_attribute("aria-pressed", "true")
        canvas.page.get_by_role("radio", name="b").click()
        assert canvas.told(2)[1]["layer"] == 2


def test_what_is_told_adds_up_and_is_the_numbers(modules: Page) -> None:
    lines = modules.evaluate(
        READ + "return m.told.told(payload, 1, percent).map((line) => line.textContent); }", list(payload())
    )
    words = HEADER["words"]
    assert lines[1] == words["agrees"].format(key=HOSTILE, score="4.00")
    assert "90 %" in lines[2]
    assert lines[3].endswith(f"{words['marks']}5 %")
    assert "3.00·0.50 + 4.00·2.00" in lines[5].replace("4.00·2.00 + 3.00·0.50", "3.00·0.50 + 4.00·2.00")
    assert lines[-1] == words["after"].format(words="z, w")
    other = modules.evaluate(READ + "return m.told.told(payload, 2, percent).length; }", list(payload()))
    assert other == len(lines) - 2  # what words mean is known of the followed one alone


def test_the_map_names_its_rows_and_frames_the_one_that_listens(modules: Page) -> None:
    made = modules.evaluate(
        READ
        + """const colors = m.colors.themeOf(document.body);
        const how = { width: 900, present: false, follow: () => {}, cellUnder: null, percent };
        const [grid] = m.map.map(payload, 1, colors, how);
        const rows = [...grid.querySelectorAll(".rows button")];
        return [rows.map((row) => row.textContent), rows.map((row) => row.getAttribute("aria-pressed")),
          grid.querySelector("i").style.top, grid.querySelector("canvas").style.width]; }""",
        list(payload()),
    )
    assert made == [TOKENS, ["false", "true", "false"], "39px", "120px"]


def test_arcs_lead_to_what_is_listened_to_and_say_the_largest_shares(modules: Page) -> None:
    made = modules.evaluate(
        READ
        + """const [strip, list] = [document.createElement("div"), document.createElement("ol")];
        strip.append(document.createElementNS("http://www.w3.org/2000/svg", "svg"), list);
        list.append(...payload.header.tokens.map((token) => m.dom.element("li", "", token)));
        list.style.cssText = "display: flex; gap: 90px";
        document.body.append(strip);
        const made = (word) => {
          m.arcs.arcs(strip, list, payload.matrices.weights, word, percent, 3);
          const said = [...strip.querySelectorAll("text")].map((one) => one.textContent);
          return [strip.querySelectorAll("path").length, said];
        };
        const found = [made(0), made(1)];
        strip.remove();
        return found; }""",
        list(payload()),
    )
    assert made == [[3, ["25 %", "25 %"]], [2, ["5 %"]]]


STRIP = (
    READ
    + """const [strip, list] = [document.createElement("div"), document.createElement("ol")];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.style.cssText = "position: absolute; inset: 0; width: 300px; height: 300px";
    strip.style.cssText = "position: relative; width: 300px; height: 300px";
    list.style.cssText = "margin: 0; padding: 0; list-style: none";
"""
)
"""Room for arcs over a list of words."""


def test_between_rows_of_words_arcs_and_shares_lie_over_no_word(modules: Page) -> None:
    above, below, curves, said = modules.evaluate(
        STRIP
        + """const [row, gap] = [30, 42];
        const places = [[140, 0], [200, row + gap], [20, row + gap]]; // one above, two below
        list.append(...payload.header.tokens.map((token, index) => {
          const item = m.dom.element("li", "", token);
          const [left, top] = places[index];
          item.style.cssText = `position: absolute; left: ${left}px; top: ${top}px; width: 60px; height: ${row}px`;
          return item;
        }));
        strip.append(svg, list);
        document.body.append(strip);
        const equal = { data: new Float32Array(9).fill(1 / 3) };
        m.arcs.arcs(strip, list, equal, 1, percent, 3);
        const box = (one) => [one.getBBox().y, one.getBBox().y + one.getBBox().height];
        const boxes = (kind) => [...svg.querySelectorAll(kind)].map(box);
        const found = [row, row + gap, boxes("path"), boxes("text")];
        strip.remove();
        return found; }""",
        list(payload()),
    )
    assert (len(curves), len(said)) == (3, 2)
    assert all(above - 1 <= top < bottom <= below + 1 for top, bottom in curves + said)


def test_a_share_of_a_word_two_rows_above_stands_on_its_arc_below_the_row_between(modules: Page) -> None:
    above, below, text, near = modules.evaluate(
        STRIP
        + """list.append(...payload.header.tokens.map((token, row) => {
          const item = m.dom.element("li", "", token);
          const place = `left: ${20 + 80 * row}px; top: ${70 * row}px`;
          item.style.cssText = `position: absolute; ${place}; width: 60px; height: 30px`;
          return item;
        }));
        strip.append(svg, list);
        document.body.append(strip);
        m.arcs.arcs(strip, list, { data: Float32Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0) }, 2, percent, 3);
        const [path, text] = ["path", "text"].map((kind) => svg.querySelector(kind));
        const at = Number(text.getAttribute("x"));
        const points = [...Array(101).keys()].map((n) => path.getPointAtLength((path.getTotalLength() * n) / 100));
        const near = Math.min(...points.map(({ x, y }) => Math.hypot(x - at, y + 4 - Number(text.getAttribute("y")))));
        const { y, height } = text.getBBox();
        strip.remove();
        return [100, 140, [y, y + height], near]; }""",
        list(payload()),
    )
    assert above - 1 <= text[0] < text[1] <= below + 1
    assert near < 2
