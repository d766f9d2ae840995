"""The compare page in a real browser: controls, link, the pair on its canvases, keyboard, themes, small screens."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, Position, expect

from attnlab.engine import AttentionSpec, trace
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.compare import B_KINDS, COMPARED, KINDS, OTHER
from attnlab.text import tokenize
from tests.browser import controls
from tests.browser.chromium import wait_until_settled
from tests.browser.navigation import page_link
from tests.browser.stage_page import label_of

DEFAULTS = Explorer().values()

WORDS = page_prose("compare")
PAIR, SWEEP = ".st-key-pair_canvas [data-revision]", ".st-key-sweep_canvas [data-revision]"
STAGE = ".st-key-stage_canvas [data-revision]"
SENTENCE = tokenize(DEFAULTS["sentence"], "words").tokens
DEFAULT = AttentionSpec(tokens=SENTENCE, mask="causal")
NewPage = Callable[..., Page]

# The colour in the middle of a cell, [red, green, blue], of the matrix in a card's row (0: A, 1: B, 2: B - A).
PIXEL = """(canvas, [layer, layers, size, row, col]) => {
  const ratio = window.devicePixelRatio;
  const side = canvas.width / ratio;
  const step = canvas.height / ratio / layers;
  const [x, y] = [(col + 0.5) * side / size, layer * step + 17 + (row + 0.5) * side / size];
  return [...canvas.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data].slice(0, 3);
}"""


class ComparePage:
    """What a test does with the page and reads from it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator(PAIR)
        self.root = self.host.locator(".pair")
        self.cards = self.host.locator("figure")
        self.host.wait_for()

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = json.loads(self.host.get_attribute("data-params") or "")
        return params

    @property
    def revision(self) -> str:
        return self.host.get_attribute("data-revision") or ""

    @property
    def link(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)

    @property
    def said(self) -> str:
        return self.host.locator("[data-part=said]").inner_text()

    @property
    def order(self) -> list[int]:
        return [int(card.get_attribute("data-head") or "") for card in self.cards.all()]

    def numbers(self) -> list[float]:
        """What the line under the large matrices says of A, B and B - A."""
        spans = self.host.locator("[data-part=said] span").all_inner_texts()
        return [float(text.split(" ")[-1].replace("−", "-")) for text in spans]

    def wait(self, condition: str, arg: Any = None) -> None:
        self.page.wait_for_function(
            f"([selector, arg]) => ({condition})(document.querySelector(selector), arg)", arg=[PAIR, arg]
        )

    def wait_for_params(self, **wanted: Any) -> None:
        self.wait(
            "(host, wanted) => Object.entries(wanted).every(([name, value]) =>"
            " JSON.stringify(JSON.parse(host?.dataset.params ?? '{}')[name] ?? null) === JSON.stringify(value))",
            wanted,
        )

    def wait_for_link(self, **wanted: list[str]) -> None:
        self.page.wait_for_function(
            """(wanted) => Object.entries(wanted).every(([name, values]) =>
              JSON.stringify(new URLSearchParams(location.search).getAll(name)) === JSON.stringify(values))""",
            arg=wanted,
        )

    def pick(self, name: str, option: str) -> None:
        """Choose in a list, of A or (b_...) of B, by the word that the link has for it."""
        one = controls.listed(self.page, label_of(name.removeprefix(OTHER)))
        (one.last if name.startswith(OTHER) else one.first).select_option(label=KINDS[name].shown(option))

    def cell_of(self, canvas: Locator, layer: int, row: int, col: int, *, size: int = 12) -> Position:
        """Where a cell of a card lies."""
        box = canvas.bounding_box()
        assert box is not None
        side, step = box["width"], box["height"] / 3
        return {"x": (col + 0.5) * side / size, "y": layer * step + 17 + (row + 0.5) * side / size}

    def pixel(self, card: int, layer: int, row: int, col: int, *, size: int = 12) -> list[int]:
        canvas = self.cards.nth(card).locator("canvas")
        color: list[int] = canvas.evaluate(PIXEL, [layer, 3, size, row, col])
        return color


@pytest.fixture
def opened(new_page: NewPage) -> Callable[..., ComparePage]:
    """`opened(**link)`: the compare page under a link, in a browser of its own."""

    def open_link(*, width: int = 1440, height: int = 1000, dark: bool = False, **link: Any) -> ComparePage:
        query = urlencode(link, doseq=True)
        return ComparePage(new_page(f"/compare?{query}", width=width, height=height, dark=dark))

    return open_link


