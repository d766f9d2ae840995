"""A row of controls: alone on a page where the test plays the server, and on the attention page with a link."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from attnlab.prose import page_prose, with_formulas
from tests.browser import controls
from tests.browser.canvases import Canvas, mounted
from tests.browser.chromium import wait_until_settled
from tests.browser.stage_page import BOARD, StagePage

NewPage = Callable[..., Page]
WORDS = page_prose("controls")["row"]
SEED = {"real": False, "low": 0, "high": 9, "step": 1}
HEAT = {"real": True, "low": 0.05, "high": 10, "step": 0.05}


def control(name: str, kind: str, value: str, **others: Any) -> dict[str, Any]:
    drawn = {"name": name, "kind": kind, "label": name, "value": value, "default": value, "help": [], "bare": False}
    return drawn | {"off": False, "own": False, "empty": "", "placeholder": ""} | others


CONTROLS = [
    control("mask", "list", "causal", options=[["causal", "causal"], ["random_blocks", "random blocks"]]),
    control("heads", "few", "8", options=[["2", "2"], ["4", "4"], ["8", "8"]]),
    control("seed", "number", "0", range=SEED, empty="0", placeholder="0"),
    control("heat", "number", "1.0", range=HEAT, empty="1.0", placeholder="1.0"),
    control("width", "number", "", range=SEED, placeholder="auto"),
    control("norm", "switch", "false"),
    control("model", "line", "shipped"),
]


def row(heard: int = 0, page: str = "", **values: str) -> dict[str, Any]:
    """What a run says once it has heard so many times from the row."""
    drawn = [{**one, "value": values.get(one["name"], one["value"])} for one in CONTROLS]
    return {"page": page, "title": "", "top": False, "words": WORDS, "heard": heard, "controls": drawn}


@pytest.fixture
def alone(browser: Browser) -> Iterator[Canvas]:
    with mounted(browser, "controls") as canvas:
        canvas.run(row())
        yield canvas


def search(canvas: Canvas) -> str:
    return str(canvas.page.evaluate("() => location.search"))


def test_a_choice_stands_in_the_address_as_the_links_word_and_is_told(alone: Canvas) -> None:
    before = alone.page.evaluate("history.length")
    controls.pick(alone.page, "mask", "random blocks")
    assert search(alone) == "?mask=random_blocks"
    assert alone.told() == [{"count": 1, "values": {"mask": "random_blocks"}}]
    controls.choose(alone.page, "heads", "4")
    assert search(alone) == "?mask=random_blocks&heads=4"
    assert alone.told(2)[-1] == {"count": 2, "values": {"mask": "random_blocks", "heads": "4"}}  # all that is unheard
    assert alone.page.evaluate("history.length") == before


def test_what_an_older_run_says_is_no_news_until_the_server_has_heard(alone: Canvas) -> None:
    controls.choose(alone.page, "heads", "4")
    controls.choose(alone.page, "heads", "2")
    alone.run(row(heard=1, heads="4", seed="5"))
    expect(controls.group(alone.page, "heads").get_by_role("radio", checked=True)).to_have_text("2")
    expect(controls.number(alone.page, "seed")).to_have_value("5")
    alone.run(row(heard=2, heads="2"))
    alone.run(row(heard=2, heads="8"))
    expect(controls.group(alone.page, "heads").get_by_role("radio", checked=True)).to_have_text("8")


def test_an_older_address_that_a_run_writes_keeps_what_is_unheard(alone: Canvas) -> None:
    controls.choose(alone.page, "heads", "4")
    offered = """(url) => {
      const detail = { url: new URL(url, location.href).href };
      dispatchEvent(new CustomEvent("attnlab-address", { detail }));
      return new URL(detail.url).search;
    }"""
    assert alone.page.evaluate(offered, "/?seed=3") == "?seed=3&heads=4"
    assert alone.page.evaluate(offered, "/guide?seed=3") == "?seed=3"
    alone.run(row(heard=1, heads="4"))
    assert alone.page.evaluate(offered, "/?seed=3") == "?seed=3"


def test_where_the_picture_is_fetched_ahead_the_server_is_told_once_the_hand_rests(alone: Canvas) -> None:
    alone.page.evaluate("addEventListener('attnlab-followed', (event) => event.preventDefault())")
    chosen = """(words) => {
      const radios = [...document.querySelectorAll("#mount [role=radio]")];
      for (const word of words) radios.find((one) => one.textContent === word).click();
      return [told.length, location.search];
    }"""
    assert alone.page.evaluate(chosen, ["2", "4"]) == [0, "?heads=4"]
    assert alone.told() == [{"count": 2, "values": {"heads": "4"}}]


def test_what_back_has_overtaken_is_told_to_nobody(alone: Canvas) -> None:
    alone.page.evaluate(
        """() => {
          addEventListener("attnlab-followed", (event) => event.preventDefault());
          history.pushState(null, "", "");
        }"""
    )
    controls.choose(alone.page, "heads", "4")
    alone.page.evaluate("() => new Promise((done) => { addEventListener('popstate', done); history.back(); })")
    alone.page.wait_for_timeout(200)
    assert alone.told(0) == []
    controls.choose(alone.page, "heads", "2")
    assert [told["values"]["heads"] for told in alone.told()] == ["2"]


def test_a_default_chosen_again_leaves_the_address(alone: Canvas) -> None:
    controls.choose(alone.page, "heads", "4")
    controls.choose(alone.page, "heads", "8")
    assert search(alone) == ""
    assert alone.told(2)[-1]["values"] == {"heads": "8"}


def test_arrow_keys_choose_among_a_few_and_go_round(alone: Canvas) -> None:
    radios = controls.group(alone.page, "heads").get_by_role("radio")
    expect(radios.nth(2)).to_have_attribute("tabindex", "0")
    radios.nth(2).press("ArrowRight")
    expect(radios.nth(0)).to_be_focused()
    assert alone.told()[-1]["values"] == {"heads": "2"}
    radios.nth(0).press("ArrowLeft")
    assert alone.told(2)[-1]["values"] == {"heads": "8"}


def test_a_number_is_typed_stepped_and_emptied(alone: Canvas) -> None:
    field = controls.number(alone.page, "seed")
    field.press("ArrowUp")
    alone.page.get_by_role("button", name=WORDS["more"]).first.click()
    expect(field).to_have_value("2")
    expect(alone.page.get_by_role("button", name=WORDS["less"]).first).to_be_enabled()
    assert alone.told(2)[-1]["values"] == {"seed": "2"}
    controls.type_number(alone.page, "seed", "")
    expect(field).to_have_value("0")  # it must hold a number: the one that its place shows
    assert search(alone) == ""
    controls.type_number(alone.page, "width", "7")
    controls.type_number(alone.page, "width", "")
    assert alone.told(5)[-1]["values"] == {"seed": "0", "width": ""}
    expect(controls.number(alone.page, "width")).to_have_attribute("placeholder", "auto")


def test_decimal_numbers_are_stepped_without_dust_and_shown_with_two_places(alone: Canvas) -> None:
    field = controls.number(alone.page, "heat")
    expect(field).to_have_value("1.00")
    for _ in range(3):
        field.press("ArrowUp")
    expect(field).to_have_value("1.15")
    assert alone.told(3)[-1]["values"] == {"heat": "1.15"}
    controls.type_number(alone.page, "heat", "2")
    assert search(alone) == "?heat=2"


@pytest.mark.parametrize("text", ["-1", "10", "2.5", "1e400"])
def test_a_number_that_cannot_be_is_marked_and_told_to_nobody(alone: Canvas, text: str) -> None:
    controls.type_number(alone.page, "seed", text)
    expect(controls.number(alone.page, "seed")).to_have_attribute("aria-invalid", "true")
    assert search(alone) == ""
    controls.type_number(alone.page, "seed", "4")
    assert alone.told() == [{"count": 1, "values": {"seed": "4"}}]
    expect(controls.number(alone.page, "seed")).not_to_have_attribute("aria-invalid", "true")


def test_a_number_that_is_being_typed_is_not_overwritten_by_a_run(alone: Canvas) -> None:
    field = controls.number(alone.page, "seed")
    field.fill("7")
    alone.run(row(seed="3"))
    expect(field).to_have_value("7")
    field.press("Enter")
    assert alone.told()[-1]["values"] == {"seed": "7"}


def test_a_switch_and_a_line(alone: Canvas) -> None:
    controls.switch(alone.page, "norm")
    assert alone.told()[-1]["values"] == {"norm": "true"}
    line = alone.page.get_by_role("textbox", name="model")
    line.fill("<b>mine")
    line.press("Enter")
    assert alone.told(2)[-1]["values"] == {"norm": "true", "model": "<b>mine"}
    assert search(alone) == "?norm=true&model=%3Cb%3Emine"


def test_what_a_model_brings_is_shown_and_neither_chosen_nor_linked(alone: Canvas) -> None:
    own = control("heads", "few", "16", options=[["16", "16"]], off=True, own=True, default="8")
    alone.run(row() | {"controls": [own]})
    expect(controls.group(alone.page, "heads").get_by_role("radio")).to_be_disabled()
    assert search(alone) == ""
    alone.run(row())
    expect(controls.group(alone.page, "heads").get_by_role("radio", checked=True)).to_have_text("8")


def test_help_is_said_under_the_pointer_at_a_tap_and_with_the_keyboard(alone: Canvas) -> None:
    parts = with_formulas("so $d_k$ numbers <b>")
    alone.run(row() | {"controls": [{**one, "help": parts if one["name"] == "seed" else ()} for one in CONTROLS]})
    marks = alone.page.get_by_role("button", name=WORDS["help"].format(label="seed"))
    said = alone.page.get_by_role("tooltip")
    expect(marks).to_have_count(1)
    marks.hover()
    expect(said).to_contain_text("numbers <b>")
    expect(said.locator("math")).to_have_count(1)
    alone.page.mouse.move(0, 400)
    expect(said).to_be_hidden()
    controls.number(alone.page, "seed").focus()
    alone.page.keyboard.press("Shift+Tab")
    expect(marks).to_be_focused()
    expect(said).to_be_visible()
    expect(marks).to_have_attribute("aria-describedby", "said")
    marks.press("Escape")
    expect(said).to_be_hidden()
    marks.click()
    expect(said).to_be_visible()


def test_numbers_are_written_as_a_browser_writes_them(modules: Page) -> None:
    found = modules.evaluate(
        """(heat) => [
          ["", "1.0", "0.35", "30"].map(m.numbers.linkWord),
          ["", "1", "0.123"].map((word) => m.numbers.fieldText(word, heat)),
          m.numbers.fieldText("3", { ...heat, real: false }),
          [[1, 1], [10, 1], [0.05, -1], [0.3, -1]].map(([from, way]) => m.numbers.stepped(from, way, heat)),
          [NaN, Infinity, 0, 10, 10.5].map((one) => m.numbers.within(one, heat)),
        ]""",
        HEAT,
    )
    assert found == [
        ["", "1", "0.35", "30"],
        ["", "1.00", "0.123"],
        "3",
        [1.05, 10, 0.05, 0.25],
        [False, False, False, True, False],
    ]


def test_an_address_is_changed_only_where_it_says_something_else(modules: Page) -> None:
    found = modules.evaluate(
        """() => [
          m.address.addressWith("http://a/?b=2.0&c=x&e=1&e=2", { b: "2", c: null, d: "new", e: "2" }),
          m.address.isAt("", "http://a/?x=1", "http://a/"),
          m.address.isAt("compare", "http://a/compare", "http://a/"),
          m.address.isAt("", "http://a/compare", "http://a/"),
          m.help.answered([{ text: "<b>" }]).map((node) => node.textContent),
        ]"""
    )
    assert found == ["http://a/?b=2.0&e=2&d=new", True, True, False, ["<b>"]]


# --- on the page ------------------------------------------------------------------------------------------------------


@pytest.mark.fresh
def test_a_name_is_shown_and_the_links_word_is_written_and_opens_the_same_again(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    stage.open_bar_for("positions")
    entries = stage.page.evaluate("history.length")
    controls.pick(stage.page, "positions", "RoPE")
    controls.pick(stage.page, "score", "dot product")
    stage.wait_for_params(positions="rope", score="dot")
    stage.wait_for_link(positions="rope", score="dot")
    assert stage.page.evaluate("history.length") == entries
    wait_until_settled(stage.page)
    stage.page.reload(wait_until="domcontentloaded")
    again = StagePage(stage.page)
    again.wait_for_params(positions="rope", score="dot")
    again.open_bar_for("positions")
    expect(controls.listed(stage.page, "positions")).to_have_value("rope")
    box = stage.page.get_by_role("button", name=WORDS["help"].format(label="positions")).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24


def test_choices_made_before_a_run_has_come_back_are_all_kept(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    stage.open_bar_for("heads")
    for heads in ("4", "2", "4"):
        controls.choose(stage.page, "heads", heads)
    controls.pick(stage.page, "mask", "none")
    controls.choose(stage.page, "d_model", "32")
    stage.wait_for_params(heads=4, mask="none", d_model=32)
    wait_until_settled(stage.page)
    stage.wait_for_params(heads=4, mask="none", d_model=32)
    assert stage.link == {"heads": "4", "mask": "none", "d_model": "32"}


def test_a_choice_in_the_drawer_is_there_when_it_is_opened_again(new_page: NewPage) -> None:
    stage = StagePage(new_page(BOARD))
    stage.open_more()
    stage.type_number("seed", "7")
    stage.wait_for_params(seed=7)
    wait_until_settled(stage.page)
    stage.page.keyboard.press("Escape")
    expect(controls.number(stage.page, "seed")).to_have_count(0)
    stage.open_more()
    expect(controls.number(stage.page, "seed")).to_have_value("7")
    assert stage.link == {"seed": "7"}


def test_a_part_shows_its_control_and_says_what_is_chosen(modules: Page) -> None:
    found = modules.evaluate(
        """(heads) => {
          const chosen = [];
          const help = document.createElement("button");
          const part = m.parts.made(heads, (word) => chosen.push(word), help, { more: "more", less: "less" });
          part.show(heads);
          const [first] = part.root.querySelectorAll("[role=radio]");
          first.click();
          const shown = part.root.querySelector("[aria-checked=true]").textContent;
          part.show({ ...heads, off: true });
          return [part.kind, shown, chosen, help.hidden, first.disabled];
        }""",
        control("heads", "few", "8", options=[["2", "two"], ["8", "eight"]]),
    )
    assert found == ["few", "eight", ["2"], True, True]
