"""The frame around every page: its document, and what Back and Forward do."""

import http.client
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnlab.languages import ENGLISH
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from attnlab.settings.classify import Classify
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.compare import KINDS as COMPARE
from attnlab.settings.lab.models import KINDS as MODELS
from attnlab.settings.translate import Translate
from attnlab.training import RunStore
from attnlab.training.shipped_translation import shipped_plan
from attnlab.ui.document import document
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import SETTLED, wait_until_settled
from tests.browser.navigation import page_link
from tests.browser.stage_page import StagePage
from tests.browser.test_guide import Answer
from tests.products import alike

pytestmark = pytest.mark.fresh
NewPage = Callable[..., Page]
ENTRIES = {"/" if entry.get("default") else f"/{entry['file']}": entry for entry in page_prose("site")["pages"]}
every_page = pytest.mark.parametrize("path", ENTRIES)


def go(page: Page, title: str) -> None:
    """Choose a page in the navigation, and wait until it is there."""
    page_link(page, title).click()
    arrive(page, title)


def arrive(page: Page, title: str) -> None:
    expect(page).to_have_title(next(entry["document"] for entry in ENTRIES.values() if entry["title"] == title))
    page.wait_for_selector(SETTLED)
    wait_until_settled(page)


# --- the document -----------------------------------------------------------------------------------------------------


@every_page
def test_the_title_is_right_before_any_script_has_run(path: str, app_url: str) -> None:
    answer = Answer(app_url, path)
    assert f"<title>{ENTRIES[path]['document']}</title>" in answer.body
    assert f'<html lang="{ENGLISH}" data-language="{ENGLISH}">' in answer.body
    assert answer.headers["cache-control"] == "no-cache"


def test_a_heading_for_listeners_takes_no_room(new_page: NewPage) -> None:
    wrapper = new_page("/").locator("[data-testid=stLayoutWrapper]:has(> .st-key-page_heading)")
    box = wrapper.bounding_box()
    assert box is not None
    assert box["height"] <= 1
    assert wrapper.evaluate("(wrapper) => getComputedStyle(wrapper).position") == "absolute"  # or a gap stays


def test_a_title_is_text_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.ui.document.pages", lambda _code: [{"file": "start", "document": "a <b> & c"}])
    assert "<title>a &lt;b&gt; &amp; c</title>" in document.__wrapped__("start", ENGLISH)


# --- back and forward -------------------------------------------------------------------------------------------------

SETTINGS = "heads=4&mask=none&positions=rope&temperature=2.0&query=3&key=2&score=cosine&sentence=one+two+three+four"
EDITED = "query=9&key=2&s=1.eyJlZGl0cyI6W1sic2NvcmVzIiwwLDgsMSw2MC4wXV19"
OPENED = {  # a link with settings of each page that has some
    "/": f"/?{SETTINGS}",
    "/compare": "/compare?heads=4&changes=mask&b_mask=window&sentence=one+two+three",
    "/blocks": "/blocks?stack_depth=3&stack_norm=rms_norm&stack_text=one+two",
    "/translate": "/translate?tr_text=i+see+a+dog+.&tr_beams=3",
    "/classify": "/classify?cl_text=the+film+was+good",
}
OWN = {
    "/": set(Explorer.kinds()),
    "/compare": set(COMPARE),
    "/blocks": set(Blocks.kinds()),
    "/models": set(MODELS),
    "/translate": set(Translate.kinds()) | {"run"},
    "/classify": set(Classify.kinds()) | {"run"},
    "/training": {"run"},
}


def entries(page: Page) -> int:
    """How many entries the history of the tab has."""
    return int(page.evaluate("history.length"))


def address(page: Page) -> tuple[str, dict[str, list[str]]]:
    """The path, and the parameters in any order."""
    parts = urlsplit(page.url)
    return parts.path, parse_qs(parts.query, keep_blank_values=True)


def walk(page: Page, steps: int, title: str) -> None:
    """Back (-1) or Forward (1)."""
    page.evaluate("(steps) => history.go(steps)", steps)
    arrive(page, title)


@pytest.mark.parametrize("path", alike(OPENED, 1))
def test_a_page_visited_is_one_entry_of_its_own_settings_and_back_shows_it(path: str, new_page: NewPage) -> None:
    page = new_page(OPENED[path])
    begun, visited = entries(page), [(ENTRIES[path]["title"], address(page))]
    for there in ("/blocks", "/variants", "/compare", "/training", "/"):  # with and without settings, and the same ones
        if there != urlsplit(page.url).path:
            title = ENTRIES[there]["title"]
            go(page, title)
            visited.append((title, address(page)))
            assert entries(page) == begun + len(visited) - 1, title
            assert address(page)[0] == there
            assert set(address(page)[1]) <= OWN.get(there, set()), title
    for step in (-1, 1):
        for title, then in visited[::step][1:]:
            walk(page, step, title)
            assert address(page) == then
    assert entries(page) == begun + len(visited) - 1


@pytest.mark.parametrize(
    "pages", alike([["/", "/compare", "/guide", "/blocks"], list(ENTRIES)], 1), ids=["some", "all"]
)
def test_pages_have_titles_and_headings_of_their_own_and_settings_are_there_on_return(
    pages: list[str], new_page: NewPage
) -> None:
    page = new_page(OPENED["/blocks"])
    then = address(page)
    titles, headings = set(), set()
    for there in pages:
        entry = ENTRIES[there]
        go(page, entry["title"])
        assert set(address(page)[1]) <= OWN.get(there, set())
        titles.add(page.title())
        expect(page.locator("h1")).to_have_count(1)
        headings.add(page.locator("h1").text_content())
    assert len(titles) == len(headings) == len(pages)
    go(page, ENTRIES["/blocks"]["title"])
    assert address(page) == then


