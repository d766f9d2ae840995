"""What stands where: within reach, in its place, with numbers, names and signs; and what other eyes need."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from attnlab.engine.spec import MAX_TOKENS
from attnlab.prose import page_prose
from tests.browser.seen_page import WIDTHS, seen, sideways, stand_still
from tests.browser.stage_page import BOARD, STAGE, StagePage
from tests.products import alike

NewPage = Callable[..., Page]


def test_examples_and_more_take_a_click_at_every_width(new_page: NewPage) -> None:
    page = new_page(BOARD)
    StagePage(page).open_bar_for("temperature")
    stand_still(page)
    words = page_prose("attention")["page"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name in (words["examples"], words["more"]):
            page.get_by_role("button", name=name, exact=True).click(trial=True)
        if width >= 1280:
            heads, slider = (
                page.locator(f".st-key-{name}").bounding_box() for name in ("first_screen", "temperature_slider")
            )
            assert heads
            assert slider
            assert abs(heads["y"] - slider["y"]) < heads["height"] / 2, f"not in one row at {width} px"


# --- nothing moves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", ["\u200b", "word " * (MAX_TOKENS + 5)])
def test_what_is_said_about_a_sentence_does_not_move_the_stage(sentence: str, new_page: NewPage) -> None:
    page = new_page(BOARD)
    stage = StagePage(page)
    stand_still(page)
    place = stage.host.bounding_box()
    assert place
    stage.type_sentence(sentence)
    expect(page.locator(".st-key-said_attention")).not_to_be_empty()
    now = stage.host.bounding_box()
    assert now
    assert (now["x"], now["y"]) == (place["x"], place["y"])


@pytest.mark.parametrize("width", alike([390, 1280], 1))
def test_all_that_is_said_stands_above_the_stage_however_long(width: int, new_page: NewPage) -> None:
    unknown = "+".join(f"unknown{number}" for number in range(12))
    page = new_page(f"/?source=trained&heads=3&d_model=8&positions=rope&sentence=Ann+tea+{unknown}", width=width)
    line = page.locator(".st-key-said_attention p").last.bounding_box()
    stage = StagePage(page).host.bounding_box()
    assert line
    assert stage
    assert line["height"] > 40
    assert line["y"] + line["height"] <= stage["y"]


@pytest.mark.parametrize("sentence", alike(["zzz qqq", ""], 1))
def test_a_sentence_of_nothing_known_does_not_move_its_translation(sentence: str, new_page: NewPage) -> None:
    page = new_page("/translate")
    stand_still(page)
    canvas = page.locator(".st-key-translate_canvas [data-revision]")
    place = canvas.bounding_box()
    said = page.locator(".st-key-said_translate")
    before = said.inner_text()
    page.get_by_label(page_prose("translate")["page"]["text"], exact=True).fill(sentence)
    expect(said).not_to_have_text(before)
    stand_still(page)
    now = canvas.bounding_box()
    assert place
    assert now
    assert (now["x"], now["y"]) == (place["x"], place["y"])


# --- numbers in cells -------------------------------------------------------------------------------------------------

FLOW = [
    "x",
    "query",
    "masked_scores",
    "weights",
    "head_output",
    "concat",
    "output",
    "w_query",
    "key",
    "value",
    "w_output",
]


def test_with_numbers_every_matrix_is_in_reach_and_the_board_says_where(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD, width=390))
    stage.part("numbers").click()
    every_matrix_is_in_reach(stage, 390)
    for width in (1024, 1440, 1920):
        stage.page.set_viewport_size({"width": width, "height": 900})
        stage.page.wait_for_timeout(300)  # the board follows the window
        every_matrix_is_in_reach(stage, width)


def every_matrix_is_in_reach(stage: StagePage, width: int) -> None:
    drawn = stage.drawn()
    assert set(drawn) == set(FLOW)
    room = stage.part("base").evaluate("(canvas) => canvas.clientWidth")
    assert max(matrix.x + matrix.width for matrix in drawn.values()) <= room + 1
    beside = stage.part("board").evaluate("({ scrollWidth, clientWidth }) => scrollWidth > clientWidth")
    assert beside or width == 1920
    expect(stage.part("beside")).to_have_text(STAGE["tools"]["wider"] if beside else "")
    output = drawn["output"]
    stage.click_on(output, 2, 0)  # it scrolls there
    assert stage.title


def test_masked_weights_have_their_hatch_and_no_number(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    stage.part("numbers").click()
    weights = stage.drawn()["weights"]
    assert len(weights.numbers) == weights.rows * (weights.rows + 1) // 2  # the causal mask leaves a triangle


def test_more_tokens_than_numbers_can_be_read_of_are_said(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?sentence=" + "+".join("abcdefgh" * 6)))
    stage.part("numbers").click()
    expect(stage.part("beside")).to_have_text(STAGE["tools"]["crowded"].format(most=37))


# --- names and signs --------------------------------------------------------------------------------------------------


def test_a_name_that_fits_is_written_whole(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?sentence=the+visualization+helps"))
    names = [entry["text"] for entry in stage.painted("over") if entry["kind"] == "text"]
    assert names.count("visualization") >= 3
    assert not [name for name in names if name.endswith("…")]


def test_negative_cells_carry_a_sign_that_needs_no_colour(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?key=0&query=0"))
    values = stage.drawn()["value"]
    signed = set()
    for row in range(values.rows):
        for col in range(values.cols):
            x, y = values.middle(row, col)
            _, lines = stage.point_at(values, row, col)
            number = float(re.findall(r"= (−?[\d.]+(?:e[−\d]+)?)$", lines[-1])[0].replace("−", "-"))
            aside = x + 0.3 * values.width / values.cols, y + 0.3 * values.height / values.rows
            marked = abs(stage.brightness_at(x, y) - stage.brightness_at(*aside)) > 8
            signed.add((number < 0, marked))
    assert signed == {(True, True), (False, False)}


# --- other eyes -------------------------------------------------------------------------------------------------------


def luminance(color: str) -> float:
    """Relative luminance of "rgb(r, g, b)" (WCAG 2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


COLORS = "(each) => { const { color, backgroundColor } = getComputedStyle(each); return [color, backgroundColor]; }"


@pytest.mark.parametrize("dark", alike([True, False], 1), ids=["dark", "light"])
def test_words_on_orange_can_be_read(dark: bool, new_page: NewPage) -> None:
    page = new_page("/training", dark=dark)
    stand_still(page)
    words, ground = page.get_by_test_id("stBaseButton-primary").first.evaluate(COLORS)
    assert contrast(words, ground) >= 4.5


CHOSEN = '[aria-pressed="true"], [aria-checked="true"], [aria-current], [aria-expanded="true"]'
# What is chosen and has the ground of its neighbour that is not.
UNSEEN_CHOICES = f"""(elements) => {{
  const chosen = '{CHOSEN}';
  const ground = (each) => getComputedStyle(each).backgroundColor;
  const neighbour = (each) =>
    [...each.parentElement.children].find((one) => one.tagName === each.tagName && !one.matches(chosen));
  return elements(document)
    .filter((each) => each.matches("button, [role=radio], a") && each.matches(chosen) && neighbour(each))
    .filter((each) => ground(each) === ground(neighbour(each)))
    .map((each) => each.outerHTML.slice(0, 200));
}}"""
BARS = """(elements) => elements(document)
  .filter((each) => each.matches(":is(.bars, .top, .track, .bar) :is(i, span:empty)"))
  .map((each) => getComputedStyle(each).outlineStyle)"""


@pytest.mark.parametrize("path", alike(["/", "/classify", "/blocks", "/translate", "/compare"], 1))
def test_in_forced_colours_what_is_chosen_and_every_bar_can_be_seen(path: str, new_page: NewPage) -> None:
    page = new_page(path)
    stand_still(page)
    page.emulate_media(forced_colors="active")
    assert seen(page, UNSEEN_CHOICES) == []
    bars = seen(page, BARS)
    assert set(bars) <= {"solid"}
    assert bars or path in {"/", "/compare"}


def test_the_board_keeps_its_ground_in_forced_colours(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    ground = "(each) => getComputedStyle(each).backgroundColor"
    before = stage.page.get_by_test_id("stApp").evaluate(ground)
    stage.page.emulate_media(forced_colors="active")
    assert stage.part("base").evaluate(ground) == before
    assert stage.over.evaluate(ground) == "rgba(0, 0, 0, 0)"  # it lies on the other


@pytest.mark.fresh
@pytest.mark.parametrize("language", alike(["zh", "en"], 1))
def test_streamlit_s_menu_lies_on_a_phone_s_screen_beside_our_buttons(language: str, new_page: NewPage) -> None:
    page = new_page(f"/guide?lang={language}", width=390, height=844)
    places = [page.locator(one).bounding_box() for one in ("#copy-link", "[data-testid=stMainMenu]", "#languages")]
    edges = [(box["x"], box["x"] + box["width"]) for box in places if box is not None]
    assert len(edges) == 3
    assert all(right <= left + 1 for (_, right), (left, _) in pairwise(edges))
    assert edges[-1][1] <= 390
    page.get_by_test_id("stMainMenu").click()
    menu = page.get_by_test_id("stMainMenuPopover").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390
    assert sideways(page) <= 1
