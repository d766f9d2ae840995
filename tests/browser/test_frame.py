"""The frame around every page: its document, its name, its log, and what Back and Forward do."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from attnlab.prose import LANGUAGE, page_prose
from attnlab.ui.document import document
from tests.browser.chromium import SETTLED, wait_until_settled
from tests.browser.conftest import SERVER
from tests.browser.test_guide import Answer

NewPage = Callable[..., Page]
ENTRIES = {"/" if entry.get("default") else f"/{entry['file']}": entry for entry in page_prose("site")["pages"]}
every_page = pytest.mark.parametrize("path", ENTRIES)


def go(page: Page, title: str) -> None:
    """Choose a page in the navigation, and wait until it is there."""
    page.get_by_role("navigation").get_by_role("link", name=title, exact=True).click()
    arrive(page, title)


def arrive(page: Page, title: str) -> None:
    expect(page).to_have_title(next(entry["document"] for entry in ENTRIES.values() if entry["title"] == title))
    page.wait_for_selector(SETTLED)
    wait_until_settled(page)


# --- the document -----------------------------------------------------------------------------------------------------


@every_page
def test_a_page_opened_cold_has_its_title_its_language_and_one_heading(path: str, new_page: NewPage) -> None:
    page = new_page(path)
    expect(page).to_have_title(ENTRIES[path]["document"])
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGE)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()


@every_page
def test_the_title_is_right_before_any_script_has_run(path: str, app_url: str) -> None:
    answer = Answer(app_url, path)
    assert f"<title>{ENTRIES[path]['document']}</title>" in answer.body
    assert f'<html lang="{LANGUAGE}">' in answer.body
    assert answer.headers["cache-control"] == "no-cache"


def test_pages_are_told_apart_by_their_titles_and_headings(new_page: NewPage) -> None:
    page = new_page("/")
    titles, headings = set(), set()
    for entry in ENTRIES.values():
        go(page, entry["title"])
        titles.add(page.title())
        expect(page.locator("h1")).to_have_count(1)
        headings.add(page.locator("h1").text_content())
    assert len(titles) == len(headings) == len(ENTRIES)


def test_a_heading_for_listeners_takes_no_room(new_page: NewPage) -> None:
    wrapper = new_page("/").locator("[data-testid=stLayoutWrapper]:has(> .st-key-page_heading)")
    box = wrapper.bounding_box()
    assert box is not None
    assert box["height"] <= 1
    assert wrapper.evaluate("(wrapper) => getComputedStyle(wrapper).position") == "absolute"  # or a gap stays


def test_a_title_is_text_in_the_document() -> None:
    assert "<title>a &lt;b&gt; &amp; c</title>" in document("a <b> & c")


# --- a quiet log ------------------------------------------------------------------------------------------------------

ALARM = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback|Exception)\b")


@every_page
def test_a_cold_deep_link_asks_for_nothing_in_vain(
    path: str, new_page: NewPage, request: pytest.FixtureRequest
) -> None:
    page = new_page(path)  # its console must be silent, as that of every page in these tests
    refused: list[str] = []

    def note(response: Response) -> None:
        if response.status >= 400:
            refused.append(f"{response.status} {response.url}")

    page.on("response", note)
    page.reload(wait_until="domcontentloaded")
    wait_until_settled(page)
    page.wait_for_load_state("networkidle")
    assert refused == []
    log = request.session.stash[SERVER].log_tail()
    assert not [line for line in log.splitlines() if ALARM.search(line)]
