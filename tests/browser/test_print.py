"""Pages on paper: a sheet on its side, all of the page and nothing of the frame."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.seen_page import PATHS, seen, stand_still

NewPage = Callable[..., Page]
SHEET = {"width": 1046, "height": 718}  # CSS pixels of A4 on its side, less 10 mm all around
every_page = pytest.mark.parametrize("path", PATHS)

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


@pytest.fixture
def printed(new_page: NewPage) -> Callable[[str], Page]:
    """A page as it goes on paper: with the print style, as wide as the sheet."""

    def open_printed(path: str) -> Page:
        page = new_page(path)
        stand_still(page)
        page.emulate_media(media="print")
        page.set_viewport_size(SHEET)  # type: ignore[arg-type]
        page.wait_for_timeout(500)  # the canvases follow
        return page

    return open_printed


@every_page
def test_nothing_is_cut_at_the_edge_of_the_sheet(path: str, printed: Callable[[str], Page]) -> None:
    boxes = seen(printed(path), INK)
    assert boxes
    assert [box for box in boxes if box["left"] < -1 or box["right"] > SHEET["width"] + 1] == []


@every_page
def test_the_frame_stays_off_the_paper_and_nothing_is_stuck_to_it(path: str, printed: Callable[[str], Page]) -> None:
    page = printed(path)
    assert not page.get_by_test_id("stHeader").is_visible()
    stuck = """(elements) => elements(document.body)
      .filter((each) => ["fixed", "sticky"].includes(getComputedStyle(each).position) && each.clientWidth > 1)
      .map((each) => each.outerHTML.slice(0, 120))"""
    assert seen(page, stuck) == []


@every_page
def test_no_line_of_text_is_written_over_another(path: str, printed: Callable[[str], Page]) -> None:
    lines = [box for box in seen(printed(path), INK) if box["tag"] in LINES]
    over = [
        (one["text"], other["text"])
        for at, one in enumerate(lines)
        for other in lines[at + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 2
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 3
        and one["text"] not in other["text"]
        and other["text"] not in one["text"]
    ]
    assert over == []


@every_page
def test_the_paper_lies_on_its_side_and_holds_the_whole_page(path: str, new_page: NewPage) -> None:
    page = new_page(path)
    stand_still(page)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert sheets
    assert all(float(width) > float(height) for width, height in sheets)
    # A window that scrolls would leave all but its first part away.
    tall = page.get_by_test_id("stMain").evaluate("({ scrollHeight }) => scrollHeight")
    assert len(sheets) >= tall / SHEET["height"] / 2
