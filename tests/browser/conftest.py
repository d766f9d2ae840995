"""The app in a real browser: one server a test process, one browser for this folder, fresh pages a test."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from attnlab.prose import page_prose
from attnlab.training import RunStore, StoreError
from attnlab.training.store import ADMINISTRATOR
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import find_chromium, launched_browser, wait_until_settled
from tests.browser.module_page import module_page
from tests.browser.seen_page import stand_still
from tests.browser.server import AppServer, running_app

HERE = Path(__file__).parent
# All pages of one address in one process, which keeps compiled scripts.
ONE_PROCESS = "--process-per-site"
expect.set_options(timeout=15_000)  # milliseconds; a test that passes never waits that long

WITH_ITS_OWN_SERVERS = {HERE / "test_replicas.py"}
"""First of all: a process takes tests from the end of another's, and what they share is started anew for each."""

SERVER = pytest.StashKey[AppServer]()
FAILED = pytest.StashKey[bool]()

BETWEEN = "/class"
MOST_ON_HAND = 2
TITLES = {
    "/" if entry.get("default") else f"/{entry['file']}": entry["document"] for entry in page_prose("site")["pages"]
}
FOLLOW = """(address) => {
  History.prototype.pushState.call(history, {}, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):  # this hook sees the items of every folder
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.path not in WITH_ITS_OWN_SERVERS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the server's log beside a failure: the browser is told nothing about an exception."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    server = item.session.stash.get(SERVER, None)
    if report.failed and server is not None:
        report.sections.append(("app server log", server.log_tail()))
    return report


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunStore]:
    """The app's run store: one of its own for each test process."""
    opened = RunStore(f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def app_url(request: pytest.FixtureRequest, store: RunStore) -> Iterator[str]:
    """Address of the app, started once for each test process."""
    address = store.database.engine.url.render_as_string()
    with running_app("app.py", env={"ATTNLAB_STORE": address}) as server:
        request.session.stash[SERVER] = server
        yield server.url
        del request.session.stash[SERVER]


# Not of session scope: while playwright is up, its event loop counts as running in this thread, and any later
# test in the same process that calls asyncio.run() would fail.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one, tests are skipped, or fail where CI=true."""
    executable = find_chromium()
    if executable is None:
        message = "NO CHROMIUM FOUND: no browser test has run. Set $CHROMIUM or run `make test`, which gets one."
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(message)
        pytest.skip(message)
    with launched_browser(executable, ONE_PROCESS) as launched:
        yield launched


@pytest.fixture(scope="package")
def visitors(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of the app's address that stays open, in the context in which all visitors' pages are opened.

    What Chromium has fetched and compiled of Streamlit for one page, it has for the next: more than half of what
    a page costs. To the app, each page is a session of its own.
    """
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{app_url}/_stcore/health")
    yield page
    context.close()


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """A page in which every module of `assets/` is imported, each under its name in `window.m`."""
    with module_page(browser) as page:
        yield page


@pytest.fixture
def new_page(
    visitors: Page, app_url: str, store: RunStore, on_hand: list[Page], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Factory of pages: `new_page(path="/", *, width=1440, height=900, dark=False, still=True) -> Page`.

    Each page is a visitor of its own, returned once the script has run and all of it is there. The first two of a test
    are of those who have read other pages and come from there, at a quarter of the cost of one who comes from
    elsewhere, but cannot upload; a test marked `fresh` has none of these. If `still`, it is a visitor who asks for
    reduced motion: no frame is spent on what only moves. `page.problems` lists console errors, uncaught errors and
    requests to foreign hosts; the test fails at its end if any is left, so one that provokes a problem calls
    `page.problems.clear()`.
    """
    pages: list[Page] = []
    fresh = request.node.get_closest_marker("fresh") is not None

    def open_page(
        path: str = "/",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        still: bool = True,
    ) -> Page:
        known = on_hand[len(pages)] if len(pages) < len(on_hand) and not fresh else None
        page = known or visitors.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        motion = "reduce" if still else "no-preference"
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion=motion)
        pages.append(page)
        # Who was never here is led to the start page. Streamlit's own cookie comes with its first answer.
        if COOKIE not in {cookie["name"] for cookie in visitors.context.cookies(app_url)}:
            visitors.context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": app_url}])
        if known:
            known.problems.clear()  # type: ignore[attr-defined]
            lead(known, app_url + path)
            return known
        page.problems = watched_problems(page, host=urlsplit(app_url).netloc)  # type: ignore[attr-defined]
        page.goto(app_url + path, wait_until="domcontentloaded")
        wait_until_settled(page)
        # While a part of it is on its way Streamlit hides the others, and forgets what is done to them.
        stand_still(page)
        if not fresh and len(pages) <= MOST_ON_HAND:
            on_hand.append(page)
        return page

    yield open_page
    problems = [problem for page in pages for problem in page.problems]  # type: ignore[attr-defined]
    if problems or request.node.stash.get(FAILED, False) or any(page.is_closed() for page in on_hand):
        on_hand.clear()
    leave_nothing(visitors, on_hand)
    stop_races(store)
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="package")
def on_hand(visitors: Page) -> list[Page]:
    """The pages of the visitors' context that stay open from test to test, once there are any."""
    return []


def lead(page: Page, address: str) -> None:
    """To an address of the app, by way of a page that has nothing in common with any other."""
    for each in (urljoin(address, BETWEEN), address):
        page.evaluate(FOLLOW, each)
        page.wait_for_function("(title) => document.title === title", arg=TITLES[urlsplit(each).path])
        wait_until_settled(page)
        stand_still(page)


def leave_nothing(visitors: Page, on_hand: list[Page]) -> None:
    """Close every page of the context but those on hand, and forget what they have stored."""
    for page in visitors.context.pages:
        if page is not visitors and page not in on_hand:
            page.close()
    visitors.context.set_offline(False)
    visitors.context.clear_cookies()
    visitors.evaluate("() => localStorage.clear()")


def stop_races(store: RunStore) -> None:
    """Stop what a test has started: there is one worker, and the next test would wait for it."""
    for run in store.runs.history():
        if run.is_active:
            with suppress(StoreError):  # it has just ended
                store.commands.send(run.id, "stop", by=ADMINISTRATOR)


def watched_problems(page: Page, host: str) -> list[str]:
    """A list that grows with each console error, uncaught error and request to another host."""
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def on_address(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != host:
            problems.append(f"request to a foreign host: {url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"uncaught error: {error}"))
    page.on("request", lambda request: on_address(request.url))
    page.on("websocket", lambda socket: on_address(socket.url))
    return problems