Opened = Callable[..., ComparePage]


# --- the picture ------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_eight_heads_and_the_numbers_of_the_engine(opened: Opened) -> None:
    page = opened()
    assert page.cards.count() == 8
    a, b = (
        trace(spec).weights[0] for spec in (DEFAULT, AttentionSpec(tokens=SENTENCE, mask="causal", positions="none"))
    )
    first, second = float(a[4, 3]), float(b[4, 3])
    assert "“the” looks at “on”, head 1" in page.said
    assert page.numbers() == pytest.approx([first, second, second - first], abs=0.006)


def test_a_cell_under_the_pointer_is_marked_and_read_in_every_matrix(opened: Opened) -> None:
    page = opened()
    before = [page.pixel(card, layer, 9, 2) for card in (0, 5) for layer in range(3)]
    canvas = page.cards.nth(2).locator("canvas")
    canvas.hover(position=page.cell_of(canvas, 1, 9, 2))
    expect(page.host.locator("[data-part=said]")).to_contain_text("“was” looks at “sat”, head 3")
    weights = trace(DEFAULT).weights[2]
    assert page.numbers()[0] == pytest.approx(float(weights[9, 2]), abs=0.006)
    corner = """(canvas) => { const c = canvas.getContext("2d"); return canvas.toDataURL(); }"""
    marked = [page.cards.nth(card).locator("canvas").evaluate(corner) for card in range(8)]
    page.page.mouse.move(5, 5)
    expect(page.host.locator("[data-part=said]")).to_contain_text("“the” looks at “on”, head 1")
    assert all(
        now != then
        for now, then in zip(
            [page.cards.nth(card).locator("canvas").evaluate(corner) for card in range(8)], marked, strict=True
        )
    )
    assert before == [page.pixel(card, layer, 9, 2) for card in (0, 5) for layer in range(3)]


def test_the_difference_is_blue_where_b_has_less_and_orange_where_it_has_more(opened: Opened) -> None:
    page = opened()
    red, _, blue = page.pixel(0, 2, 7, 6)  # the head that looks at the previous token loses it without positions
    assert blue > red + 40
    red, _, blue = page.pixel(0, 2, 7, 1)
    assert red > blue + 5
    masked, zero = page.pixel(0, 2, 1, 9), page.pixel(7, 2, 7, 2)
    assert masked != zero


def test_the_keyboard_walks_cells_and_heads(opened: Opened) -> None:
    page = opened(order="changed")
    page.root.focus()
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowRight")
    expect(page.host.locator("[data-part=said]")).to_contain_text("“mat” looks at “the”, head 1")
    current = page.host.locator("figure[aria-current]")
    place = page.order.index(1)
    page.page.keyboard.press("h")
    expect(current).to_have_attribute("data-head", str(page.order[(place + 1) % 8]))
    page.page.keyboard.press("Shift+H")
    expect(current).to_have_attribute("data-head", "1")
    page.wait_for_link(query=["6"], key=["5"])
    page.page.keyboard.press("Escape")
    expect(page.host.locator("[data-part=said]")).to_have_text(WORDS["picture"]["hint"])
    page.wait_for_link(query=["0"], key=["0"])


def test_what_is_chosen_is_in_the_link_and_opens_the_same(opened: Opened, new_page: NewPage) -> None:
    page = opened()
    canvas = page.cards.nth(4).locator("canvas")
    canvas.click(position=page.cell_of(canvas, 0, 8, 1))
    page.wait_for_link(head=["5"], query=["9"], key=["2"])
    wait_until_settled(page.page)
    visitor = ComparePage(new_page(page.page.url[page.page.url.index("/", len("http://")) :]))
    assert visitor.said == page.said
    assert visitor.revision == page.revision
    expect(visitor.host.locator("figure[aria-current]")).to_have_attribute("data-head", "5")


def test_heads_are_sorted_by_what_changed_most(opened: Opened) -> None:
    page = opened()
    assert page.order == list(range(1, 9))
    controls.choose(page.page, WORDS["controls"]["order"]["label"], "changed")
    page.wait_for_params(order="changed")
    bits = [float(text.split()[0]) for text in page.host.locator("dd:first-of-type").all_inner_texts()]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 0.3
    assert page.order != list(range(1, 9))


