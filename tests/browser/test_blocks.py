"""The blocks page in a real browser: parts opened by pointer and keyboard, the law of a number, links, a phone."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from attnlab.prose import page_prose
from tests.browser.chromium import wait_until_settled

NewPage = Callable[..., Page]
WORDS = page_prose("blocks")["picture"]
HOST = ".st-key-blocks_canvas [data-revision]"
ATTENTION = "encoder.1.self_attention"


class Stack:
    """What is on the diagram."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.page.locator(HOST).wait_for()
        self.panel = page.locator(f"{HOST} .panel")
        self.law = self.panel.locator(".law")

    def part(self, path: str) -> Locator:
        return self.page.locator(f'{HOST} button[data-path="{path}"]')

    def matrix(self, name: str) -> Locator:
        """The canvas of a matrix of the open part, by what the prose says of it."""
        told = WORDS["matrices"][name]
        return self.panel.get_by_label(f"{told['symbol']}, {told['line']}", exact=True)

    def open(self, path: str, title: str) -> None:
        self.part(path).click()
        self.expect_open(path, title)

    def expect_open(self, path: str, title: str) -> None:
        expect(self.part(path)).to_have_attribute("aria-expanded", "true")
        expect(self.panel.locator(".head strong")).to_have_text(title)

    def expect_link(self, **wanted: str) -> None:
        """The link says these settings, as soon as the run has been told."""
        for name, text in wanted.items():
            expect(self.page).to_have_url(re.compile(rf"[?&]{name}={re.escape(quote_plus(text))}(&|$)"))

    @property
    def revision(self) -> str:
        return self.page.locator(HOST).get_attribute("data-revision") or ""

    def point(self, name: str, row: int, col: int, rows: int, cols: int) -> str:
        """The law of a cell, under the pointer."""
        canvas = self.matrix(name)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        x, y = (col + 0.5) * box["width"] / cols, (row + 0.5) * box["height"] / rows
        canvas.hover(position={"x": x, "y": y})
        return self.law.inner_text()


@pytest.fixture
def stack(new_page: NewPage) -> Callable[..., Stack]:
    return lambda link="?stack_source=seeded", **screen: Stack(new_page(f"/blocks{link}", **screen))


def numbers(law: str) -> list[float]:
    found = re.findall(r"−?\d+(?:\.\d+)?(?:e−?\d+)?", law)
    return [float(number.replace("−", "-")) for number in found]


def test_a_click_opens_a_part_in_place_dims_the_rest_and_the_link_opens_it_again(stack: Callable[..., Stack]) -> None:
    page = stack()
    page.open(ATTENTION, WORDS["parts"]["self_attention"]["name"])
    assert page.panel.evaluate("panel => panel.closest('.row').querySelector('button').closest('.open') !== null")
    dimmed = page.page.locator(f"{HOST} .row:not(.open)").first
    assert float(dimmed.evaluate("row => getComputedStyle(row).opacity")) < 0.5
    page.panel.locator(".heads button").nth(2).click()
    page.expect_link(stack_open=ATTENTION, stack_head="3")
    again = stack(f"?{urlsplit(page.page.url).query}")
    again.expect_open(ATTENTION, WORDS["parts"]["self_attention"]["name"])
    assert again.revision == page.revision
    again.panel.get_by_role("button", name=WORDS["close"]).click()
    expect(again.panel).to_have_count(0)


def test_the_keyboard_opens_walks_follows_and_closes(stack: Callable[..., Stack]) -> None:
    page = stack()
    page.part(ATTENTION).focus()
    page.page.keyboard.press("Enter")
    page.expect_open(ATTENTION, WORDS["parts"]["self_attention"]["name"])
    page.page.keyboard.press("ArrowDown")
    page.expect_open(f"{ATTENTION}.add", WORDS["parts"]["add"]["name"])
    page.page.keyboard.press("ArrowDown")
    page.expect_open("encoder.1.feed_forward.norm", WORDS["parts"]["norm_layer"]["name"])
    page.page.keyboard.press("Shift+ArrowDown")
    expect(page.page.locator(f"{HOST} .tokens button[aria-pressed=true]").first).to_have_text("sat")
    page.expect_link(stack_open="encoder.1.feed_forward.norm", stack_source_token="3")
    page.page.keyboard.press("Escape")
    expect(page.panel).to_have_count(0)
    expect(page.part("encoder.1.feed_forward.norm")).to_be_focused()


