"""The choosing page in a browser: curves on a phone, and a number that leads to its race."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnlab.prose import page_prose
from tests.browser.seen_page import sideways
from tests.products import alike

NewPage = Callable[..., Page]
WORDS = page_prose("choosing")


@pytest.mark.parametrize("dark", alike([True, False], 1))
def test_on_a_phone_nothing_is_beside_the_window_and_the_drawer_opens(dark: bool, new_page: NewPage) -> None:
    page = new_page("/choosing?choose_question=dropout", width=390, height=844, dark=dark)
    assert sideways(page) == 0
    expect(page.get_by_test_id("stTable").first.get_by_role("link").first).to_be_visible()
    page.get_by_text(WORDS["races"]["title"]).click()
    expect(page.get_by_text(WORDS["races"]["line"])).to_be_visible()
    expect(page.get_by_role("link", name=WORDS["races"]["live"])).to_have_count(5)
    last = page.get_by_test_id("stVegaLiteChart").last
    last.scroll_into_view_if_needed()
    expect(last.locator("canvas, svg").first).to_be_visible()
    assert sideways(page) == 0
    assert page.get_by_test_id("stException").count() == 0


def test_a_score_opens_the_race_of_its_model(new_page: NewPage) -> None:
    page = new_page("/choosing?choose_question=d_k")
    link = page.get_by_test_id("stTable").first.get_by_role("link").nth(1)
    address = str(link.get_attribute("href"))
    assert "t_contenders=transformer.heads-" in address
    race = new_page(f"/{address.removeprefix('./')}")
    expect(race.get_by_role("button", name=page_prose("training")["page"]["start"])).to_be_enabled()
    assert race.get_by_test_id("stAlert").count() == 0
