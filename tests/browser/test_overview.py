"""All layers and heads in a real browser: one is chosen by click or by key, and the stage and the link have it."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import page_prose
from tests.browser.seen_page import sideways
from tests.browser.stage_page import StagePage

NewPage = Callable[..., Page]
SENTENCE = "The cat sat on the mat."
LINK = f"/?{urlencode({'source': 'trained', 'model': 'minilm', 'layer': 4, 'head': 3, 'sentence': SENTENCE})}"
WORDS = page_prose("attention")["overview"]
pytestmark = pytest.mark.usefixtures("minilm")


def grid_of(page: Page) -> Locator:
    return page.get_by_role("grid", name=WORDS["grid"]["name"])


def head_of(page: Page, layer: int, head: int) -> Locator:
    return grid_of(page).get_by_role("button", name=re.compile(f"^layer {layer}, head {head}:"))


def chosen(page: Page) -> Locator:
    return grid_of(page).get_by_role("button", pressed=True)


def test_a_click_opens_another_layer_on_the_stage_and_the_link_says_so(new_page: NewPage) -> None:
    page = new_page(LINK)
    stage = StagePage(page)
    expect(grid_of(page).get_by_role("gridcell")).to_have_count(6 * 12)
    expect(chosen(page)).to_have_accessible_name(re.compile("^layer 4, head 3:"))
    head_of(page, 6, 9).click()
    stage.wait_for_params(layer=6, head=9)
    stage.wait_for_link(layer="6", head="9")
    assert stage.head == 8
    expect(chosen(page)).to_have_accessible_name(re.compile("^layer 6, head 9:"))
    # Another head by the stage, and then the same choice again.
    stage.press("h")
    stage.wait_for_link(head="10")
    expect(chosen(page)).to_have_accessible_name(re.compile("^layer 6, head 10:"))
    head_of(page, 6, 9).click()
    stage.wait_for_link(layer="6", head="9")


def test_arrow_keys_walk_and_enter_opens(new_page: NewPage) -> None:
    page = new_page(LINK)
    chosen(page).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(head_of(page, 3, 5)).to_be_focused()
    page.keyboard.press("Enter")
    StagePage(page).wait_for_link(layer="3", head="5")
    expect(chosen(page)).to_be_focused()
    head_of(page, 1, 1).focus()
    page.keyboard.press("ArrowLeft")
    expect(head_of(page, 1, 1)).to_be_focused()


def test_special_tokens_can_be_left_out_and_are_named(new_page: NewPage) -> None:
    page = new_page(LINK)
    canvas = head_of(page, 4, 3).locator("canvas")
    width = int(canvas.get_attribute("width") or 0)
    name = head_of(page, 4, 3).get_attribute("aria-label")
    page.get_by_text(WORDS["without_added"], exact=True).click()
    expect(canvas).to_have_attribute("width", str(width - 2))
    expect(page.get_by_text("CLS").filter(has_text="SEP")).to_be_visible()
    expect(head_of(page, 4, 3)).to_have_attribute("aria-label", name or "")


def test_on_a_phone_it_scrolls_within_itself(new_page: NewPage) -> None:
    page = new_page(LINK, width=390)
    grid = grid_of(page)
    assert grid.evaluate("(grid) => grid.scrollWidth > grid.clientWidth + 100")
    assert sideways(page) == 0


def test_a_layer_of_our_own_model_has_its_drawer_closed_at_first(new_page: NewPage) -> None:
    page = new_page("/?source=trained")
    expect(grid_of(page)).to_have_count(0)
    page.get_by_text(WORDS["title"], exact=True).click()
    expect(grid_of(page).get_by_role("gridcell")).to_have_count(4)
    expect(page.get_by_text(WORDS["without_added"], exact=True)).to_have_count(0)
    head_of(page, 1, 2).click()
    StagePage(page).wait_for_link(layer="1", head="2")


def test_heads_that_are_built_have_no_layers(new_page: NewPage) -> None:
    expect(new_page("/").get_by_text(WORDS["title"], exact=True)).to_have_count(0)