def test_two_sentences_of_unequal_length(opened: Opened) -> None:
    page = opened(changes="sentence", b_sentence="one two three", query="2", key="1")
    expect(page.host.locator("[data-part=said]")).to_contain_text("“cat / two” looks at “The / one”, head 1")
    page.root.focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowDown")
    expect(page.host.locator("[data-part=said]")).to_contain_text("“the” looks at “The / one”")
    spans = page.host.locator("[data-part=said] span").all_inner_texts()
    assert [span.split(" ")[-1] for span in spans[1:]] == [WORDS["picture"]["absent"]] * 2


# --- controls and links -----------------------------------------------------------------------------------------------


def test_a_control_of_a_changes_both_and_one_of_b_only_b(opened: Opened) -> None:
    page = opened()
    page.pick("heads", "2")
    page.wait_for_params(heads=2, b_positions="none")
    expect(page.cards).to_have_count(2)
    page.wait_for_link(heads=["2"])
    page.pick("b_positions", "rope")
    page.wait_for_params(b_positions="rope", heads=2)
    page.wait_for_link(heads=["2"], b_positions=["rope"])


def test_a_change_is_chosen_from_the_list_and_gets_its_widget(opened: Opened) -> None:
    page = opened()
    page.page.locator(".st-key-changes input").press_sequentially("temperature")  # the list draws what is in sight
    page.page.get_by_role("option", name="temperature", exact=True).click()
    page.wait_for_params(changes=["positions", "temperature"])
    page.page.keyboard.press("Escape")  # while the list is open, all else is hidden from listeners
    field = controls.number(page.page, "temperature").last
    field.fill("4")
    field.press("Enter")
    page.wait_for_params(b_temperature=4)
    page.wait_for_link(changes=["positions", "temperature"], b_temperature=["4.0"])  # as the server writes it


def test_both_sentences_are_followed_while_they_are_typed(opened: Opened) -> None:
    page = opened(changes="sentence")
    box = page.page.locator(".st-key-b_sentence input")
    box.fill("")
    box.press_sequentially("one two")
    page.wait_for_params(b_sentence="one two")
    first = page.page.locator(".st-key-sentence input")
    first.fill("one two")
    page.wait_for_params(sentence="one two")
    expect(page.page.get_by_text(WORDS["differs"]["nothing"])).to_be_visible()


