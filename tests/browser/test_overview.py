"""All layers and heads in a real browser: one is chosen by click or by key, and the stage and the link have it."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import counted, page_prose
from tests.browser import controls
from tests.browser.seen_page import sideways
from tests.browser.stage_page import StagePage

NewPage = Callable[..., Page]
SENTENCE = "The cat sat on the mat."
LINK = f"/models?{urlencode({'layer': 4, 'head': 3, 'sentence': SENTENCE})}"
WORDS = page_prose("attention")["overview"]
MODELS, SAYS = page_prose("models"), page_prose("says")
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


def test_on_the_explorer_it_is_a_drawer(new_page: NewPage) -> None:
    page = new_page("/?source=trained")
    expect(grid_of(page)).to_have_count(0)
    page.get_by_text(WORDS["title"], exact=True).click()
    expect(grid_of(page).get_by_role("gridcell")).to_have_count(4)
    expect(page.get_by_text(WORDS["without_added"], exact=True)).to_have_count(0)
    head_of(page, 1, 2).click()
    StagePage(page).wait_for_link(layer="1", head="2")


def test_heads_that_are_built_have_no_layers(new_page: NewPage) -> None:
    expect(new_page("/").get_by_text(WORDS["title"], exact=True)).to_have_count(0)


def test_heads_are_ordered_and_found_by_what_they_do(new_page: NewPage) -> None:
    page = new_page(f"{LINK}&m_measure=previous&m_order=most&m_only=previous")
    first = grid_of(page).get_by_role("gridcell").first.get_by_role("button")
    expect(first).to_have_accessible_name(re.compile("^layer 1, head 3: previous"))
    controls.pick(page, MODELS["controls"]["only"]["label"], "all heads")
    expect(grid_of(page).get_by_role("gridcell")).to_have_count(6 * 12)
    controls.pick(page, MODELS["controls"]["order"]["label"], "layer by layer")
    expect(first).to_have_accessible_name(re.compile("^layer 1, head 1:"))


def test_the_same_head_of_another_layer_is_a_key_away(new_page: NewPage) -> None:
    page = new_page(LINK)
    chosen(page).focus()
    page.keyboard.press("PageDown")
    StagePage(page).wait_for_link(layer="5", head="3")
    expect(head_of(page, 5, 3)).to_be_focused()


def test_a_sentence_that_is_typed_is_read_by_all_layers_and_the_stage(new_page: NewPage) -> None:
    page = new_page(LINK)
    stage = StagePage(page)
    stage.type_sentence("Two words")
    stage.wait_for_params(sentence="Two words")
    expect(head_of(page, 4, 3).locator("canvas")).to_have_attribute("width", "4")


def test_what_the_model_says_is_read_in_every_layer_and_cell(new_page: NewPage) -> None:
    page = new_page(f"{LINK}&query=3")
    page.get_by_text(SAYS["title"], exact=True).click()
    expect(page.get_by_text("Nearest to “cat”, read after layer 6")).to_be_visible()
    expect(page.locator(".st-key-models_lens").get_by_test_id("glide-cell-3-0")).to_have_text("cat")
    page.get_by_text(SAYS["sentences_title"], exact=True).click()
    matrix = page.locator(".st-key-models_alike").get_by_test_id("stDataFrame")
    matrix.scroll_into_view_if_needed()
    expect(matrix.get_by_test_id("glide-cell-2-0")).to_have_text(re.compile(r"^0\.75"))


def test_an_edited_head_is_followed_through_the_layers_behind_it(new_page: NewPage) -> None:
    words = page_prose("interventions")
    page = new_page(f"{LINK}&query=3")
    page.get_by_text(words["followed"]["title"], exact=True).click()
    expect(page.get_by_text(words["followed"]["nothing"])).to_be_visible()
    page.get_by_role("button", name=page_prose("attention")["stage"]["edits"]["buttons"]["head_off"]).click()
    moved = page.locator(".st-key-models_followed").get_by_test_id("stDataFrame")
    expect(moved.get_by_test_id("glide-cell-3-3")).to_have_text(re.compile(r"^0(\.0+)?$"))
    expect(moved.get_by_test_id("glide-cell-3-4")).to_have_text(re.compile(r"^0\.0*[1-9]"))


def test_edits_stay_with_their_layer_and_a_link_opens_them_all(new_page: NewPage) -> None:
    off = page_prose("attention")["stage"]["edits"]["buttons"]["head_off"]
    page = new_page(f"{LINK}&query=3")
    stage = StagePage(page)
    page.get_by_role("button", name=off).click()
    expect(grid_of(page).get_by_role("rowheader").nth(3)).to_have_text(WORDS["grid"]["edited"].format(number=4))
    stage.press("l")
    stage.wait_for_link(layer="5", s=None)
    page.get_by_role("button", name=off).click()
    expect(grid_of(page).get_by_role("rowheader").nth(4)).to_have_text(WORDS["grid"]["edited"].format(number=5))
    head_of(page, 4, 3).click()
    stage.wait_for_link(layer="4")
    opened = new_page(page.url[page.url.index("/models") :])
    for number, edited in ((3, False), (4, True), (5, True)):
        name = WORDS["grid"]["edited" if edited else "layer"].format(number=number)
        expect(grid_of(opened).get_by_role("rowheader").nth(number - 1)).to_have_text(name)
    controls.pick(opened, MODELS["controls"]["edits"]["label"], "difference")
    expect(head_of(opened, 3, 1)).to_have_accessible_name(re.compile(r"0% of its weight moved"))
    expect(head_of(opened, 6, 1)).to_have_accessible_name(re.compile(r"[1-9]% of its weight moved"))


def test_another_sentence_s_run_is_patched_and_one_that_is_longer_where_both_have_the_same(new_page: NewPage) -> None:
    words = page_prose("interventions")
    page = new_page(f"{LINK}&m_other=The+dog+sat+on+the+mat.")
    page.get_by_text(words["patched"]["title"], exact=True).click()
    patched = page.locator(".st-key-models_patched")
    streams = patched.get_by_test_id("stDataFrame").first
    streams.scroll_into_view_if_needed()
    expect(streams.get_by_test_id("glide-cell-3-0")).to_have_text(re.compile(r"^(1|0\.99|1\.00)"))
    patched.get_by_role("textbox").fill("The dog sat on the mat today.")
    unequal = counted(words["patched"]["unequal"], 9, own=9, theirs=10)
    expect(patched.get_by_text(unequal)).to_be_visible()
    page.get_by_text(words["ablated"]["title"], exact=True).click()
    page.get_by_role("button", name=words["ablated"]["start"]).click()
    # 72 heads, one after the other, beside whatever else runs.
    expect(page.get_by_text(words["ablated"]["most"])).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name=words["ablated"]["start"])).to_have_count(0)


def test_a_kind_that_no_head_is_of_is_said_and_a_pair_has_no_way_to_the_explorer(new_page: NewPage) -> None:
    page = new_page(f"{LINK}&m_only=uniform&m_second=It+was+tired.")
    expect(page.get_by_text(MODELS["heads"]["none"])).to_be_visible()
    expect(page.get_by_role("link", name=MODELS["page"]["open_explorer"])).to_have_count(0)
