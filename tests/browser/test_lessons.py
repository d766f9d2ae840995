"""Lessons in a browser: guess, compute, do; what is guessed is not sent; what a task needs is on the screen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.lessons import Task, lesson
from attnlab.prose import page_prose
from tests.browser.seen_page import seen, sideways
from tests.products import alike

NewPage = Callable[..., Page]
WORDS = page_prose("lessons")
CARD = WORDS["card"]


def card(page: Page) -> Locator:
    return page.locator(".st-key-lesson_card")


def said(page: Page) -> Locator:
    return card(page).locator("[data-part=said]")


def compute(page: Page) -> None:
    card(page).get_by_role("button", name=CARD["commit"]).click()
    expect(said(page)).to_contain_text(re.compile(f"{CARD['right']}|{CARD['wrong']}"))


@pytest.mark.fresh
def test_a_lesson_goes_from_the_list_by_guesses_to_a_goal_and_on(new_page: NewPage) -> None:
    page = new_page("/lessons")
    page.locator(".st-key-lesson_rows").click(position={"x": 320, "y": 100})  # wherever its card is touched
    expect(page).to_have_url(re.compile("lesson=rows"))
    expect(page).to_have_url(re.compile("positions=none"))  # the address is written name by name
    assert "positions=none" in page.url
    words = page_prose("lessons/rows")["steps"]
    card(page).get_by_role("button", name=words["twins"]["options"]["near"]["label"]).click()
    compute(page)
    expect(said(page)).to_contain_text(words["twins"]["options"]["near"]["answer"])
    expect(said(page)).to_contain_text(words["twins"]["why"])
    expect(page).to_have_url(re.compile("revealed=true"))
    card(page).get_by_role("button", name=CARD["next"]).click()
    expect(card(page).locator("[data-part=text]")).to_have_text(words["apart"]["text"])
    expect(said(page)).to_be_empty()
    positions = page.locator(".st-key-lesson_row_layer select")
    positions.select_option("learned")  # not the way of the file: any that reaches the goal counts
    expect(said(page)).to_contain_text(CARD["reached"])
    card(page).get_by_role("button", name=CARD["next_lesson"]).click()
    expect(page).to_have_url(re.compile("lesson=views"))
    expect(page).not_to_have_url(re.compile("positions"))
    card(page).get_by_role("button", name=CARD["all"]).click()
    done = page.get_by_role("button", name=WORDS["page"]["solved"].format(title=page_prose("lessons/rows")["title"]))
    expect(done).to_be_visible()


def test_what_is_being_guessed_is_neither_in_a_picture_nor_in_the_page(new_page: NewPage) -> None:
    page = new_page("/lessons?lesson=match&step=2")
    expect(page.locator(".st-key-stage_canvas .stage.covered")).to_have_count(1)
    for part in ("views", "play", "whatif"):
        expect(page.locator(f".st-key-stage_canvas [data-part={part}]")).to_be_hidden()
    link = page.url.partition("?")[2]
    asked = page.evaluate(
        """async (link) => {
          const response = await fetch(new URL(`picture?of=lessons&${link}`, document.baseURI));
          const bytes = new Uint8Array(await response.arrayBuffer());
          const length = new DataView(bytes.buffer).getUint32(0, true);
          const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
          return header.arrays.filter(({ offset }) => offset === undefined).map(({ name }) => name);
        }""",
        link,
    )
    assert {"scores", "weights", "output", "thumbnails"} <= set(asked)
    card(page).get_by_role("button", name="because", exact=True).click()
    compute(page)
    expect(page.locator(".st-key-stage_canvas .stage.covered")).to_have_count(0)
    expect(said(page)).to_contain_text("82%")


def test_a_cell_that_is_clicked_on_the_stage_is_the_guess(new_page: NewPage) -> None:
    page = new_page("/lessons?lesson=match&step=2&query=9&key=2&stage=softmax")
    expect(card(page).get_by_role("button", name="cat", exact=True)).to_have_attribute("aria-pressed", "true")
    page.locator(".st-key-stage_canvas .stage").focus()
    page.keyboard.press("ArrowRight")
    expect(card(page).get_by_role("button", name="sat", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("key=3"))


def test_the_first_lesson_shows_pieces_and_nothing_that_comes_after_them(new_page: NewPage) -> None:
    page = new_page("/lessons?lesson=tokens&step=3")
    expect(page.locator(".stage [data-part=base]")).to_be_visible()
    for part in ("strip", "heads", "whatif", "views", "formula"):
        expect(page.locator(f".stage [data-part={part}]")).to_be_hidden()
    page = new_page("/lessons?lesson=match&step=4")
    expect(page.locator(".stage [data-part=heads]")).to_be_visible()


def test_hints_come_one_by_one_and_the_solution_counts_as_seen(new_page: NewPage) -> None:
    page = new_page("/lessons?lesson=mask&step=4")
    for number in range(1, 4):
        card(page).get_by_role("button", name=CARD["hint"], exact=True).click()
        expect(card(page).locator("[data-part=hints] li")).to_have_count(number)
    card(page).get_by_role("button", name=CARD["show"]).click()
    expect(said(page)).to_contain_text(CARD["shown"])
    expect(page).to_have_url(re.compile("mask=prefix"))
    card(page).get_by_role("button", name=CARD["again"]).click()
    expect(said(page)).to_be_empty()
    expect(page).not_to_have_url(re.compile("mask=prefix"))


TASKS = [("mask", 4), ("shares", 4), ("views", 3), ("stream", 4), ("who_wins", 4), ("tokens", 3)]
IN_SIGHT = """(elements) => elements(document.querySelector(".st-key-lesson_controls"))
  .filter((each) => each.matches("button, input, select"))
  .map((each) => each.getBoundingClientRect())
  .map(({ left, right, top, bottom }) => left >= -1 && right <= innerWidth + 1 && top >= 0 && bottom <= %s)"""


@pytest.mark.parametrize(("name", "number"), alike(TASKS, 1))
def test_the_controls_of_a_task_are_on_the_screen_and_on_a_phone_below_the_card(
    name: str, number: int, new_page: NewPage
) -> None:
    step: Any = lesson(name).steps[number - 1]
    assert isinstance(step, Task)
    page = new_page(f"/lessons?lesson={name}&step={number}", width=1280, height=720)
    inside = seen(page, IN_SIGHT % "innerHeight")
    assert len(inside) >= len(step.show)
    assert all(inside)
    assert card(page).bounding_box()["height"] < 720  # type: ignore[index]
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    assert sideways(page) <= 1
    beside = seen(page, IN_SIGHT % "Infinity")
    assert beside
    assert all(beside)
    page.locator(".st-key-lesson_controls").scroll_into_view_if_needed()
    assert card(page).bounding_box()["y"] < page.locator(".st-key-lesson_controls").bounding_box()["y"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "dark"), [("/lessons?lesson=two_texts&step=2", False), ("/lessons?lesson=who_wins&step=2", True)]
)
def test_pictures_without_a_stage_are_not_there_before_the_guess(path: str, dark: bool, new_page: NewPage) -> None:
    page = new_page(path, dark=dark)
    expect(page.locator(".st-key-lesson_veiled")).to_be_visible()
    assert page.locator(".st-key-blocks_canvas, [data-testid=stVegaLiteChart]").count() == 0
    if "who_wins" in path:
        compute(page)
        expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    else:
        card(page).get_by_role("button", name="cat", exact=True).click()
        compute(page)
        expect(page.locator(".st-key-blocks_canvas")).to_be_visible()


@pytest.mark.fresh
def test_the_teacher_takes_a_worksheet_along_in_the_language_of_the_page(new_page: NewPage) -> None:
    page = new_page("/lessons?lesson=shares&for=teacher&lang=zh")
    with page.expect_download() as begun:
        page.get_by_role("button", name=page_prose("lessons", "zh")["teacher"]["worksheet"]).click()
    assert begun.value.suggested_filename == "worksheet-shares.html"
    sheet = begun.value.path().read_text(encoding="utf-8")
    assert sheet.startswith('<!doctype html>\n<html lang="zh-CN">')
    assert page_prose("lessons/shares", "zh")["aim"] in sheet
    assert "&amp;lang=zh" in sheet
    assert sheet.count("<svg") == 4  # bars and a curve to draw, and both in the key