def test_the_law_of_a_norm_of_a_sum_and_of_a_unit_recombines(stack: Callable[..., Stack]) -> None:
    page = stack("?stack_open=decoder.1.self_attention.norm")
    for col in (0, 9, 31):
        x, mean, deviation, gain, bias, value = numbers(page.point("output", 2, col, 8, 32))
        assert (x - mean) / deviation * gain + bias == pytest.approx(value, abs=0.03)
    page.open("decoder.1.cross_attention.add", WORDS["parts"]["add"]["name"])
    for col in (0, 9, 31):
        x, written, value = numbers(page.point("joined", 5, col, 8, 32))
        assert x + written == pytest.approx(value, abs=0.02)
    page.open("encoder.1.feed_forward", WORDS["parts"]["feed_forward_relu"]["name"])
    for col in (0, 20, 63):
        zero, before, value = numbers(page.point("activation", 3, col, 7, 64))
        assert max(zero, before) == value


def test_a_cell_that_is_clicked_stays_and_its_token_is_followed(stack: Callable[..., Stack]) -> None:
    page = stack("?stack_open=decoder.2.cross_attention")
    page.point("weights", 4, 2, 8, 7)
    page.page.mouse.down()
    page.page.mouse.up()
    page.expect_link(stack_cell="weights.5.3", stack_target_token="5")
    page.page.mouse.move(5, 5)
    expect(page.panel.locator(".said strong")).to_contain_text("“sur”, “sat”")
    score, total, value = [number for number in numbers(page.law.inner_text()) if number != 0][:3]
    assert 2.718281828**score / total == pytest.approx(value, abs=0.02)


def test_typing_repaints_and_an_empty_text_leaves_the_last_good_picture(stack: Callable[..., Stack]) -> None:
    page = stack()
    field = page.page.locator(".st-key-stack_target input")
    field.fill("un deux trois")
    tokens = page.page.locator(f'{HOST} section[data-side="decoder"] .tokens button')
    expect(tokens).to_have_text(["un", "deux", "trois"])
    page.expect_link(stack_target="un deux trois")
    wait_until_settled(page.page)  # the last picture that stays is that of the last run
    field.fill("")
    canvas = page.page.locator(".st-key-blocks_canvas")
    expect(canvas).to_have_css("opacity", "0.4")
    expect(page.page.get_by_test_id("stAlert")).to_have_count(0)
    expect(tokens).to_have_text(["un", "deux", "trois"])
    field.fill("<img src=x onerror=alert(1)>")
    expect(tokens.first).to_have_text("<")
    expect(canvas).to_have_css("opacity", "1")
    assert page.page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0


def parts_of(page: Stack) -> Iterator[str]:
    for button in page.page.locator(f"{HOST} button[data-path]").all():
        yield button.get_attribute("data-path") or ""


def test_on_a_phone_every_part_opens_and_the_page_never_scrolls_sideways(stack: Callable[..., Stack]) -> None:
    page = stack("?stack_depth=1&stack_placement=post&stack_activation=swiglu", width=390, height=844, dark=True)
    wide: list[Any] = []
    for path in parts_of(page):
        page.part(path).click()
        expect(page.part(path)).to_have_attribute("aria-expanded", "true")
        expect(page.panel.locator(".said strong")).not_to_be_empty()
        assert "{" not in page.panel.inner_text()
        main = page.page.get_by_test_id("stMain")
        if main.evaluate("main => main.scrollWidth > main.clientWidth"):
            wide.append(path)
    assert not wide


def test_the_link_of_an_open_part_says_nothing_that_is_as_the_page_opens(stack: Callable[..., Stack]) -> None:
    page = stack()
    page.part("decoder.logits").click()
    page.expect_link(stack_open="decoder.logits")
    assert set(parse_qs(urlsplit(page.page.url).query)) == {"stack_open"}
