"""The cost page in a browser: curves that are drawn, a measurement that is made while one watches, and a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnlab.prose import name_of, page_prose
from tests.browser.seen_page import sideways

NewPage = Callable[..., Page]
WORDS = page_prose("cost")
PATIENCE_MS = 240_000  # of a measurement on a busy machine


def test_a_measurement_is_made_seen_and_kept_in_the_link(new_page: NewPage) -> None:
    page = new_page("/cost?cost_longest=256&cost_seconds=30&cost_against=gru")
    chart = page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    assert box is not None
    assert box["height"] > 300
    expect(page.get_by_text(WORDS["crossing"]["title"])).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=name_of("mechanism", "gru"))).not_to_have_count(0)
    page.get_by_role("button", name=WORDS["measuring"]["start"], exact=True).click()
    expect(page).to_have_url(re.compile("cost_table=here"))
    expect(page.get_by_role("button", name=WORDS["measuring"]["cancel"])).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(re.compile("^Measured: "))).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name=WORDS["measuring"]["start"], exact=True)).to_be_visible()
    expect(page.get_by_text(WORDS["chart"]["none_here"])).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_is_beside_the_window(dark: bool, new_page: NewPage) -> None:
    page = new_page("/cost?cost_measure=peak_bytes", width=390, height=844, dark=dark)
    assert sideways(page) == 0
    expect(page.get_by_role("link", name=WORDS["choosing"]["link"])).to_have_attribute("href", "./choosing")
    assert page.get_by_test_id("stException").count() == 0
