"""What if: cells set by hand, masks painted, heads switched off, tokens swapped and weighed, in a real browser."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from attnlab.engine import AttentionSpec, Edit, LayerTrace, trace
from attnlab.pictures.stage import stage_arrays
from tests.browser.chromium import wait_until_settled
from tests.browser.stage_page import STAGE, Drawn, StagePage, unmasked

NewPage = Callable[..., Page]
Opened = Callable[..., StagePage]
TOKENS = ("one", "two", "three", "four", "five")
SMALL = {"sentence": " ".join(TOKENS), "d_model": 8, "heads": 2, "query": 3, "key": 2}
WORDS = STAGE["edits"]
ACCENT = "#c2410c"


@pytest.fixture
def opened(new_page: NewPage) -> Opened:
    """`opened(**link)`: five tokens and two small heads, in a browser of its own."""

    def open_link(*, width: int = 1440, height: int = 1300, dark: bool = False, **link: Any) -> StagePage:
        return StagePage(new_page(f"/?{urlencode(SMALL | link)}", width=width, height=height, dark=dark))

    return open_link


def computed(*edits: Sequence[Any], **fields: Any) -> LayerTrace:
    spec = {"tokens": TOKENS, "d_model": 8, "num_heads": 2, "mask": "causal"} | fields
    return trace(AttentionSpec(**spec, edits=tuple(Edit(*edit) for edit in edits)))


def written(matrix: Any) -> list[str]:
    """Numbers as the cells show them; cells without one are left out."""
    shown = [
        f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
        for value in np.asarray(matrix).flatten()
        if np.isfinite(value)
    ]
    return [text.replace("-", "−").replace("−0.", "−.").removeprefix("0") for text in shown]


def expect_numbers(stage: StagePage, layer: LayerTrace, *names: str, head: int = 0) -> None:
    """The numbers in the cells of matrices in sight; "Numbers" must be on."""
    arrays = stage_arrays(layer, head)
    assert set(names) <= set(stage.drawn())
    for name, drawn in stage.drawn().items():
        if name in names:
            wanted = unmasked(arrays) if name == "weights" else arrays[name].double()
            assert drawn.numbers == written(wanted.T if drawn.transposed else wanted), name


def dots(stage: StagePage) -> list[dict[str, Any]]:
    """The marks on cells that were set by hand."""
    return [each for each in stage.painted("base") if each["kind"] == "block" and each["color"] == ACCENT]


def lies_in(mark: dict[str, Any], matrix: Drawn, row: int, col: int) -> bool:
    x, y = matrix.middle(row, col)
    half = matrix.width / (matrix.rows if matrix.transposed else matrix.cols) / 2
    return abs(mark["x"] + mark["width"] / 2 - x) <= half and abs(mark["y"] + mark["height"] / 2 - y) <= half + 8


# --- a cell -----------------------------------------------------------------------------------------------------------


def test_a_score_set_by_hand_changes_what_lies_downstream_and_nothing_else(opened: Opened, new_page: NewPage) -> None:
    stage = opened(stage="scores", width=1900)
    stage.press("n")
    expect_numbers(stage, computed(), "query", "scores", "weights", "head_output")
    stage.set_cell("scores", 2, 0, "45.5")
    edit = ["scores", 0, 2, 0, 45.5]
    stage.wait_for_edits(edit)
    expect_numbers(stage, computed(edit), "query", "scores", "weights", "head_output")
    assert computed(edit).weights[0, 2, 0] > computed().weights[0, 2, 0]
    assert any(lies_in(mark, stage.drawn()["scores"], 2, 0) for mark in dots(stage))
    expect(stage.edits_said).to_have_text(["head 1, raw score of “three” and “one” = 45.50"])
    visitor = StagePage(new_page(stage.page.url[stage.page.url.index("/", len("http://")) :]))
    assert (visitor.revision, visitor.params) == (stage.revision, stage.params)


SETTABLE = [  # where it is shown, its name, a cell, and what an edit calls it
    ("x", "x", 4, 3, "x"),
    ("qkv", "w_query", 7, 1, "w_query"),
    ("qkv", "w_key", 5, 2, "w_key"),
    ("qkv", "w_value", 6, 3, "w_value"),
    ("scores", "query", 3, 1, "query"),
    ("scores", "key", 3, 1, "key"),  # drawn on its side
    ("values", "value", 4, 2, "value"),
    ("scale", "scaled_scores", 3, 1, "scores"),
    ("softmax", "masked_scores", 2, 1, "scores"),
    ("softmax", "weights", 3, 1, "weights"),
]


def test_every_matrix_that_can_be_set_is_set_where_it_was_clicked(opened: Opened) -> None:
    stage = opened(head=2, width=1900, source="random")
    stage.press("n")
    edits: list[list[Any]] = []
    for shown_at, name, row, col, stage_of_edit in SETTABLE:
        stage.show_stage(shown_at)
        stage.set_cell(name, row, col, "-2.4")
        edits.append([stage_of_edit, 0 if stage_of_edit == "x" else 1, row, col, -2.4])
        stage.wait_for_edits(*edits)
        expect_numbers(stage, computed(*edits, source="random"), name, head=1)
        assert any(lies_in(mark, stage.drawn()[name], row, col) for mark in dots(stage)), name


def test_the_picture_follows_while_a_number_is_typed_and_escape_takes_it_back(opened: Opened) -> None:
    stage = opened(stage="scores")
    before = stage.revision
    stage.open_cell(stage.drawn()["scores"], 2, 1)
    expect(stage.cell_editor).to_be_focused()
    seen = [before]
    for letters in ("3", "32"):
        with stage.repaint():
            stage.cell_editor.fill(letters)
        seen.append(stage.revision)
    assert len(set(seen)) == 3
    assert "s" not in stage.link
    stage.cell_editor.press("Escape")
    stage.wait_for_revision(before)
    expect(stage.cell_editor).to_have_count(0)
    expect(stage.root).to_be_focused()
    expect(stage.edits_said).to_have_count(0)


def test_what_is_no_number_is_refused_at_the_cell(opened: Opened) -> None:
    stage = opened(stage="scores")
    for text in ("NaN", "inf", "-Infinity", "two", "1e9", "1;2", "<b>1</b>", "0x10"):
        refused_at_the_cell(stage, text)


def refused_at_the_cell(stage: StagePage, text: str) -> None:
    before = stage.revision
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    stage.open_cell(stage.drawn()["scores"], 2, 1)
    stage.cell_editor.fill(text)
    stage.cell_editor.press("Enter")
    expect(stage.refusal).to_have_text(WORDS["number"])
    expect(stage.cell_editor).to_have_attribute("aria-invalid", "true")
    stage.title  # noqa: B018 - a round trip
    stage.part("whatif").click(position={"x": 2, "y": 2})
    expect(stage.cell_editor).to_have_count(0)
    assert stage.revision == before
    assert not [url for url in asked if "picture" in url]


def test_nothing_typed_is_refused_on_enter(opened: Opened) -> None:
    stage = opened(stage="scores")
    stage.open_cell(stage.drawn()["scores"], 2, 1)
    stage.cell_editor.fill("")
    expect(stage.refusal).to_have_text("")
    stage.cell_editor.press("Enter")
    expect(stage.refusal).to_have_text(WORDS["number"])


def test_a_click_elsewhere_keeps_the_number(opened: Opened) -> None:
    stage = opened(stage="scores")
    stage.open_cell(stage.drawn()["scores"], 2, 1)
    stage.cell_editor.fill("0,5")
    stage.part("whatif").click(position={"x": 2, "y": 2})
    stage.wait_for_edits(["scores", 0, 2, 1, 0.5])


def test_a_field_left_as_it_was_is_no_edit(opened: Opened) -> None:
    stage = opened(stage="scores")
    before = stage.revision
    stage.open_cell(stage.drawn()["scores"], 2, 1)
    stage.cell_editor.press("Enter")
    expect(stage.cell_editor).to_have_count(0)
    expect(stage.edits_said).to_have_count(0)
    wait_until_settled(stage.page)
    assert stage.revision == before


def test_arrows_and_the_grip_change_the_number(opened: Opened) -> None:
    stage = opened(stage="softmax")
    stage.open_cell(stage.drawn()["weights"], 2, 1)
    stage.cell_editor.fill("0.5")
    for key, value in [("ArrowUp", "0.55"), ("Shift+ArrowUp", "1.05"), ("ArrowDown", "1")]:
        stage.cell_editor.press(key)
        expect(stage.cell_editor).to_have_value(value)
    grip = stage.host.locator(".cell-editor .grip").bounding_box()
    assert grip
    x, y = grip["x"] + 5, grip["y"] + 5
    stage.page.mouse.move(x, y)
    stage.page.mouse.down()
    with stage.repaint():
        stage.page.mouse.move(x - 40, y)
    stage.page.mouse.up()
    expect(stage.cell_editor).to_have_value("0.5")
    stage.cell_editor.press("Enter")
    stage.wait_for_edits(["weights", 0, 2, 1, 0.5])


def test_a_cell_that_follows_from_others_says_so(opened: Opened) -> None:
    stage = opened(stage="values")
    stage.open_cell(stage.drawn()["head_output"], 1, 1)
    expect(stage.part("note")).to_have_text(WORDS["not_here"])
    expect(stage.cell_editor).to_have_count(0)


# --- undo and redo ----------------------------------------------------------------------------------------------------


def test_undo_redo_and_reset_walk_through_what_was_done(opened: Opened) -> None:
    stage = opened(stage="scores")
    first, second = ["scores", 0, 2, 1, 1.5], ["scores", 0, 3, 0, -3]
    stage.set_cell("scores", 2, 1, "1.5")
    stage.wait_for_edits(first)
    stage.set_cell("scores", 3, 0, "-3")
    stage.wait_for_edits(first, second)
    stage.press("Control+z")
    stage.wait_for_edits(first)
    stage.press("Control+z")
    stage.wait_for_edits()
    assert "s" not in stage.link
    stage.press("Control+y")
    stage.press("Control+Shift+Z")
    stage.wait_for_edits(first, second)
    expect(stage.part("redo")).to_be_disabled()
    stage.part("reset").click()
    stage.wait_for_edits()
    stage.part("undo").click()
    stage.wait_for_edits(first, second)
    stage.host.get_by_role("button", name="Remove: head 1, raw score of “three” and “two” = 1.50").click()
    stage.wait_for_edits(second)


@pytest.mark.fresh
def test_after_a_reload_undo_drops_the_last_edit(opened: Opened) -> None:
    stage = opened(stage="scores")
    stage.set_cell("scores", 2, 1, "1.5")
    stage.set_cell("scores", 3, 0, "-3")
    stage.wait_for_edits(["scores", 0, 2, 1, 1.5], ["scores", 0, 3, 0, -3])
    before = stage.revision
    stage.page.reload(wait_until="domcontentloaded")
    wait_until_settled(stage.page)
    again = StagePage(stage.page)
    assert again.revision == before
    again.press("Control+z")
    again.wait_for_edits(["scores", 0, 2, 1, 1.5])
    again.press("Control+Shift+Z")
    again.wait_for_revision(before)


def test_the_same_cell_set_again_is_one_edit(opened: Opened) -> None:
    stage = opened(stage="scores")
    for text in ("1.5", "2.5"):
        stage.set_cell("scores", 2, 1, text)
    stage.wait_for_edits(["scores", 0, 2, 1, 2.5])
    stage.press("Control+z")
    stage.wait_for_edits(["scores", 0, 2, 1, 1.5])


def test_an_edit_that_no_longer_fits_waits_and_says_so(opened: Opened) -> None:
    stage = opened(stage="scores")
    stage.set_cell("scores", 4, 1, "1.5")
    stage.wait_for_edits(["scores", 0, 4, 1, 1.5])
    stage.type_sentence("one two three")
    stage.wait_for_params(sentence="one two three")
    expect(stage.host.locator("[data-part=list] em")).to_have_text(WORDS["unfit"])
    stage.type_sentence("one two three four five six")
    expect(stage.host.locator("[data-part=list] em")).to_have_text("")


@pytest.mark.fresh
def test_an_older_run_does_not_take_an_edit_back(opened: Opened) -> None:
    stage = opened(stage="scores")
    stage.page.evaluate("""() => {
      const host = document.querySelector(".st-key-stage_canvas [data-revision]");
      window.seen = [];
      const look = () => seen.push((JSON.parse(host.dataset.params).s ?? "").length);
      new MutationObserver(look).observe(host, { attributes: true });
    }""")
    for row in (1, 2, 3, 4):
        stage.set_cell("scores", row, 0, str(row))
    stage.wait_for_edits(*(["scores", 0, row, 0, row] for row in (1, 2, 3, 4)))
    wait_until_settled(stage.page)
    lengths = stage.page.evaluate("() => seen")
    assert lengths == sorted(lengths)


# --- the mask ---------------------------------------------------------------------------------------------------------


def test_a_drag_paints_the_mask_as_its_first_cell_says(opened: Opened) -> None:
    stage = opened(stage="mask")
    expect(stage.part("paint")).to_be_visible()
    stage.part("paint").click()
    stage.drag_over(stage.drawn()["masked_scores"], (4, 0), (4, 2))
    forbidden = [["mask", 0, 4, col, 0] for col in range(3)]
    stage.wait_for_edits(*forbidden)
    stage.press("n")
    for head in range(2):
        expect_numbers(stage, computed(*forbidden), "masked_scores", "weights", head=head)
        stage.press("h")
    stage.drag_over(stage.drawn()["masked_scores"], (0, 4), (0, 3))
    allowed = [["mask", 0, 0, col, 1] for col in (4, 3)]
    stage.wait_for_edits(*forbidden, *allowed)
    stage.drag_over(stage.drawn()["masked_scores"], (4, 0), (4, 2))  # as it was: no edit is left of it
    stage.wait_for_edits(*allowed)
    assert stage.link["query"] == "3", "painting pins nothing"


def test_the_mask_can_be_painted_at_its_stage_alone_and_a_click_still_pins(opened: Opened) -> None:
    stage = opened(stage="mask")
    stage.click_on(stage.drawn()["masked_scores"], 3, 0)
    stage.wait_for_link(query="4", key="1")
    stage.show_stage("softmax")
    expect(stage.part("paint")).to_be_hidden()


def test_no_more_edits_are_taken_than_a_link_carries(opened: Opened) -> None:
    stage = opened(stage="mask", sentence=" ".join("abcdefghijkl"), tokenizer="words")
    stage.part("paint").click()
    masked = stage.drawn()["masked_scores"]
    for row in range(11):  # 66 cells without the diagonal
        stage.drag_over(masked, (row, 11), (row, row + 1))
    expect(stage.part("note")).to_have_text(WORDS["full"].format(limit=64))
    expect(stage.edits_said).to_have_count(64)


# --- heads, tokens ----------------------------------------------------------------------------------------------------


def test_a_head_is_switched_off_and_on(opened: Opened) -> None:
    stage = opened(stage="output", head=2)
    stage.press("n")
    stage.part("head_off").click()
    stage.wait_for_edits(["head", 1, 0, 0, 0])
    expect_numbers(stage, computed(["head", 1, 0, 0, 0]), "concat", "output", head=1)
    button = stage.host.locator("[data-part=heads] button").nth(1)
    expect(button.locator("small")).to_have_text(WORDS["off"])
    stage.press("x")
    stage.wait_for_edits()
    expect(button.locator("small")).not_to_have_text(WORDS["off"])


def test_two_tokens_are_swapped_and_back(opened: Opened) -> None:
    stage = opened(stage="softmax")  # three, two
    stage.press("n")
    stage.part("swap").click()
    edit = ["swap", 0, 2, 1, 0]
    stage.wait_for_edits(edit)
    expect_numbers(stage, computed(edit), "weights")
    expect(stage.edits_said).to_have_text(["places 3 and 2 swapped: now “two”, “three”"])
    assert stage.title == "“two” looks at “three”"
    stage.press("s")
    stage.wait_for_edits()


def test_one_token_cannot_be_swapped_with_itself(opened: Opened) -> None:
    stage = opened(query=2, key=2)
    expect(stage.part("swap")).to_be_disabled()


def test_a_token_is_weighed_live_and_zero_masks_it(opened: Opened) -> None:
    stage = opened(stage="softmax")
    stage.press("n")
    expect(stage.part("sliders")).to_be_hidden()
    stage.part("importance").click()
    slider = stage.host.get_by_role("slider", name=WORDS["importance_of"].format(number=2, token="two"))
    box = slider.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    stage.page.mouse.move(box["x"] + box["width"] / 4, y)
    stage.page.mouse.down()
    for share in (0.5, 0.7):
        with stage.repaint():
            stage.page.mouse.move(box["x"] + box["width"] * share, y)
        assert "s" not in stage.link
    stage.page.mouse.up()
    stage.page.wait_for_function("() => new URLSearchParams(location.search).has('s')")
    ((*where, weight),) = stage.edits_in_link()
    assert where == ["importance", 0, 0, 1]
    assert 2 < weight < 4
    stage.wait_for_edits([*where, weight])
    expect_numbers(stage, computed([*where, weight]), "weights")
    slider.fill("0")
    stage.wait_for_edits([*where, 0])
    expect_numbers(stage, computed([*where, 0]), "weights")
    slider.fill("1")
    stage.wait_for_edits()


# --- before and after -------------------------------------------------------------------------------------------------


def test_before_shows_the_layer_as_it_was_and_difference_what_changed(opened: Opened) -> None:
    stage = opened(stage="scores", width=1900)
    stage.press("n")
    expect(stage.part("compare")).to_be_hidden()
    stage.set_cell("scores", 2, 1, "4.5")
    edit = ["scores", 0, 2, 1, 4.5]
    stage.wait_for_edits(edit)
    was, now = computed(), computed(edit)
    stage.part("compare").locator("[data-name=before]").click()
    expect_numbers(stage, was, "query", "scores", "weights", "head_output")
    stage.part("compare").locator("[data-name=difference]").click()
    drawn = stage.drawn()
    changed = stage_arrays(now, 0) | {"weights": now.weights[0].double() - was.weights[0].double()}
    assert drawn["weights"].numbers == written(unmasked(changed))
    assert drawn["query"].alpha < drawn["scores"].alpha == drawn["weights"].alpha == 1
    raw = f"{was.layer.heads.scores[0, 0, 2, 1]:.2f}".replace("-", "−")
    assert stage.lines[-1] == WORDS["changed"].format(before=raw, after="4.50")
    stage.part("compare").locator("[data-name=after]").click()
    expect_numbers(stage, now, "query", "scores", "weights")
    stage.press("Control+z")
    expect(stage.part("compare")).to_be_hidden()


def test_a_weight_set_by_hand_leaves_all_that_lies_upstream_as_it_was(opened: Opened) -> None:
    stage = opened(stage="softmax", width=1900, source="random")
    stage.set_cell("weights", 2, 1, "0.9")
    stage.wait_for_edits(["weights", 0, 2, 1, 0.9])
    stage.part("compare").locator("[data-name=difference]").click()
    drawn = stage.drawn()
    assert all(drawn[name].alpha < 1 for name in ("x", "query", "masked_scores", "value"))
    assert all(drawn[name].alpha == 1 for name in ("weights", "head_output"))


# --- without a mouse, on a phone --------------------------------------------------------------------------------------


def test_everything_can_be_done_by_keys(opened: Opened) -> None:
    stage = opened(stage="scores", width=1900)
    stage.press("ArrowDown")  # row four
    stage.press("Enter")
    stage.page.keyboard.type("7")
    stage.page.keyboard.press("Enter")
    edits: list[list[Any]] = [["scores", 0, 3, 1, 7]]
    stage.wait_for_edits(*edits)
    stage.page.keyboard.press("m")
    edits.append(["mask", 0, 3, 1, 0])
    stage.page.keyboard.press("x")
    edits.append(["head", 0, 0, 0, 0])
    stage.page.keyboard.press("s")
    edits.append(["swap", 0, 3, 1, 0])
    stage.wait_for_edits(*edits)
    stage.page.keyboard.press("Control+z")
    stage.wait_for_edits(*edits[:-1])


def test_w_walks_from_matrix_to_matrix(opened: Opened) -> None:
    stage = opened(stage="qkv", width=1900)
    seen = set()
    for _ in range(8):
        stage.press("w")
        seen.add(stage.title.split(" of ")[0])
    assert {"W_Q", "W_K", "W_V", "query", "key", "value", "“three”, coordinate 0"} <= seen


def test_the_tools_are_one_quiet_line_until_something_is_edited(opened: Opened) -> None:
    stage = opened()
    box = stage.part("whatif").bounding_box()
    assert box
    assert box["height"] <= 36
    for part in ("list", "sliders", "compare"):
        expect(stage.part(part)).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_edits_by_a_second_tap_and_never_scrolls_sideways(dark: bool, browser: Any, opened: Opened) -> None:
    stage = opened(width=390, height=844, dark=dark, stage="scores")
    stage.set_cell("scores", 4, 4, "1.5")
    stage.wait_for_edits(["scores", 0, 4, 4, 1.5])
    stage.part("importance").click()
    sideways = "() => document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
    assert not stage.page.evaluate(sideways)
    x, y = stage.drawn()["scores"].middle(3, 1)
    for _ in range(2):
        stage.over.evaluate(
            """(over, [x, y]) => {
              const { left, top } = over.getBoundingClientRect();
              const at = { clientX: left + x, clientY: top + y, pointerType: "touch", detail: 1, bubbles: true };
              over.dispatchEvent(new PointerEvent("click", at));
            }""",
            [x, y],
        )
    expect(stage.cell_editor).to_be_focused()
    box = stage.cell_editor.bounding_box()
    assert box
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
