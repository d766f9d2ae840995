"""The attention page in a real browser: controls, link, stage, keyboard, themes, small screens, tables."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from attnlab.engine import AttentionSpec, trace
from attnlab.settings.attention import STAGES, VIEWS, Explorer
from attnlab.text import tokenize
from tests.browser.chromium import wait_until_settled
from tests.browser.stage_page import BOARD, WORDS, StagePage

DEFAULTS = Explorer().values()

NewPage = Callable[..., Page]
SENTENCE = tokenize("The cat sat on the mat, because it was tired.", "words").tokens


@pytest.fixture
def opened(new_page: NewPage) -> Callable[..., StagePage]:
    """`opened(**link)`: the attention page under a link, in a browser of its own."""

    def open_link(
        *, width: int = 1440, height: int = 900, dark: bool = False, still: bool = True, **link: Any
    ) -> StagePage:
        return StagePage(
            new_page(f"/?{urlencode(link)}" if link else BOARD, width=width, height=height, dark=dark, still=still)
        )

    return open_link


Opened = Callable[..., StagePage]


def assert_a_new_visitor_sees_the_same(stage: StagePage, new_page: NewPage) -> None:
    address = stage.page.url[stage.page.url.index("/", len("http://")) :]
    visitor = StagePage(new_page(address))
    assert visitor.revision == stage.revision
    assert visitor.params == stage.params


# --- first sight ------------------------------------------------------------------------------------------------------


def test_a_useful_picture_is_there_before_anything_is_touched(opened: Opened) -> None:
    stage = opened()
    assert stage.params == {}
    assert (stage.stage, stage.head, stage.view) == ("softmax", 0, "matrix")
    assert {"query", "key", "masked_scores", "weights", "value", "head_output"} <= set(stage.drawn())
    labels = [entry["text"] for entry in stage.painted("over") if entry["kind"] == "text"]
    assert set(SENTENCE) <= set(labels)
    assert stage.title == "“the” looks at “on”"
    assert len(stage.lines) == 3


def test_nothing_is_shown_before_it_is_painted_whole(opened: Opened) -> None:
    stage = opened()
    assert stage.root.evaluate("(root) => getComputedStyle(root).opacity") == "1"
    assert stage.host.locator("[data-part=strip] button").count() == len(STAGES)
    assert stage.host.locator("[data-part=formula] math").count() == 1


# --- live text and controls -------------------------------------------------------------------------------------------


def test_matrices_follow_while_a_sentence_is_typed(opened: Opened) -> None:
    stage = opened()
    box = stage.page.get_by_label(WORDS["page"]["sentence"], exact=True)
    box.fill("")
    box.press_sequentially("two words")
    stage.wait_for_params(sentence="two words")  # nobody pressed Enter
    assert box.evaluate("(box) => box === document.activeElement")
    assert stage.drawn()["weights"].rows == 2
    stage.wait_for_link(sentence="two words")


def test_each_control_repaints_and_is_in_the_link(opened: Opened, new_page: NewPage) -> None:
    stage = opened()
    for act, name, option, value in [
        (stage.choose, "heads", "4", 4),
        (stage.choose, "d_model", "32", 32),
        (stage.pick, "positions", "rope", "rope"),
        (stage.pick, "mask", "window", "window"),
        (stage.pick, "score", "cosine", "cosine"),
        (stage.pick, "normalizer", "sparsemax", "sparsemax"),
    ]:
        with stage.repaint():
            act(name, option)
        stage.wait_for_params(**{name: value})
        stage.wait_for_link(**{name: option})
    assert stage.drawn()["query"].cols == 8
    assert stage.host.locator("[data-part=heads] button").count() == 4
    assert_a_new_visitor_sees_the_same(stage, new_page)


def test_each_control_behind_more_repaints_and_is_in_the_link(opened: Opened, new_page: NewPage) -> None:
    stage = opened()
    stage.open_more()
    changes: list[tuple[Callable[[str, str], None], str, str, Any]] = [
        (stage.choose, "tokenizer", "characters", "characters"),
        (stage.pick, "source", "random", "random"),
        (stage.choose, "kv_heads", "2", "2"),
        (stage.choose, "dtype", "float64", "float64"),
        (stage.choose, "device", "cpu", "cpu"),
        (stage.type_number, "seed", "11", 11),
        (stage.type_number, "d_k", "5", 5),
        (stage.type_number, "d_v", "7", 7),
        (stage.type_number, "dropout", "0.3", 0.3),
        (stage.type_number, "softcap", "30", 30),
        (stage.type_number, "sink", "1", 1),
        (stage.pick, "second_mask", "block", "block"),
        (stage.choose, "combine", "or", "or"),
        (stage.type_number, "window", "9", 9),
        (stage.type_number, "dilation", "3", 3),
        (stage.type_number, "block", "5", 5),
        (stage.type_number, "global_tokens", "2", 2),
        (stage.type_number, "random_blocks", "2", 2),
        (stage.type_number, "prefix", "4", 4),
        (stage.type_number, "padding", "2", 2),
        (stage.type_number, "temperature", "2.5", 2.5),
        (stage.type_number, "head", "3", 3),
        (stage.type_number, "query", "6", 6),
        (stage.type_number, "key", "2", 2),
        (stage.pick, "stage", "mask", "mask"),
        (stage.pick, "view", "lines", "lines"),
    ]
    for act, name, given, value in changes:
        with stage.repaint():
            act(name, given)
        stage.wait_for_params(**{name: value})
        stage.wait_for_link(**{name: given})
    for name, value in [("qk_norm", True), ("pad_left", True)]:
        with stage.repaint():
            stage.switch(name)
        stage.wait_for_params(**{name: value})
        stage.wait_for_link(**{name: str(value).lower()})
    assert (stage.stage, stage.head, stage.view) == ("mask", 2, "lines")
    assert_a_new_visitor_sees_the_same(stage, new_page)


def test_an_example_becomes_the_sentence(opened: Opened) -> None:
    stage = opened()
    stage.page.get_by_role("button", name=WORDS["page"]["examples"], exact=True).click()
    stage.page.get_by_text(WORDS["examples"][3], exact=True).click()
    stage.wait_for_params(sentence=WORDS["examples"][3])
    stage.wait_for_link(sentence=WORDS["examples"][3])


def test_a_default_chosen_again_leaves_the_link(opened: Opened) -> None:
    stage = opened(heads=4)
    stage.choose("heads", "8")
    stage.wait_for_params(heads=None)
    stage.wait_for_link(heads=None)


# --- the live slider --------------------------------------------------------------------------------------------------

NEVER_AT_REST = """() => {
  const wait = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => (ms === 250 ? 0 : wait(act, ms, ...rest));
}"""
"""A slider that rests for this long is as good as let go, and on a busy machine the mouse rests between two moves."""


def test_the_temperature_follows_the_arrow_keys(opened: Opened, new_page: NewPage) -> None:
    stage = opened()
    with stage.repaint():
        stage.temperature_slider.press("ArrowRight")
    stage.page.wait_for_function("() => new URLSearchParams(location.search).has('temperature')")
    assert stage.params == {"temperature": float(stage.link["temperature"])}
    assert stage.params["temperature"] > 1
    assert_a_new_visitor_sees_the_same(stage, new_page)


@pytest.mark.fresh
def test_the_temperature_repaints_while_it_is_dragged_and_is_in_the_link_when_let_go(
    opened: Opened, new_page: NewPage
) -> None:
    stage = opened()
    stage.page.evaluate(NEVER_AT_REST)
    box = stage.temperature_slider.bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.57, box["y"] + box["height"] / 2
    mouse = stage.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in (10, 20, 30):
        with stage.repaint():
            mouse.move(x + step, y)
        assert "temperature" not in stage.link
    mouse.up()
    stage.page.wait_for_function("() => new URLSearchParams(location.search).has('temperature')")
    stage.wait_for_params(temperature=float(stage.link["temperature"]))
    assert stage.params["temperature"] > 1.2
    assert_a_new_visitor_sees_the_same(stage, new_page)


def test_slider_and_number_of_the_temperature_show_the_same(opened: Opened) -> None:
    stage = opened(temperature=2.0)
    stage.open_bar_for("temperature")
    number = stage.page.locator(".st-key-temperature_slider").get_by_role("spinbutton")
    expect(number).to_have_value("2.00")
    number.fill("0.5")
    number.press("Enter")
    stage.wait_for_params(temperature=0.5)
    stage.wait_for_link(temperature="0.5")
    expect(number).to_have_value("0.50")
    expect(stage.temperature_slider).to_have_attribute("aria-valuetext", "0.50")


# --- ahead of the run -------------------------------------------------------------------------------------------------


@pytest.mark.fresh
def test_the_picture_needs_no_run_and_the_run_says_the_same(opened: Opened) -> None:
    stage = opened(sentence="one two three")
    stage.open_bar_for("heads")
    stage.page.evaluate("() => { WebSocket.prototype.send = function () {}; }")
    with stage.repaint():
        stage.choose("heads", "4")
    seen = stage.revision
    assert stage.params == {"sentence": "one two three", "heads": 4}
    again = opened(sentence="one two three", heads=4)
    assert (again.revision, again.params) == (seen, {"sentence": "one two three", "heads": 4})


@pytest.mark.fresh
def test_without_the_pictures_address_the_run_brings_them(opened: Opened, new_page: NewPage) -> None:
    stage = opened()
    stage.page.route("**/picture*", lambda route: route.fulfill(status=204))
    stage.pick("mask", "none")
    stage.wait_for_params(mask="none")
    with stage.repaint():
        stage.temperature_slider.press("ArrowRight")
    stage.page.wait_for_function("() => new URLSearchParams(location.search).has('temperature')")
    stage.wait_for_params(temperature=float(stage.link["temperature"]))
    assert_a_new_visitor_sees_the_same(stage, new_page)


def test_an_emptied_sentence_dims_the_last_picture_and_moves_nothing(new_page: Callable[..., Page]) -> None:
    stage = StagePage(new_page(BOARD))
    canvas = stage.page.locator(".st-key-stage_canvas")
    before = canvas.bounding_box()
    stage.type_sentence("")
    expect(canvas).to_have_css("opacity", "0.4")
    assert canvas.bounding_box() == before
    assert stage.page.get_by_test_id("stAlert").count() == 0
    stage.type_sentence("back again")
    stage.wait_for_params(sentence="back again")
    expect(canvas).to_have_css("opacity", "1")


@pytest.mark.fresh
def test_letters_show_before_the_typist_pauses(opened: Opened) -> None:
    stage = opened()
    stage.page.evaluate("() => { WebSocket.prototype.send = function () {}; }")
    field = stage.page.locator(".st-key-sentence input")
    field.press("End")
    field.press_sequentially(" So")
    stage.wait_for_params(sentence=f"{DEFAULTS['sentence']} So")


@pytest.mark.fresh
def test_a_late_run_does_not_bring_an_old_picture_back(opened: Opened) -> None:
    stage = opened()
    field = stage.page.locator(".st-key-sentence input")
    field.fill("a")
    stage.wait_for_params(sentence="a")
    stage.page.evaluate("""() => {
      const host = document.querySelector(".st-key-stage_canvas [data-revision]");
      window.seen = [];
      const look = () => seen.push(JSON.parse(host.dataset.params).sentence);
      new MutationObserver(look).observe(host, { attributes: true });
    }""")
    field.press_sequentially("bcdefgh", delay=70)
    stage.wait_for_link(sentence="abcdefgh")
    wait_until_settled(stage.page)
    lengths = [len(text) for text in stage.page.evaluate("() => seen")]
    assert lengths == sorted(lengths)
    assert lengths[-1] == 8


# --- the link ---------------------------------------------------------------------------------------------------------


@pytest.mark.fresh
def test_a_link_survives_a_reload(opened: Opened) -> None:
    stage = opened(sentence="one two three", heads=4, temperature=0.5, query=2, key=1, view="arithmetic")
    before = stage.revision, stage.params
    stage.page.reload(wait_until="domcontentloaded")
    wait_until_settled(stage.page)
    again = StagePage(stage.page)
    assert (again.revision, again.params) == before


# --- the stage: pointer and keyboard ----------------------------------------------------------------------------------


@pytest.mark.fresh
def test_a_click_pins_a_cell_and_the_link_keeps_it(opened: Opened) -> None:
    stage = opened(sentence="one two three four", query=0, key=0)
    assert stage.title == WORDS["stage"]["hints"]["title"]
    stage.click_on(stage.drawn()["weights"], 2, 1)
    stage.wait_for_link(query="3", key="2")
    stage.page.mouse.move(5, 5)
    assert stage.title == "“three” looks at “two”"
    stage.page.reload(wait_until="domcontentloaded")
    wait_until_settled(stage.page)
    assert StagePage(stage.page).title == "“three” looks at “two”"


def test_a_second_click_lets_go(opened: Opened) -> None:
    stage = opened(sentence="one two three four", query=0, key=0)
    for pinned in ("3", "0"):
        stage.click_on(stage.drawn()["weights"], 2, 1)
        stage.wait_for_link(query=pinned)


def test_pointing_shows_a_cell_and_leaving_shows_the_pinned_one(opened: Opened) -> None:
    stage = opened(sentence="one two three four", query=2, key=2)
    assert stage.title == "“two” looks at “two”"
    title, lines = stage.point_at(stage.drawn()["weights"], 3, 0)
    assert title == "“four” looks at “one”"
    assert lines[0].startswith("q · k = ")
    stage.page.mouse.move(5, 5)
    assert stage.title == "“two” looks at “two”"
    assert stage.params == {"sentence": "one two three four", "query": 2, "key": 2}


def test_a_masked_cell_says_so(opened: Opened) -> None:
    stage = opened(sentence="one two three four")
    _, lines = stage.point_at(stage.drawn()["weights"], 0, 3)
    assert lines[-1] == WORDS["stage"]["arithmetic"]["lines"]["masked"]
    hatched = [entry for entry in lines if "softmax" in entry]
    assert not hatched


def test_arrow_keys_walk_from_cell_to_cell_and_stop_at_the_edge(opened: Opened) -> None:
    stage = opened(sentence="one two three", query=1, key=1)
    for key, title in [
        ("ArrowDown", "“two” looks at “one”"),
        ("ArrowRight", "“two” looks at “two”"),
        ("ArrowDown", "“three” looks at “two”"),
        ("ArrowDown", "“three” looks at “two”"),
        ("ArrowLeft", "“three” looks at “one”"),
        ("ArrowUp", "“two” looks at “one”"),
    ]:
        stage.press(key)
        assert stage.title == title
    stage.wait_for_link(query="2", key="1")


def test_h_changes_the_head_and_the_numbers_follow(opened: Opened) -> None:
    stage = opened()
    for key, head in [("h", 1), ("h", 2), ("Shift+H", 1), ("Shift+H", 0), ("Shift+H", 7)]:
        with stage.repaint():
            stage.press(key)
        assert stage.head == head
    stage.wait_for_link(head="8")
    stage.press("n")
    weights = trace(AttentionSpec(tokens=SENTENCE, mask="causal")).weights[7]
    assert stage.drawn()["weights"].numbers[0] == f"{weights[0, 0]:.2f}"


def test_comma_and_full_stop_change_the_stage_up_to_the_ends(opened: Opened) -> None:
    stage = opened(stage="values")
    for key, name in [(".", "output"), (".", "output"), (",", "values"), (",", "softmax"), (",", "mask")]:
        stage.press(key)
        assert stage.stage == name
    stage.wait_for_link(stage="mask")


def test_v_changes_the_view_and_each_paints(opened: Opened) -> None:
    stage = opened()
    for view in ("lines", "arithmetic", "matrix"):
        stage.press("v")
        assert stage.view == view
        assert stage.painted("base" if view == "matrix" else "over")
    stage.wait_for_link(view=None)


def test_n_writes_numbers_into_the_cells_and_takes_them_away(opened: Opened) -> None:
    stage = opened(sentence="one two three")
    stage.press("n")
    weights = trace(AttentionSpec(tokens=("one", "two", "three"), mask="causal")).weights[0]
    causal = [weight for row, weights_of_row in enumerate(weights) for weight in weights_of_row[: row + 1]]
    assert stage.drawn()["weights"].numbers == [f"{weight:.2f}".removeprefix("0") for weight in causal]
    stage.press("N")
    assert stage.drawn()["weights"].numbers == []


def test_escape_lets_go_of_the_cell(opened: Opened) -> None:
    stage = opened()
    stage.press("Escape")
    assert stage.title == WORDS["stage"]["hints"]["title"]
    stage.wait_for_link(query="0", key="0")


def test_a_head_a_stage_and_a_view_can_be_clicked(opened: Opened) -> None:
    stage = opened()
    stage.host.locator("[data-part=heads] button").nth(4).click()
    stage.show_stage("scores")
    stage.show_view("arithmetic")
    assert (stage.head, stage.stage, stage.view) == (4, "scores", "arithmetic")
    stage.wait_for_link(head="5", stage="scores", view="arithmetic")


@pytest.mark.parametrize("heads", [1, 2, 16])
def test_there_is_a_painted_thumbnail_for_each_head(heads: int, opened: Opened) -> None:
    stage = opened(heads=heads)
    buttons = stage.host.locator("[data-part=heads] button")
    assert buttons.count() == heads
    inks = buttons.locator("canvas").evaluate_all(
        """(all) => all.map((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        })"""
    )
    assert len(inks) == heads
    assert all(colors > 3 for colors in inks)
    details = [buttons.nth(head).get_attribute("title") or "" for head in range(heads)]
    assert all("{" not in text and "undefined" not in text for text in details)


def test_views_other_than_the_matrix_answer_the_pointer_too(opened: Opened) -> None:
    stage = opened(sentence="one two three", view="lines", query=0, key=0)
    box = stage.over.bounding_box()
    assert box
    left, right = box["x"] + box["width"] * 0.3, box["x"] + box["width"] * 0.7
    stage.page.mouse.move(left, box["y"] + box["height"] - 20)
    assert stage.title.startswith("“three” looks at ")
    stage.page.mouse.move(right, box["y"] + box["height"] - 20)
    assert stage.title == "value of “three”, coordinate 0"
    stage.show_view("arithmetic")
    box = stage.over.bounding_box()
    assert box
    stage.page.mouse.move(box["x"] + 200, box["y"] + 90)
    assert re.fullmatch("“one” looks at “(one|two|three)”", stage.title)


# --- the film ---------------------------------------------------------------------------------------------------------


def test_space_plays_the_stages_and_stops_them(opened: Opened) -> None:
    stage = opened(stage="tokens", sentence="one two", still=False)
    scrub = stage.host.locator("[data-part=scrub]")
    play = stage.host.locator("[data-part=play]")
    stage.show_stage("tokens")
    began = float(scrub.input_value())
    stage.press(" ")
    expect(play).to_have_text(WORDS["stage"]["tools"]["pause"])
    stage.wait_inside("(root, began) => root.querySelector('[data-part=scrub]').value > began", began + 0.3)
    stage.press(" ")
    expect(play).to_have_text(WORDS["stage"]["tools"]["play"])
    stopped = scrub.input_value()
    assert stage.stage == STAGES[min(8, int(float(stopped)))]
    stage.page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    assert scrub.input_value() == stopped


def test_the_film_begins_anew_at_its_end_and_tells_the_link_where_it_stopped(opened: Opened) -> None:
    stage = opened(sentence="one two", stage="output", still=False)
    stage.press(" ")
    stage.wait_inside("(root) => root.querySelector('[data-part=scrub]').value < 2")
    stage.press(" ")
    stage.wait_for_link(stage=stage.stage)
    assert stage.stage in {"tokens", "x"}


def test_choosing_a_stage_stops_the_film(opened: Opened) -> None:
    stage = opened(sentence="one two", stage="tokens", still=False)
    stage.press(" ")
    stage.wait_inside("(root) => root.querySelector('[data-part=scrub]').value > 1.2")
    stage.show_stage("scores")
    expect(stage.host.locator("[data-part=play]")).to_have_text(WORDS["stage"]["tools"]["play"])
    stage.wait_for_link(stage="scores")
    assert (stage.stage, stage.host.locator("[data-part=scrub]").input_value()) == ("scores", "4")


def test_a_step_can_be_scrubbed_and_what_comes_later_is_dim(opened: Opened) -> None:
    stage = opened(sentence="one two three four")
    stage.drawn()
    scrub = stage.host.locator("[data-part=scrub]")
    scrub.fill("3.5")  # half of the scores
    assert stage.stage == "scores"
    assert stage.title == "“two” meets “four”"  # the eighth of sixteen
    drawn = stage.drawn()
    assert drawn["query"].alpha == 1
    assert drawn["weights"].alpha < 0.5
    scrub.fill("9")
    assert stage.stage == "output"
    assert {matrix.alpha for matrix in stage.drawn().values()} == {1}
    stage.wait_for_link(stage="output")


# --- screens ----------------------------------------------------------------------------------------------------------

SIDEWAYS = """() => [document.scrollingElement, document.querySelector("[data-testid=stMain]")]
  .filter((element) => element && element.scrollWidth > element.clientWidth)
  .map((element) => `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}`)"""


def test_a_phone_never_scrolls_sideways(opened: Opened) -> None:
    stage = opened(width=390, height=844)
    for view in VIEWS:
        stage.show_view(view)
        for name in STAGES:
            stage.show_stage(name)
            assert stage.page.evaluate(SIDEWAYS) == [], (view, name)
            assert stage.over.evaluate("(over) => over.getBoundingClientRect().right") <= 390
    stage.choose("heads", "16")
    stage.wait_for_params(heads=16)
    assert stage.page.evaluate(SIDEWAYS) == []


def test_a_phone_shows_a_long_sentence_without_scrolling_sideways(opened: Opened) -> None:
    stage = opened(width=390, height=844, sentence="Donaudampfschifffahrtsgesellschaft " * 60, d_model=128, heads=1)
    assert stage.page.evaluate(SIDEWAYS) == []
    assert "weights" in stage.drawn()


def test_the_drawers_fit_a_phone(opened: Opened) -> None:
    stage = opened(width=390, height=844)
    stage.open_more()
    popover = stage.page.get_by_test_id("stPopoverBody").bounding_box()
    assert popover
    assert popover["x"] >= 0
    assert popover["x"] + popover["width"] <= 390
    assert stage.page.evaluate(SIDEWAYS) == []


def test_a_narrow_window_keeps_what_a_stage_computes_in_sight(opened: Opened) -> None:
    stage = opened(width=390, height=844)
    computed = {"tokens": "token_embedding", "x": "x", "qkv": "query", "scores": "scores", "scale": "scaled_scores"}
    computed |= {"mask": "masked_scores", "softmax": "weights", "values": "head_output", "output": "output"}
    for name in STAGES:
        stage.show_stage(name)
        assert computed[name] in stage.drawn()


def test_the_dark_theme_paints_dark(opened: Opened) -> None:
    brightness = {}
    for dark in (False, True):
        stage = opened(dark=dark, sentence="one two three four")
        x, y = stage.drawn()["weights"].middle(0, 3)
        brightness[dark] = stage.brightness_at(x + 4, y + 6)
        ink = {entry["color"] for entry in stage.painted("over") if entry["kind"] == "text"}
        assert ("#e6eaf2" in ink) == dark
    assert brightness[False] > 200
    assert brightness[True] < 60


def test_a_wider_window_is_painted_anew(opened: Opened) -> None:
    stage = opened(width=700)
    before = stage.over.evaluate("(over) => over.clientWidth")
    stage.page.set_viewport_size({"width": 1300, "height": 900})
    stage.wait_inside("(root, wide) => root.querySelector('[data-part=over]').clientWidth > wide", before + 200)
    right = max(matrix.x + matrix.width for matrix in stage.drawn().values())
    assert right > before


# --- tables -----------------------------------------------------------------------------------------------------------


def test_the_table_shows_a_tensor_and_its_download_has_the_same_numbers(opened: Opened) -> None:
    stage = opened(sentence="=1+1 @x one", heads=2, head=2)
    tokens = tokenize("=1+1 @x one", "words").tokens
    page = stage.page
    page.get_by_text(WORDS["page"]["numbers"], exact=True).click()
    expect(page.get_by_text("7 rows × 7 columns")).to_be_visible()
    expect(page.get_by_test_id("glide-cell-1-0")).to_be_attached()  # it comes last, and pushes the button down
    wait_until_settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["page"]["download"]).click()
    file = Path(waiting.value.path())
    assert waiting.value.suggested_filename == "weights-head-2.csv"
    table = pd.read_csv(file, index_col=0)
    wanted = trace(AttentionSpec(tokens=tokens, num_heads=2, mask="causal")).weights[1].numpy()
    assert table.to_numpy().astype("float32").tobytes() == wanted.tobytes()
    assert list(table.columns) == [f"{number} {token}" for number, token in enumerate(tokens, start=1)]
    for row, column in [(0, 0), (3, 1), (6, 6)]:
        cell = page.get_by_test_id(f"glide-cell-{column + 1}-{row}")
        assert float(cell.text_content() or "") == pytest.approx(float(wanted[row, column]), abs=6e-5)


# --- without a mouse, without eyes ------------------------------------------------------------------------------------

FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element?.className ?? "";
}"""


