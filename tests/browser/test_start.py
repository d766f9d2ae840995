"""The first thirty seconds: a sentence, a word that listens, and what is said beside it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnlab.prose import page_prose
from tests.browser.seen_page import seen, sideways
from tests.products import alike

NewPage = Callable[..., Page]
WORDS = page_prose("start")
pytestmark = pytest.mark.usefixtures("minilm")


def told(page: Page) -> str:
    return page.locator(".st-key-start_canvas [data-part=told]").inner_text()


def test_the_page_says_what_attention_is_and_shows_it(new_page: NewPage) -> None:
    page = new_page("/start")
    expect(page.get_by_text(WORDS["page"]["question"])).to_be_visible()
    strip = page.locator(".st-key-start_canvas [data-part=strip]")
    expect(strip.get_by_role("button", pressed=True)).to_have_text("it")
    assert "“animal” gets 69%" in told(page)
    assert re.search(r"animal\s+69%", told(page))
    assert strip.locator("path").count() >= 1
    box = page.locator(".st-key-start_canvas canvas").bounding_box()
    assert box is not None
    assert box["width"] >= 400
    assert box["y"] < 600


def test_another_word_is_followed_by_click_and_key_and_the_link_says_so(new_page: NewPage) -> None:
    page = new_page("/start")
    strip = page.locator(".st-key-start_canvas [data-part=strip]")
    strip.get_by_role("button", name="street", exact=True).click()
    expect(page).to_have_url(re.compile("start_word=7"))
    assert "“street” asks" in told(page)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("start_word=6"))
    expect(strip.get_by_role("button", pressed=True)).to_have_text("the")
    expect(strip.get_by_role("button", pressed=True)).to_be_focused()


def test_a_changed_word_changes_who_is_listened_to_and_the_page_says_so(new_page: NewPage) -> None:
    page = new_page("/start")
    field = page.get_by_label(WORDS["page"]["sentence"], exact=True)
    field.fill("The street did not cross the animal because it was too tired.")
    changed = page.locator(".st-key-start_canvas [data-part=changed]")
    expect(changed).to_have_text(re.compile("^Before, “it” listened most to “animal” .69%.. Now it is “street”"))
    field.fill("")
    expect(page.locator(".st-key-nothing_asked")).to_have_count(1)
    assert "“street”" in told(page)


def test_another_head_is_looked_for_by_what_it_does(new_page: NewPage) -> None:
    page = new_page("/start")
    page.get_by_role("radio", name=WORDS["picture"]["kinds"]["previous"]).click()
    expect(page).to_have_url(re.compile("start_layer=1&start_head=3"))
    expect(page.locator(".st-key-start_canvas [data-part=told]")).to_contain_text("“because” gets 100%")


def test_the_ways_on_show_the_same_head_and_word(new_page: NewPage) -> None:
    page = new_page("/start")
    href = page.get_by_role("link", name=WORDS["page"]["explorer"]).get_attribute("href") or ""
    assert "model=minilm" in href
    assert "query=10&key=3" in href
    assert "layer=4&head=2" in (page.get_by_role("link", name=WORDS["page"]["models"]).get_attribute("href") or "")


def test_on_a_phone_the_map_is_on_the_first_screen_below_the_words(new_page: NewPage) -> None:
    page = new_page("/start", width=390, height=844)
    assert sideways(page) == 0
    order = [
        page.locator(f".st-key-start_canvas [data-part={part}]").bounding_box() for part in ("strip", "map", "told")
    ]
    tops = [box["y"] for box in order if box]
    assert tops == sorted(tops)
    assert len(tops) == 3
    rows = page.locator(".st-key-start_canvas canvas").bounding_box()
    assert rows
    assert rows["y"] + rows["height"] / 2 < 844


@pytest.mark.parametrize(
    "text", alike(["<img src=x onerror=alert(1)>", "我喜欢猫", "word " * 300, "القطة تنام", "👩‍👩‍👧 🇫🇷"], 3)
)
def test_any_text_is_read_or_refused_in_words(text: str, new_page: NewPage) -> None:
    page = new_page("/start")
    page.get_by_label(WORDS["page"]["sentence"], exact=True).fill(text)
    expect(page).to_have_url(re.compile("start_text="))
    expect(page.locator(".st-key-start_canvas [data-part=strip] button").first).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


def test_for_a_room_the_picture_stands_alone_in_large_letters(new_page: NewPage) -> None:
    page = new_page("/start", width=1920, height=1080)
    page.locator("body").press("f")
    expect(page).to_have_url(re.compile("start_present=true"))
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_role("button", name=WORDS["picture"]["unpresent"])).to_be_visible()
    small = seen(
        page,
        """(elements) => elements(document.querySelector(".st-key-start_canvas"))
      .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
      .filter((each) => parseFloat(getComputedStyle(each).fontSize) < 24).map((each) => each.textContent)""",
    )
    assert small == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    page.get_by_label(WORDS["page"]["sentence"], exact=True).fill("of")
    page.get_by_label(WORDS["page"]["sentence"], exact=True).press("f")
    expect(page).to_have_url(re.compile("start_text=off"))
    assert "start_present" not in page.url