def test_back_shows_the_picture_that_the_address_says(new_page: NewPage) -> None:
    page = new_page(f"/?{SETTINGS}")
    before = StagePage(page).params
    assert len(before) == 8
    go(page, "Compare")
    page.get_by_role("combobox", name="heads").first.wait_for()
    walk(page, -1, "Attention")
    StagePage(page).wait_for_params(**before)


def test_pages_with_settings_in_common_keep_each_its_own_on_the_way_back(new_page: NewPage) -> None:
    page = new_page("/compare?heads=2")
    go(page, "Attention")
    stage = StagePage(page)
    stage.choose("heads", "4")
    stage.wait_for_params(heads=4)
    walk(page, -1, "Compare")
    assert address(page) == ("/compare", {"heads": ["2"]})
    walk(page, 1, "Attention")
    assert address(page) == ("/", {"heads": ["4"]})
    StagePage(page).wait_for_params(heads=4)


def test_settings_and_edits_make_no_entries_and_are_there_on_return(new_page: NewPage) -> None:
    page = new_page(f"/?{EDITED}")
    stage = StagePage(page)
    begun = entries(page)
    stage.choose("heads", "4")
    stage.wait_for_params(heads=4)
    stage.show_stage("scores")
    page.wait_for_url("**stage=scores*")
    assert entries(page) == begun
    then = address(page)
    go(page, "Guide")
    walk(page, -1, "Attention")
    assert address(page) == then
    StagePage(page).wait_for_params(heads=4, s=then[1]["s"][0])


def test_reloading_keeps_the_way_back(new_page: NewPage) -> None:
    page = new_page(f"/?{SETTINGS}")
    then, begun = address(page), entries(page)
    go(page, "Compare")
    page.reload(wait_until="domcontentloaded")
    arrive(page, "Compare")
    walk(page, -1, "Attention")
    assert address(page) == then
    assert entries(page) == begun + 1


def test_going_back_faster_than_pages_are_drawn_arrives_where_it_should(new_page: NewPage) -> None:
    page = new_page(f"/?{SETTINGS}")
    then = address(page)
    for title in ("Guide", "Compare", "Blocks"):
        go(page, title)
    page.evaluate("for (let step = 0; step < 3; step += 1) setTimeout(() => history.back(), 150 * step)")
    arrive(page, "Attention")
    assert address(page) == then
    walk(page, 3, "Blocks")


def test_a_link_that_was_refused_is_not_on_the_way_back(new_page: NewPage) -> None:
    page = new_page("/?heads=4&mask=nonsense")
    begun = entries(page)
    assert address(page)[1] == {"heads": ["4"]}
    go(page, "Guide")
    assert entries(page) == begun + 1


def test_a_link_of_a_page_with_parameters_is_one_entry(new_page: NewPage, store: RunStore) -> None:
    """From the training page to the page of the run that its address names."""
    run = store.runs.create(shipped_plan().to_config(), owner="somebody", name="of another page")
    page = new_page(f"/training?run={run.id}")
    begun = entries(page)
    page.get_by_role("link", name=page_prose("training")["page"]["open_there"]).click()
    arrive(page, "Translate")
    assert entries(page) == begun + 1
    assert address(page) == ("/translate", {"run": [run.id]})
    walk(page, -1, "Train")
    assert address(page) == ("/training", {"run": [run.id]})


def test_who_was_never_here_begins_at_the_start_page_and_links_at_what_they_say(app_url: str) -> None:
    host = urlsplit(app_url).netloc

    def answer(path: str, **headers: str) -> tuple[int, str | None]:
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.headers["location"]

    assert answer("/") == (307, "./start")
    assert answer("/", Cookie=f"{COOKIE}=forged") == (307, "./start")
    assert answer("/", Cookie=f"{COOKIE}={new_secret()}") == (200, None)
    assert answer("/?heads=4") == (200, None)
    assert answer("/start") == (200, None)


# --- the link ---------------------------------------------------------------------------------------------------------

FRAME = page_prose("site")["frame"]


@pytest.mark.parametrize("refused", alike([True, False], 1), ids=["by what is selected", "by the browser"])
def test_a_page_gives_its_link_to_whoever_presses_the_button(refused: bool, new_page: NewPage) -> None:
    page = new_page("/?heads=4&mask=none")
    if refused:  # as over http in a class's network
        page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    else:
        page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.taken = text; }; }")
    page.evaluate(
        "() => document.addEventListener('copy', () => { window.taken = String(document.activeElement.value); })"
    )
    button = page.locator("#copy-link")
    button.click()
    expect(button).to_have_text(FRAME["copied"])
    assert page.evaluate("() => window.taken") == page.url
    expect(button).to_have_text(FRAME["copy"])


@pytest.mark.parametrize("width", [390, 1280])
def test_the_link_stands_beside_the_menu_and_over_nothing(width: int, new_page: NewPage) -> None:
    page = new_page("/compare", width=width)
    box = page.locator("#copy-link").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    for other in page.get_by_test_id("stHeader").locator("a, button").all():
        theirs = other.bounding_box()
        if theirs and other.is_visible():
            assert theirs["x"] + theirs["width"] <= box["x"] or theirs["x"] >= box["x"] + box["width"]
