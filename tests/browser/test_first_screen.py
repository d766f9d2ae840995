"""The explorer's first screen: what it opens on and says, where its settings are, and how much of it is in sight."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from attnlab.looks.layers import asked
from attnlab.settings.attention import Explorer
from attnlab.ui.attention.controls import BAR
from tests.browser.stage_page import BOARD, STAGE, StagePage
from tests.products import alike

NewPage = Callable[..., Page]
TELLING = STAGE["telling"]


@pytest.mark.fresh
def test_it_opens_on_a_head_that_reads_words_and_says_what_is_seen(new_page: NewPage) -> None:
    stage = StagePage(new_page("/"))
    wanted = asked(Explorer.of({**Explorer().values(), **stage.params}))
    row = wanted.trace().weights[stage.head, wanted.selection["query"]]
    tokens = wanted.trace().tokens
    most = int(row.argmax())
    assert (tokens[wanted.selection["query"]], tokens[most]) == ("birds", "Birds")
    said = TELLING["to_most"].format(query="birds", key="Birds", share=f"{round(100 * float(row[most]))}%")
    expect(stage.part("telling")).to_have_text(said)
    expect(stage.part("next")).to_have_text(TELLING["next"].format(key="Birds"))
    stage.press("ArrowUp")
    expect(stage.part("telling")).to_contain_text("other")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (1440, 900)])
def test_the_weights_are_on_the_first_screen(width: int, height: int, new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD, width=width, height=height))
    weights, board = stage.drawn()["weights"], stage.over.bounding_box()
    panel = stage.part("sum").bounding_box()
    assert board
    assert panel
    least = 1 if width == 390 else 0.5  # of its rows; on a low window the rest is a turn of the wheel away
    assert board["y"] + weights.y + least * weights.height <= min(height, max(panel["y"], board["y"]))


def test_the_settings_are_one_closed_line_that_the_keyboard_opens(new_page: NewPage) -> None:
    stage = StagePage(new_page(f"{BOARD}&heads=4", width=390))
    bar = stage.page.locator(f".st-key-{BAR}")
    summary = bar.locator("summary")
    said = stage.page.locator(".st-key-settings_said")
    expect(said).to_contain_text(re.compile(r"heads\W+4"))
    expect(stage.page.locator(".st-key-first_screen")).to_have_count(0)
    box = summary.bounding_box()
    assert box
    line = said.bounding_box()
    assert line
    assert box["height"] < 48
    assert abs(line["y"] - box["y"]) <= 4
    assert line["height"] <= 48
    summary.focus()
    stage.page.keyboard.press("Enter")
    marks = stage.temperature_slider.page.locator(".st-key-temperature_slider .ticks button")
    for tick in marks.all():
        target = tick.bounding_box()
        assert target
        assert min(target["width"], target["height"]) >= 24
    stage.choose("heads", "2")
    stage.wait_for_params(heads=2)
    expect(bar.locator("details")).to_have_attribute("open", "")  # what is said of it has changed, and it stays
    expect(said).to_contain_text(re.compile(r"heads\W+2"))


def test_what_cannot_be_done_says_why_and_what_can_be_set_says_how(new_page: NewPage) -> None:
    stage = StagePage(new_page(f"{BOARD}&query=0&key=0"))
    swap = stage.part("swap")
    expect(swap).to_have_attribute("aria-disabled", "true")
    swap.evaluate("(button) => button.click()")  # Playwright waits for what is off
    expect(stage.part("note")).to_have_text(STAGE["edits"]["help"]["swap_off"])
    drawn = stage.drawn()
    stage.point_at(drawn["weights"], 2, 1)
    expect(stage.over).to_have_attribute("title", STAGE["hints"]["change"])
    stage.point_at(drawn["output"], 2, 1)  # which follows from the others
    expect(stage.over).not_to_have_attribute("title", STAGE["hints"]["change"])


def test_the_film_tells_the_story_from_its_first_stage(new_page: NewPage) -> None:
    stage = StagePage(new_page(f"{BOARD}&sentence=one+two", still=False))
    stage.part("play").click()
    expect(stage.part("step")).to_have_text(STAGE["stages"]["tokens"]["line"])
    expect(stage.part("spoken")).to_have_text(STAGE["stages"]["tokens"]["line"])


@pytest.mark.parametrize("dark", alike([False, True], 1), ids=["light", "dark"])
def test_shares_are_green_and_signed_numbers_are_not(dark: bool, new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD, dark=dark))
    expect(stage.part("legend")).to_contain_text(STAGE["legend"]["share"])
    expect(stage.part("legend")).to_contain_text(STAGE["legend"]["signed"])
    drawn = stage.drawn()
    green = (
        "(canvas, [x, y]) => { const at = canvas.width / canvas.clientWidth;"
        " const [r, g, b] = canvas.getContext('2d').getImageData(x * at, y * at, 1, 1).data; return g > r && g > b; }"
    )
    found = {}
    for name in ("weights", "masked_scores"):
        x, y = drawn[name].middle(0, 0)
        aside = [x - 0.3 * drawn[name].width / drawn[name].cols, y]
        found[name] = stage.part("base").evaluate(green, aside)
    assert found == {"weights": True, "masked_scores": False}