def test_tab_reaches_the_stage_and_the_keys_work_there(opened: Opened) -> None:
    stage = opened(sentence="one two three")
    stage.page.get_by_label(WORDS["page"]["sentence"], exact=True).focus()
    for _ in range(40):
        stage.page.keyboard.press("Tab")
        if "stage" in stage.page.evaluate(FOCUSED).split():
            break
    else:
        pytest.fail("Tab never reached the stage")
    with stage.repaint():
        stage.page.keyboard.press("h")
    assert stage.head == 1


def test_tab_leaves_the_stage_again(opened: Opened) -> None:
    stage = opened(heads=1)
    stage.root.focus()
    expander = stage.page.get_by_text(WORDS["page"]["numbers"], exact=True).locator("xpath=ancestor::summary")
    for _ in range(40):
        stage.page.keyboard.press("Tab")
        if expander.evaluate("(summary) => summary === document.activeElement"):
            return
    pytest.fail("Tab never left the stage")


def test_everything_that_can_be_pressed_has_a_name(opened: Opened) -> None:
    stage = opened()
    stage.open_bar_for("temperature")
    names = stage.page.evaluate(
        """(selector) => {
          const root = document.querySelector(selector).shadowRoot;
          const pressed = [...root.querySelectorAll("button, input, [role=application]")];
          return pressed.map((e) => (e.getAttribute("aria-label") ?? e.innerText ?? "").trim());
        }""",
        ".st-key-stage_canvas [data-revision]",
    )
    assert len(names) > 20
    assert all(names)
    for role, name in [("application", re.compile("Attention")), ("slider", WORDS["stage"]["tools"]["scrub"])]:
        expect(stage.page.get_by_role(role, name=name)).to_have_count(1)  # type: ignore[arg-type]
    expect(stage.page.get_by_role("slider", name=WORDS["controls"]["temperature"]["label"])).to_have_count(1)
    expect(stage.part("telling")).to_have_role("status")
    expect(stage.part("sum")).to_have_role("region")