def test_each_preset_paints_its_comparison_whichever_was_there_before(opened: Opened) -> None:
    page = opened()
    for preset in WORDS["presets"]:
        page.page.locator(f".st-key-preset_{preset['name']} button").click()
        page.wait_for_params(changes=preset["settings"]["changes"])
        expect(page.page.get_by_text(preset["line"][:40])).to_be_visible()
        of_b = {
            key: value for key, value in preset["settings"].items() if key in B_KINDS and value != B_KINDS[key].default
        }
        page.wait_for_link(**{key: [str(of_b[key])] if key in of_b else [] for key in B_KINDS})
        if "sweep" in preset["settings"]:
            page.page.locator(SWEEP).wait_for()
            expect(page.page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()


def test_settings_go_with_the_reader_from_page_to_page_and_back(new_page: NewPage) -> None:
    page = new_page("/?heads=4&mask=none&sentence=one+two+three&temperature=0.5&head=3")
    page.locator(STAGE).wait_for()
    page_link(page, "Compare").click()
    compare = ComparePage(page)
    compare.wait_for_params(heads=4, mask="none", sentence="one two three", temperature=0.5)
    compare.wait_for_link(heads=["4"], mask=["none"], sentence=["one two three"], head=["3"])
    wait_until_settled(page)
    compare.pick("heads", "2")
    compare.wait_for_params(heads=2)
    wait_until_settled(page)
    page_link(page, "Attention").click()
    page.wait_for_function(
        """(selector) => {
          const { heads, mask, sentence } = JSON.parse(document.querySelector(selector)?.dataset.params ?? "{}");
          return heads === 2 && mask === "none" && sentence === "one two three"; }""",
        arg=STAGE,
    )
    wait_until_settled(page)
    page_link(page, "Compare").click()
    ComparePage(page).wait_for_params(heads=2, mask="none", changes=["positions"])


def test_the_explorer_opens_with_exactly_b(opened: Opened) -> None:
    page = opened(heads="4", changes=["mask", "d_k"], b_mask="none", b_d_k="5")
    with page.page.context.expect_page() as other:
        page.page.get_by_role("link", name=WORDS["page"]["open_b"]).click()
    explorer = other.value
    explorer.locator(STAGE).wait_for()
    assert json.loads(explorer.locator(STAGE).get_attribute("data-params") or "") == {
        "heads": 4,
        "mask": "none",
        "d_k": 5,
    }


@pytest.mark.fresh
def test_a_mistyped_link_is_refused_by_name_and_the_rest_is_shown(opened: Opened) -> None:
    page = opened(b_heads="99", changes=["heads", "mask"], b_mask="none", sweep="nothing")
    warning = page.page.get_by_test_id("stAlert")
    text = warning.inner_text().replace("\u2060", "")
    assert "b_heads (99)" in text
    assert "sweep (nothing)" in text
    assert page.params["changes"] == ["heads", "mask"]
    assert page.params["b_heads"] == 1


# --- the sweep --------------------------------------------------------------------------------------------------------


def test_a_sweep_has_a_row_for_each_value_and_a_column_for_each_head(opened: Opened) -> None:
    page = opened(sweep="heads")
    sweep = page.page.locator(SWEEP)
    expect(sweep.locator("figure")).to_have_count(8)
    charts = page.page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(5)
    canvas = sweep.locator("figure").first.locator("canvas")
    canvas.hover(position={"x": 20, "y": 30})
    said = sweep.locator("[data-part=said] span")
    expect(said).to_have_count(4)
    assert [re.sub(r" [^ ]*$", "", text) for text in said.all_inner_texts()] == [
        f"heads {count}" for count in (1, 2, 4, 8)
    ]


# --- screens and readers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_both_themes_paint_on_their_own_ground(opened: Opened, dark: bool) -> None:
    page = opened(dark=dark)
    ground = sum(page.pixel(1, 2, 7, 2)) / 3  # a weight that hardly changes
    assert (ground < 80) is dark
    assert (ground > 200) is not dark


def test_nothing_scrolls_sideways_on_a_phone(opened: Opened) -> None:
    page = opened(width=390, height=800, sweep="heads")
    page.page.locator(SWEEP).wait_for()
    sizes = page.page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
          .map((one) => one.scrollWidth - one.clientWidth)"""
    )
    assert sizes == [0, 0]
    for canvas in page.host.locator("canvas").all():
        box = canvas.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_every_matrix_has_a_name_for_screen_readers(opened: Opened) -> None:
    page = opened()
    assert page.root.get_attribute("aria-label") == WORDS["picture"]["name"]
    names = [canvas.get_attribute("aria-label") or "" for canvas in page.cards.locator("canvas").all()]
    assert all(re.match(rf"head {at}, .*divergence [0-9.]+ bits", name) for at, name in enumerate(names, start=1))
    expect(page.host.locator("[data-part=said]")).to_have_attribute("aria-live", "polite")


def test_hostile_sentences_stay_text(opened: Opened) -> None:
    hostile = "<img src=x onerror=alert(1)> {query} [x](javascript:alert(1))"
    page = opened(sentence=hostile, changes="sentence", b_sentence="<script>alert(1)</script>", query="1", key="1")
    expect(page.host.locator("[data-part=said]")).to_contain_text("“<” looks at “<”")
    assert page.page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0
    assert page.page.get_by_test_id("stException").count() == 0


def test_every_setting_on_offer_can_be_changed_without_an_error(opened: Opened) -> None:
    page = opened(changes=list(COMPARED))
    assert page.page.get_by_test_id("stException").count() == 0
    assert page.params["changes"] == list(COMPARED)


@pytest.mark.parametrize("link", ["/compare?changes=mask&b_mask=none", "/compare?sweep=heads"])
def test_what_is_compared_can_be_saved_as_shapes_and_as_pixels(new_page: Callable[..., Page], link: str) -> None:
    page = new_page(link)
    canvas = page.locator(".st-key-sweep_canvas" if "sweep" in link else ".st-key-pair_canvas")
    canvas.locator("[data-part=cards] figure").first.wait_for()
    with page.expect_download() as saved:
        canvas.get_by_role("button", name="SVG", exact=True).click()
    assert saved.value.suggested_filename == ("attention-heads.svg" if "sweep" in link else "attention-compared.svg")
    texts = [
        element.text or "" for element in ElementTree.parse(saved.value.path()).iter() if element.tag.endswith("text")
    ]
    assert "The cat sat on the mat, because it was tired." in texts
    assert {"head 1", "head 8"} <= set(texts)
    if "sweep" not in link:
        assert any("none instead of causal" in text for text in texts)
        assert "because" in texts  # the names of the large matrices
    with page.expect_download() as saved:
        canvas.get_by_role("button", name="PNG", exact=True).click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
