"""The app where its host is not its own: below a path, and in a frame of a learning platform's page."""

import functools
import http.client
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from attnlab.prose import page_prose
from attnlab.ui.canvases.component import FIRST_PAGE, module_path
from attnlab.ui.headers import FRAME_VARIABLE
from tests.browser.chromium import wait_until_settled
from tests.browser.conftest import watched_problems
from tests.browser.server import free_port, running_app
from tests.browser.stage_page import StagePage
from tests.plain_http import get
from tests.products import alike

PREFIX = "/courses/lab"
PAGES = [page["file"] for page in page_prose("site")["pages"] if not page.get("default")]
WITH_CANVASES = ["training", "translate", "guide"]
CANVAS = '[data-testid="stApp"] [data-revision]'


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server of another site, and the folder that it serves. To a browser, localhost is not 127.0.0.1."""
    folder = tmp_path_factory.mktemp("platform")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", folder
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def lab(platform: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app below a path, which the platform may frame."""
    env = {"ATTNLAB_STORE": f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.db'}", FRAME_VARIABLE: platform[0]}
    with running_app("app.py", env=env, prefix=PREFIX) as server:
        yield server.url


@pytest.fixture(scope="module")
def visitors(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(visitors: BrowserContext) -> Iterator[Page]:
    page = visitors.new_page()
    yield page
    page.close()


def framed(page: Page, platform: tuple[str, Path], address: str) -> None:
    site, folder = platform
    (folder / "course.html").write_text(f'<!doctype html><iframe src="{address}" width="1200" height="800"></iframe>')
    page.goto(f"{site}/course.html")


@pytest.mark.parametrize("pages", alike([WITH_CANVASES, PAGES], 1), ids=["some", "all"])
def test_below_a_path_pages_are_found_and_nothing_is_asked_beside_it(pages: list[str], lab: str, page: Page) -> None:
    problems, asked = watched_problems(page, urlsplit(lab).netloc), []
    page.on("request", lambda request: asked.append(urlsplit(request.url)))
    page.on("websocket", lambda socket: asked.append(urlsplit(socket.url)))
    for name in ["", *pages]:
        page.goto(f"{lab}/{name}", wait_until="domcontentloaded")
        wait_until_settled(page)
        assert page.get_by_test_id("stException").count() == 0
    assert problems == []
    paths = [address.path for address in asked if address.scheme in {"http", "ws"}]
    assert [path for path in paths if not path.startswith(f"{PREFIX}/")] == []
    assert {f"{PREFIX}{module_path(name)}" for name in FIRST_PAGE} <= set(paths)


def test_below_a_path_the_picture_is_drawn_ahead_of_its_run(lab: str, page: Page) -> None:
    page.goto(f"{lab}/?heads=4")
    stage = StagePage(page)
    with page.expect_response(lambda answer: urlsplit(answer.url).path == f"{PREFIX}/picture") as drawn:
        stage.choose("heads", "2")
    assert drawn.value.headers["content-type"] == "application/octet-stream"
    assert urlsplit(page.url).path == f"{PREFIX}/"


def test_below_a_path_the_guides_links_lead_to_pages_of_the_lab(lab: str, page: Page) -> None:
    page.goto(f"{lab}/guide")
    link = page.get_by_role("link", name="cool it down")
    assert urlsplit(link.evaluate("(link) => link.href")).path == f"{PREFIX}/"


def test_the_path_alone_leads_to_the_first_page(lab: str, page: Page) -> None:
    page.goto(lab)
    expect(page.locator(CANVAS).first).to_be_visible()


def test_beside_the_path_there_is_nothing(lab: str) -> None:
    picture = get(lab, f"{PREFIX}/picture")
    assert (picture.status, picture.headers["content-type"]) == (http.client.OK, "application/octet-stream")
    assert get(lab, "/picture").status == http.client.NOT_FOUND


def test_a_platform_that_is_named_shows_the_lab_in_a_frame(lab: str, platform: tuple[str, Path], page: Page) -> None:
    framed(page, platform, f"{lab}/?heads=4")
    expect(page.frame_locator("iframe").locator(CANVAS).first).to_be_visible()


def test_a_platform_that_nobody_has_named_sees_nothing(app_url: str, platform: tuple[str, Path], page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    framed(page, platform, app_url)
    page.wait_for_function("() => document.querySelector('iframe').contentDocument === null")
    assert any("frame-ancestors" in said for said in refused)
    assert page.frame_locator("iframe").locator(CANVAS).count() == 0
