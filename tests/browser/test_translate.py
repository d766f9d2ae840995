"""The translate page in a browser: from a word to the words it came from, by a visitor who types, walks and clicks."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import page_prose
from attnlab.settings.translate import Translate
from attnlab.tasks import example_parallel
from tests.browser.chromium import wait_until_settled
from tests.browser.seen_page import stand_still
from tests.products import alike

WORDS = page_prose("translate")
PICTURE, SEARCH = WORDS["picture"], WORDS["search"]
NewPage = Callable[..., Page]
PATIENCE_MS = 90_000  # hundreds of sentences three times, on a busy machine
LONG = "Two boys will fall near the beautiful bird behind a white box but the beautiful child loved the cats."


def opened(new_page: NewPage, *, width: int = 1440, dark: bool = False, **link: str) -> Page:
    link = {"tr_text": Translate().text} | link  # a bare address opens on a longer sentence
    page = new_page(f"/translate?{urlencode(link)}", width=width, dark=dark)
    expect(page.locator(".st-key-translate_canvas [data-revision]")).to_be_attached()
    return page


def host(page: Page) -> Locator:
    return page.locator(".st-key-translate_canvas [data-revision]")


def part(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-translate_canvas [data-part={name}]")


def link(page: Page) -> dict[str, str]:
    return {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query).items()}


def target_words(page: Page) -> Locator:
    return part(page, "bridge").locator(".target button")


def test_a_sentence_is_translated_while_it_is_typed(new_page: NewPage) -> None:
    page = opened(new_page)
    expect(target_words(page)).to_have_text(["le", "chat", "est", "assis", "sur", "le", "tapis", ".", "<end>"])
    field = page.get_by_label(WORDS["page"]["text"], exact=True)
    field.press("End")
    for _ in "the mat.":
        field.press("Backspace")
    field.press_sequentially("my table.")
    expect(target_words(page)).to_have_text(["le", "chat", "est", "assis", "sur", "ma", "table", ".", "<end>"])
    expect(field).to_be_focused()
    expect(field).to_have_value("The cat sat on my table.")


def test_a_click_on_a_written_word_shows_which_words_made_it_and_goes_to_the_link(new_page: NewPage) -> None:
    page = opened(new_page)
    target_words(page).get_by_text("tapis", exact=True).click()
    expect(part(page, "lists").locator("section.weights b").first).to_have_text("mat")
    expect(part(page, "lists").locator("section.influence b").first).to_have_text("mat")
    expect(part(page, "lists").locator("section.candidates .lit b")).to_have_text("tapis")
    page.wait_for_function("() => new URLSearchParams(location.search).get('tr_word') === '7'")
    again = opened(new_page, **link(page))
    expect(target_words(again).and_(again.locator("[aria-pressed=true]"))).to_have_text("tapis")


def test_keys_walk_words_and_heads_and_change_the_view(new_page: NewPage) -> None:
    page = opened(new_page)
    page.locator(".st-key-translate_canvas .translation").focus()
    page.keyboard.press("ArrowRight")
    expect(host(page)).to_have_attribute("data-word", "3")
    pressed = part(page, "heads").locator("button[aria-pressed=true]")
    before = pressed.inner_text()
    page.keyboard.press("h")
    expect(pressed).not_to_have_text(before, use_inner_text=True)
    page.keyboard.press("i")
    expect(part(page, "title")).to_have_text(PICTURE["influence_title"])
    page.wait_for_function(
        "() => ['tr_word', 'tr_head', 'tr_view'].every((name) => new URLSearchParams(location.search).has(name))"
    )


def test_space_writes_the_translation_again_step_by_step(new_page: NewPage) -> None:
    page = opened(new_page)
    page.locator(".st-key-translate_canvas .translation").focus()
    page.keyboard.press("Space")
    expect(host(page)).to_have_attribute("data-playing", "look")
    expect(target_words(page).first).to_be_visible()
    expect(target_words(page).nth(4)).to_be_hidden()
    expect(host(page)).to_have_attribute("data-playing", "weigh")
    expect(part(page, "lists").locator(".candidates .lit")).to_have_count(0)
    expect(host(page)).to_have_attribute("data-playing", "write")
    page.keyboard.press("Escape")
    expect(host(page)).to_have_attribute("data-playing", "")
    expect(target_words(page).nth(4)).to_be_visible()


def test_a_cell_of_the_matrix_says_its_number(new_page: NewPage) -> None:
    page = opened(new_page)
    part(page, "matrix").locator("canvas").hover(position={"x": 3, "y": 3})
    pattern = re.escape(PICTURE["cell_weights"].format(word="le", read="the", value="VALUE")).replace("VALUE", r"\d.*")
    expect(part(page, "said")).to_have_text(re.compile(pattern))


def test_another_translator_is_a_click_away_and_says_that_it_has_no_attention(new_page: NewPage) -> None:
    page = opened(new_page)
    part(page, "written").locator("[data-family=gru]").click()
    expect(part(page, "heads")).to_have_text(PICTURE["no_attention"])
    assert json.loads(host(page).get_attribute("data-params") or "")["tr_family"] == "gru"
    page.wait_for_function("() => new URLSearchParams(location.search).get('tr_family') === 'gru'")


def test_a_finished_hypothesis_of_the_tree_is_looked_at(new_page: NewPage) -> None:
    page = opened(new_page, tr_beams="3")
    best = target_words(page).all_inner_texts()
    page.get_by_text(SEARCH["title"], exact=True).click()
    second = page.locator(".st-key-translate_tree [data-part=finished] button").nth(1)
    second.wait_for()
    stand_still(page)
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(target_words(page)).not_to_have_text(best)
    page.wait_for_function("() => new URLSearchParams(location.search).get('tr_hypothesis') === '2'")


def test_how_good_they_are_is_measured_when_somebody_asks(new_page: NewPage) -> None:
    page = opened(new_page)
    page.get_by_text(WORDS["scores"]["title"], exact=True).click()
    chart = page.locator("[data-testid=stVegaLiteChart]")
    expect(chart.locator("canvas, svg").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".st-key-translate_mistakes td.wrong").first).to_be_visible()
    page.get_by_text(WORDS["smaller"]["title"], exact=True).click()
    drawn = page.locator(".st-key-translate_smaller [data-testid=stVegaLiteChart]").locator("canvas, svg")
    expect(drawn).to_have_count(2, timeout=PATIENCE_MS)


@pytest.mark.parametrize(("width", "dark"), alike([(390, True), (1024, False), (390, False)], 2))
def test_a_long_sentence_fits_every_screen(width: int, dark: bool, new_page: NewPage) -> None:
    page = opened(new_page, width=width, dark=dark, tr_text=LONG)
    expect(part(page, "bridge")).to_have_class("beside")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    right = part(page, "bridge").evaluate("(element) => element.getBoundingClientRect().right")
    boxes = target_words(page).evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().right)")
    assert max(boxes) <= right + 1


def test_hostile_text_stays_text(new_page: NewPage) -> None:
    page = opened(new_page)
    field = page.get_by_label(WORDS["page"]["text"], exact=True)
    for text in ("<img src=x onerror=alert(1)>", ":red[x] ![x](http://x.example/y.png)", "{{7*7}} __proto__ =1+1"):
        field.fill(text)
        page.wait_for_function("(text) => new URLSearchParams(location.search).get('tr_text') === text", arg=text)
        wait_until_settled(page)
        expect(part(page, "bridge").locator(".source .unknown").first).to_be_visible()
        assert page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0
        assert page.get_by_test_id("stException").count() == 0


@pytest.mark.fresh
def test_pairs_of_ones_own_wait_for_a_file(new_page: NewPage) -> None:
    said = WORDS["setup"]
    page = opened(new_page)
    page.get_by_text(said["title"], exact=True).click()
    start = page.get_by_role("button", name=said["start"], exact=True)
    expect(start).to_be_enabled()
    page.get_by_text(said["presets"]["own"]["title"], exact=True).click()
    expect(page.get_by_text(said["missing"])).to_be_visible()
    expect(start).to_be_disabled()
    page.locator(".st-key-own_parallel input[type=file]").set_input_files(
        {"name": "pairs.csv", "mimeType": "text/csv", "buffer": example_parallel()}
    )
    expect(page.get_by_text(said["preview"].format(rows=300, left_out=0))).to_be_visible()
    expect(start).to_be_enabled()
