"""The guide, navigation, and what the server says around every page."""

import http.client
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from attnlab.bundles import COMPONENTS, module_source
from attnlab.prose import page_prose, page_text
from attnlab.settings.attention import Explorer
from attnlab.ui.canvases.component import FIRST_PAGE, module_path
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled
from tests.browser.navigation import page_link
from tests.browser.stage_page import BOARD, StagePage
from tests.products import alike

DEFAULTS = Explorer().values()

NewPage = Callable[..., Page]
SITE = page_prose("site")
ALL = re.findall(r"\]\((/[^)]*)\)", page_text("guide"))
LINKS = [link for link in ALL if link.startswith("/?")]
OTHERS = [link for link in dict.fromkeys(ALL) if not link.startswith("/?")]


@pytest.fixture
def guide(new_page: NewPage) -> Page:
    """The guide, opened cold."""
    return new_page("/guide")


def test_the_guide_opened_cold_stands_in_its_frame(guide: Page) -> None:
    expect(guide.get_by_role("heading", name="How to read it")).to_be_visible()
    for entry in SITE["pages"]:
        expect(page_link(guide, entry["title"])).to_be_visible()


def test_navigation_goes_to_the_guide_and_back(new_page: NewPage) -> None:
    stage = StagePage(new_page("/?heads=4"))
    before = stage.drawn()["weights"]
    page_link(stage.page, "Guide").click()
    expect(stage.page.get_by_role("heading", name="How to read it")).to_be_visible()
    assert urlsplit(stage.page.url).path == "/guide"
    page_link(stage.page, "Attention").click()
    again = StagePage(stage.page)
    assert urlsplit(stage.page.url).path == "/"
    assert again.drawn()["weights"].name == before.name
    with again.repaint():
        again.choose("heads", "2")


def test_the_guide_does_not_scroll_sideways_on_a_phone(new_page: NewPage) -> None:
    page = new_page("/guide", width=390, height=844)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(main) => main.scrollWidth - main.clientWidth") == 0


def test_every_link_of_the_guide_opens_what_it_says(guide: Page, app_url: str) -> None:
    shown = guide.locator("main a, [data-testid=stMain] a").evaluate_all(
        "(links) => links.map((link) => link.getAttribute('href'))"
    )
    assert len(LINKS) > 8
    assert {f".{link}" for link in LINKS} <= set(shown)
    revisions = set()
    for link in LINKS[::3]:  # tests/test_guide_claims.py reads them all
        guide.goto(app_url + link, wait_until="domcontentloaded")
        wait_until_settled(guide)
        stage = StagePage(guide)
        asked = dict(parse_qsl(urlsplit(link).query))
        assert set(stage.params) == {name for name in asked if asked[name] != str(DEFAULTS[name])}, link
        for name, value in stage.params.items():
            written = {str(value), str(value).lower(), str(float(value)) if isinstance(value, int) else ""}
            assert asked[name] in written, link
        assert guide.get_by_test_id("stAlert").count() == 0, link
        revisions.add(stage.revision)
    assert len(revisions) == len(LINKS[::3])


@pytest.mark.parametrize("link", alike((link for link in OTHERS if urlsplit(link).query), 1))
def test_every_step_of_the_lesson_opens_without_a_word_of_refusal(link: str, new_page: NewPage) -> None:
    page = new_page(link)
    expect(page.locator("[data-revision]").first).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    # The settings of a step that borrows a page stand beside what the link says.
    assert dict(parse_qsl(urlsplit(link).query)).items() <= dict(parse_qsl(urlsplit(page.url).query)).items()


def test_a_link_of_the_guide_can_be_clicked(guide: Page) -> None:
    link = guide.get_by_role("link", name="cool it down")
    if link.get_attribute("target") == "_blank":
        with guide.context.expect_page() as opened:
            link.click()
        page = opened.value
    else:
        link.click()
        page = guide
    page.wait_for_url("**temperature=0.2*")
    StagePage(page).wait_for_params(temperature=0.2)


# --- the server -------------------------------------------------------------------------------------------------------


class Answer:
    """A response to a plain request, as no browser would repair it."""

    def __init__(self, app_url: str, path: str) -> None:
        connection = http.client.HTTPConnection(urlsplit(app_url).netloc, timeout=30)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.putheader("Cookie", f"{COOKIE}={new_secret()}")  # of who was here before
        connection.endheaders()
        response = connection.getresponse()
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read().decode("utf-8", errors="replace")
        connection.close()


@pytest.mark.parametrize("path", ["/", "/guide", "/_stcore/health", "/static/nothing.js", "/modules/nothing.js"])
def test_security_headers_are_on_every_answer(path: str, app_url: str) -> None:
    headers = Answer(app_url, path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    for source in policy.values():
        assert not {"*", "http:", "https:", "ws:", "wss:"} & set(source.split())


def policy_reports(page: Page) -> Iterator[str]:
    yield from (problem for problem in page.problems if "Content Security Policy" in problem)  # type: ignore[attr-defined]


@pytest.mark.fresh
def test_the_policy_keeps_the_page_from_loading_anything_foreign(new_page: NewPage) -> None:
    page = StagePage(new_page(BOARD)).page
    loaded = page.evaluate(
        """() => new Promise((done) => {
          const image = new Image();
          image.onload = () => done(true);
          image.onerror = () => done(false);
          image.src = "http://foreign.invalid/x.png";
        })"""
    )
    assert loaded is False
    page.wait_for_function("() => true")
    assert list(policy_reports(page))
    page.problems.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_is_served_once_for_ever_under_its_content(component: str, app_url: str) -> None:
    answer = Answer(app_url, module_path(component))
    assert answer.status == 200
    assert answer.body == module_source(component)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("component", FIRST_PAGE)
def test_a_component_of_the_first_page_is_fetched_early(component: str, app_url: str) -> None:
    assert module_path(component) in Answer(app_url, "/").headers["link"]


@pytest.mark.parametrize(
    "path",
    [
        "/modules/stage.js",
        "/modules/../app.py",
        "/modules/..%2f..%2fapp.py",
        "/modules/%2e%2e/%2e%2e/app.py",
        "/modules/stage-000000000000.js",
        "/modules/%00",
        "/modules//etc/passwd",
        "/app.py",
        "/attnlab/ui/site.py",
        "/.streamlit/config.toml",
    ],
)
def test_no_file_of_the_project_is_served(path: str, app_url: str) -> None:
    answer = Answer(app_url, path)
    assert "import streamlit" not in answer.body
    assert "[server]" not in answer.body
    assert "root:" not in answer.body
    if path.startswith("/modules/stage"):
        assert answer.status == 404


def test_a_megabyte_in_the_address_is_refused_and_the_server_lives(app_url: str, new_page: NewPage) -> None:
    try:
        status = Answer(app_url, f"/?sentence={'a' * 1_000_000}").status
    except OSError:  # it may hang up before it has read so much
        status = 400
    assert status in {200, 400, 413, 414, 431}
    assert StagePage(new_page(BOARD)).params == {}