def test_the_chosen_stage_head_and_view_are_told_to_a_screen_reader(opened: Opened) -> None:
    stage = opened(stage="scores", head=3, view="lines")
    assert stage.host.locator("[aria-current=step]").count() == 1
    assert stage.host.locator("[data-part=heads] [aria-pressed=true]").count() == 1
    assert stage.host.locator("[data-part=views] [aria-pressed=true]").count() == 1
    assert (stage.stage, stage.head, stage.view) == ("scores", 2, "lines")


# --- several visitors, a bad network ----------------------------------------------------------------------------------


@pytest.mark.fresh
def test_two_tabs_do_not_disturb_each_other(opened: Opened, app_url: str) -> None:
    first = opened(sentence="the first tab", query=1, key=1)
    tab = first.page.context.new_page()
    tab.goto(f"{app_url}/?sentence=the+second+tab&query=1&key=1", wait_until="domcontentloaded")
    wait_until_settled(tab)
    second = StagePage(tab)
    before = first.revision
    second.choose("heads", "2")
    second.wait_for_params(heads=2)
    with second.repaint():
        second.press("h")
    assert (first.revision, first.params["sentence"]) == (before, "the first tab")
    with first.repaint():
        first.choose("heads", "4")
    assert second.params == {"sentence": "the second tab", "heads": 2, "head": 2, "query": 1, "key": 1}


