"""What holds for every page, opened cold: its name, a quiet log, nothing that moves, controls in reach, and on paper.

One visit a page: to open it costs more than to look at all of this.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from attnlab.languages import ENGLISH
from attnlab.prose import page_prose
from tests.browser.conftest import SERVER
from tests.browser.seen_page import PATHS, WIDTHS, seen, sideways, stand_still
from tests.browser.stage_page import StagePage
from tests.products import alike, slow

pytestmark = pytest.mark.fresh
NewPage = Callable[..., Page]
Box = dict[str, Any]
DOCUMENTS = dict(zip(PATHS, (entry["document"] for entry in page_prose("site")["pages"]), strict=True))
ALARM = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback|Exception)\b")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_opened_cold(path: str, new_page: NewPage, request: pytest.FixtureRequest) -> None:
    page = new_page(path)  # its console must be silent, as that of every page in these tests
    stand_still(page)
    nothing_has_moved(page)
    has_its_title_its_language_and_one_heading(page, path)
    if path == "/":
        StagePage(page).open_bar_for("temperature")
    help_is_a_target_of_24_pixels(page)
    every_control_is_seen_whole_and_can_be_clicked(page, WIDTHS if path == "/" else (390, 1024, 1440))
    lies_whole_on_a_sheet_on_its_side_without_the_frame(page)
    log = request.session.stash[SERVER].log_tail()
    assert not [line for line in log.splitlines() if ALARM.search(line)]


@slow
@pytest.mark.parametrize("path", PATHS[1:])
def test_controls_are_in_reach_at_every_width(path: str, new_page: NewPage) -> None:
    every_control_is_seen_whole_and_can_be_clicked(new_page(path), WIDTHS)


@pytest.mark.parametrize(("width", "path"), alike(itertools.product((390, 768), PATHS), 8))
def test_nothing_that_is_seen_moves_while_a_page_loads(path: str, width: int, new_page: NewPage) -> None:
    page = new_page(path, width=width)
    stand_still(page)
    nothing_has_moved(page)


# --- its name ---------------------------------------------------------------------------------------------------------


def has_its_title_its_language_and_one_heading(page: Page, path: str) -> None:
    expect(page).to_have_title(DOCUMENTS[path])
    expect(page.locator("html")).to_have_attribute("lang", ENGLISH)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()


# --- nothing moves ----------------------------------------------------------------------------------------------------

MOST_SHIFT = 0.05
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 200);
})"""


def nothing_has_moved(page: Page) -> None:
    assert page.evaluate(SHIFT) < MOST_SHIFT


# --- controls ---------------------------------------------------------------------------------------------------------

# What is wrong about the controls of a page. Playwright's trial click asks the same, one control at a time. Left out:
# tools of a table or a chart, which are there under the pointer; what is off; the inputs of sliders, for the keyboard.
OUT_OF_REACH = """(elements) => {
  const controls = "button, input, select, textarea, a[href], [role=slider], [role=combobox]";
  const others = '[data-testid="stElementToolbar"], [aria-hidden="true"], details.vega-actions, [inert], [type="file"]'
    + ', [data-testid="stSlider"]';
  const topmost = (x, y) => {
    const under = document.elementFromPoint(x, y);
    return under?.shadowRoot?.elementFromPoint(x, y) ?? under;
  };
  const within = (inner, outer) => {
    for (let each = inner; each; each = each.parentNode ?? each.host) if (each === outer) return true;
    return false;
  };
  const isCut = (each) => getComputedStyle(each).overflow !== "visible" && each.textContent.trim()
    && each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1;
  const wrong = [];
  for (const each of elements(document.querySelector('[data-testid="stMain"]'))) {
    if (!each.matches(controls) || each.disabled || each.tabIndex < 0 || each.closest(others)) continue;
    if (["checkbox", "radio"].includes(each.type)) continue; // their label is what is seen
    each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const { left, top, right, bottom, width, height } = each.getClientRects()[0]; // a link may take two lines
    if (width < 2 || height < 2) continue;
    const name = each.getAttribute("aria-label") || each.textContent.trim() || each.type;
    if (left < -1 || right > innerWidth + 1) wrong.push(["beside the window", name, left, right]);
    const hit = topmost((left + right) / 2, (top + bottom) / 2);
    const isLabelled = [...(each.labels ?? [])].some((label) => within(hit, label));
    if (!within(hit, each) && !isLabelled) wrong.push(["covered", name, hit?.outerHTML.slice(0, 160)]);
    if (each.matches("button") && [each, ...each.querySelectorAll("*")].some(isCut)) wrong.push(["cut", name]);
  }
  return wrong;
}"""


def every_control_is_seen_whole_and_can_be_clicked(page: Page, widths: Sequence[int]) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)  # the canvases follow the window
        assert seen(page, OUT_OF_REACH) == [], width
        assert sideways(page) <= 1, width


def help_is_a_target_of_24_pixels(page: Page) -> None:
    sizes = page.locator('[data-testid="stTooltipIcon"] button').evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height))"
    )
    assert all(size == 0 or size >= 24 for size in sizes)


# --- on paper ---------------------------------------------------------------------------------------------------------

SHEET = {"width": 1046, "height": 718}  # CSS pixels of A4 on its side, less 10 mm all around

# Text and pictures, each with its place; what is there for listeners alone left out.
INK = """(elements) => elements(document.body)
  .filter((each) => each.matches("canvas, input") || [...each.childNodes].some((node) => node.data?.trim()))
  .filter((each) => !each.closest(".st-key-page_heading, script, style, svg"))
  .map((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return { tag: each.tagName, text: each.textContent.slice(0, 40), left, right, top, bottom };
  })
  .filter(({ left, right }) => right - left > 1)"""
LINES = {"P", "LABEL", "INPUT", "H2", "H3", "SUMMARY", "PRE"}


STUCK = """(elements) => elements(document.body)
  .filter((each) => ["fixed", "sticky"].includes(getComputedStyle(each).position) && each.clientWidth > 1)
  .map((each) => each.outerHTML.slice(0, 120))"""


def lies_whole_on_a_sheet_on_its_side_without_the_frame(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    lies_on_its_side(page)
    page.emulate_media(media="print")
    page.set_viewport_size(SHEET)  # type: ignore[arg-type]
    page.wait_for_timeout(500)  # the canvases follow
    boxes = seen(page, INK)
    assert boxes
    assert [box for box in boxes if box["left"] < -1 or box["right"] > SHEET["width"] + 1] == []
    assert written_over([box for box in boxes if box["tag"] in LINES]) == []
    assert not page.get_by_test_id("stHeader").is_visible()
    assert seen(page, STUCK) == []


def written_over(lines: list[Box]) -> list[tuple[str, str]]:
    """Lines of text that lie over each other."""
    return [
        (one["text"], other["text"])
        for at, one in enumerate(lines)
        for other in lines[at + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 2
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 3
        and one["text"] not in other["text"]
        and other["text"] not in one["text"]
    ]


def lies_on_its_side(page: Page) -> None:
    """The sheets that Chromium prints are broad, and as many as the whole page needs."""
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert sheets
    assert all(float(width) > float(height) for width, height in sheets)
    # A window that scrolls would leave all but its first part away.
    tall = page.get_by_test_id("stMain").evaluate("({ scrollHeight }) => scrollHeight")
    assert len(sheets) >= tall / SHEET["height"] / 2
