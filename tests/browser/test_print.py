"""Pages on paper: a sheet on its side, all of the page and nothing of the frame."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.seen_page import PATHS, seen, stand_still

NewPage = Callable[..., Page]
Box = dict[str, Any]
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


STUCK = """(elements) => elements(document.body)
  .filter((each) => ["fixed", "sticky"].includes(getComputedStyle(each).position) && each.clientWidth > 1)
  .map((each) => each.outerHTML.slice(0, 120))"""


@every_page
def test_a_page_lies_whole_on_a_sheet_on_its_side_without_the_frame(path: str, new_page: NewPage) -> None:
    page = new_page(path)
    stand_still(page)
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