@pytest.mark.fresh
def test_what_is_done_without_a_network_arrives_when_it_is_back(opened: Opened) -> None:
    stage = opened(query=1, key=1)
    stage.page.context.set_offline(True)
    before = stage.revision
    stage.press("h")
    stage.press("ArrowDown")
    assert (stage.head, stage.title) == (1, "“cat” looks at “The”")  # the browser needs nobody for this
    assert stage.revision == before
    stage.page.context.set_offline(False)
    stage.wait_for_params(head=2, query=2, key=1)
    stage.type_sentence("here again")
    stage.wait_for_params(sentence="here again")


@pytest.mark.fresh
def test_a_lost_connection_comes_back_to_the_same_picture(opened: Opened) -> None:
    stage = opened()
    connections: list[WebSocketRoute] = []

    def pass_on(connection: WebSocketRoute) -> None:
        connection.connect_to_server()
        connections.append(connection)

    stage.page.route_web_socket("**/_stcore/stream", pass_on)
    stage.page.reload(wait_until="domcontentloaded")
    wait_until_settled(stage.page)
    stage = StagePage(stage.page)
    with stage.repaint():
        stage.choose("heads", "4")
    before = stage.revision, stage.params
    connections[-1].close()  # perhaps before the server has heard of the choice
    app = stage.page.get_by_test_id("stApp")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    assert len(connections) == 2
    assert (stage.revision, stage.params) == before
    stage.type_sentence("here again")
    stage.wait_for_params(sentence="here again", heads=4)
    problems = stage.page.problems  # type: ignore[attr-defined]
    problems[:] = [problem for problem in problems if "when disconnected" not in problem]
