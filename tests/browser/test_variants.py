"""The gallery of variants and the cards below the picture, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.pictures.catalogue import SETTINGS
from attnlab.prose import name_of, page_prose
from tests.browser.stage_page import BOARD, StagePage

NewPage = Callable[..., Page]
WORDS = page_prose("variants")
COUNT = sum(map(len, SETTINGS.values()))


def cards(page: Page) -> Locator:
    return page.locator("article")


@pytest.mark.parametrize("dark", [False, True])
def test_every_card_has_its_formula_and_a_painted_picture(dark: bool, new_page: NewPage) -> None:
    page = new_page("/variants", dark=dark)
    expect(cards(page)).to_have_count(COUNT)
    seen = cards(page).evaluate_all(
        """(cards) => cards.map((card) => {
          const canvas = card.querySelector("canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const math = card.querySelector("math").getBoundingClientRect();
          const formula = card.querySelector(".formula");
          return {
            name: card.querySelector("h3").textContent,
            colours: new Set(new Uint32Array(data.buffer)).size,
            painted: data[3],
            math: math.width > 5 && math.height > 5,
            cut: formula.scrollWidth - formula.clientWidth,
          };
        })"""
    )
    for card in seen:
        assert card["painted"] == 255, card
        assert card["math"], card
        assert card["cut"] <= 0, card
    assert sum(card["colours"] > 1 for card in seen) >= COUNT - 2  # no positions, no mask: every weight is the same


@pytest.mark.parametrize("width", [390, 768])
def test_the_gallery_does_not_scroll_sideways(width: int, new_page: NewPage) -> None:
    page = new_page("/variants", width=width, height=844)
    expect(cards(page)).to_have_count(COUNT)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollWidth - main.clientWidth") == 0
    inside = page.locator(".cards").first.evaluate("(cards) => cards.getBoundingClientRect().right")
    assert inside <= width


def test_a_variant_is_looked_up_and_its_group_stays_in_sight(new_page: NewPage) -> None:
    page = new_page("/variants", width=390, height=844)
    index = page.get_by_role("navigation", name=WORDS["page"]["groups"])
    expect(index.get_by_role("button")).to_have_count(len(SETTINGS))
    index.get_by_role("searchbox").fill("RoPE")
    shown = page.locator("article:visible")
    expect(shown.get_by_role("heading", name=name_of("positions", "rope"))).to_be_visible()
    assert shown.count() < COUNT / 4
    expect(index.get_by_role("status")).to_have_text(WORDS["page"]["found"].format(count=shown.count()))
    expect(index.get_by_role("button", name=WORDS["groups"]["heads"]["title"])).to_be_hidden()
    index.get_by_role("searchbox").fill("")
    expect(shown).to_have_count(COUNT)
    index.get_by_role("button", name=WORDS["groups"]["mask"]["title"]).click()
    expect(index).to_be_in_viewport()
    expect(page.get_by_role("heading", name=WORDS["groups"]["mask"]["title"])).to_be_in_viewport()


def test_show_it_opens_the_explorer_with_that_variant(new_page: NewPage) -> None:
    page = new_page("/variants")
    name = WORDS["variants"]["pattern"]["longformer"]["name"]
    page.get_by_role("link", name=WORDS["page"]["show_help"].format(name=name)).click()
    page.wait_for_url("**second_mask=global*")
    stage = StagePage(page)
    assert stage.params == {"mask": "window", "second_mask": "global", "combine": "or", "head": 8}
    expect(cards(page).get_by_role("heading", name=name)).to_be_visible()


def test_a_source_opens_elsewhere_and_is_told_nothing_of_this_page(new_page: NewPage) -> None:
    page = new_page("/variants")
    words = WORDS["variants"]["score"]["cosine"]
    source = (
        cards(page).filter(has=page.get_by_role("heading", name=name_of("score", "cosine"))).get_by_role("link").first
    )
    expect(source).to_have_attribute("href", words["url"])
    expect(source).to_have_attribute("target", "_blank")
    expect(source).to_have_attribute("rel", "noopener noreferrer")


def test_cards_come_and_go_with_the_choice(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?score=cosine&normalizer=sparsemax"))
    names = [name_of("score", "cosine"), name_of("normalizer", "sparsemax")]
    expect(cards(stage.page).get_by_role("heading")).to_have_text(names)
    plain = StagePage(new_page(BOARD))
    expect(plain.page.locator(".st-key-variant_cards")).to_have_count(0)
    assert cards(plain.page).count() == 0
