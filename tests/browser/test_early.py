"""The picture that is drawn before the app has begun: it is the page's own, where that will be, and gives way to it."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from attnlab.ui.early import PLACES, early_place
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled

pytestmark = pytest.mark.fresh
STREAMLIT = "**/static/js/index.*.js"
EARLY, OWN = "#early[data-painted]", "#root [data-revision]"
BOXES = """(host) => Object.fromEntries([...host.shadowRoot.querySelectorAll("[data-part]")].map((part) => {
  const { x, y, width, height } = part.getBoundingClientRect();
  return [part.dataset.part, [x, y, width, height].map(Math.round)];
}))"""
INK = """(host) => [...host.shadowRoot.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join()"""

Opened = Callable[..., tuple[Page, Callable[[], None]]]


@pytest.fixture
def opened(visitors: Page, app_url: str) -> Iterator[Opened]:
    """Factory of pages whose app begins when the function beside each is called."""
    pages: list[Page] = []

    def open_page(
        path: str, *, width: int = 1440, height: int = 900, dark: bool = False
    ) -> tuple[Page, Callable[[], None]]:
        page = visitors.context.new_page()
        pages.append(page)
        visitors.context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": app_url}])
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route(STREAMLIT, hold)

        def begin() -> None:
            for route in held:
                route.continue_()
            page.unroute(STREAMLIT)

        page.goto(app_url + path, wait_until="commit")
        return page, begin

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize(
    ("path", "width", "height", "dark"),
    [
        ("/", 1440, 900, False),
        ("/?heads=4&mask=none&lang=zh", 390, 844, True),
        ("/start", 1440, 900, True),
        ("/start?start_word=7", 390, 844, False),
    ],
)
def test_it_is_the_page_s_own_picture_where_that_will_be(
    path: str, width: int, height: int, dark: bool, opened: Opened
) -> None:
    page, begin = opened(path, width=width, height=height, dark=dark)
    early = page.wait_for_selector(f"{EARLY} > div")
    assert early
    page.evaluate("document.fonts.ready")
    boxes, ink = early.evaluate(BOXES), early.evaluate(INK)
    assert len(ink) > 700  # a small map of a sentence
    assert not page.locator("#root [data-revision]").count()
    begin()
    own = page.wait_for_selector(OWN)
    assert own
    assert page.locator("#early").count() == 0
    wait_until_settled(page)
    assert own.evaluate(BOXES) == boxes
    assert own.evaluate(INK) == ink


def test_a_link_that_is_refused_has_none_and_the_page_says_why(opened: Opened) -> None:
    page, begin = opened("/?temperature=-4")
    expect(page.locator("#early")).to_have_count(0)
    begin()
    page.wait_for_selector(OWN)


def test_a_theme_that_was_chosen_by_hand_is_known(opened: Opened) -> None:
    page, _ = opened("/?heads=2")
    page.wait_for_selector(EARLY)
    page.evaluate("localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify('Dark'))")
    page.reload(wait_until="commit")
    early = page.wait_for_selector(EARLY)
    page.evaluate("localStorage.clear()")
    assert early
    red, green, blue = early.evaluate("(it) => getComputedStyle(it).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(red, green, blue) < 64


def test_what_is_asked_for_is_the_link_or_how_the_page_opens(modules: Page) -> None:
    place = {"opening": "mask=none&head=2", "without": "source class_show", "of": ""}
    searches = ["", "?lang=zh", "?heads=4", "?heads=4&lang=zh", "?source=trained", "?class_show=heads"]
    asked = modules.evaluate(
        "([place, searches]) => searches.map((search) => m.early.linkOf(place, search))", [place, searches]
    )
    assert modules.evaluate("m.early.linkOf({ opening: '', without: '', of: 'start' }, '')") == "of=start"
    said = [link if link is None else parse_qs(link) for link in asked]
    opening = {"mask": ["none"], "head": ["2"]}
    assert said == [opening, opening | {"lang": ["zh"]}, {"heads": ["4"]}, {"heads": ["4"], "lang": ["zh"]}, None, None]


def test_a_page_without_one_begins_as_streamlit_does() -> None:
    assert set(PLACES) == {"attention", "start"}
    assert early_place("guide", "en") == ""
