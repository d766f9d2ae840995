"""Two processes behind nginx as `deploy/nginx.conf` has it: one store, one scheduler; nobody sees which is which."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from attnlab.bundles import COMPONENTS
from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.training.running.cluster import EmbeddedCluster
from attnlab.ui.canvases.component import FRAME, module_path
from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled
from tests.browser.server import AppServer, running_app
from tests.browser.stage_page import StagePage
from tests.nginx import Front, required_nginx, running_nginx
from tests.plain_http import get
from tests.postgres import find_postgres, private_cluster
from tests.products import alike
from tests.training.running.certificates import certificate_files

WORDS = page_prose("training")
PAGE, RUN = WORDS["page"], WORDS["run"]
PAGES = ["/" if page.get("default") else f"/{page['file']}" for page in page_prose("site")["pages"]]
MISSING = "NO NGINX OR NO POSTGRESQL: several processes were not tested. `make test` as root on Debian gets both."
PATIENCE_MS = 90_000  # a first worker imports torch
PAUSE_MS = 100
CSV = "review,verdict\n" + "".join(f"it was {word} number {n},{word}\n" for n in range(60) for word in ("good", "bad"))
CLASS = page_prose("class")["screen"]
Visit = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """All of it, and for each replica the cookie of a visitor who is kept there."""

    front: Front
    replicas: tuple[AppServer, AppServer]
    cookies: tuple[str, str]
    store_url: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    nginx, postgres = required_nginx(), find_postgres()
    if nginx is None or postgres is None:
        pytest.skip(MISSING)
    with ExitStack() as stack:
        store = stack.enter_context(private_cluster(postgres))
        cluster = EmbeddedCluster(1)
        stack.callback(cluster.close)
        certificate = certificate_files(cluster.security, tmp_path_factory.mktemp("certificate"))
        env = {"ATTNLAB_STORE": store, "ATTNLAB_SCHEDULER": cluster.address, **certificate}
        one, other = (stack.enter_context(running_app("app.py", env=env)) for _ in range(2))
        front = stack.enter_context(running_nginx(nginx, [one.url, other.url]))
        yield Site(front, (one, other), (front.cookie_for(one.url), front.cookie_for(other.url)), store)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Factory of visitors: `visit(path, cookie, held_back=False) -> Page`, settled; `page.asked` lists requests.

    If `held_back`, no event of a room arrives, as behind a proxy that collects answers before it passes them on.
    """
    with ExitStack() as stack:

        def visit(path: str, cookie: str, *, held_back: bool = False) -> Page:
            context = browser.new_context(reduced_motion="reduce")
            stack.callback(context.close)
            name, value = cookie.split("=")
            context.add_cookies([{"name": name, "value": value, "url": site.front.url}])
            if held_back:
                context.route("**/room/*/events*", lambda _route: None)
            page = context.new_page()
            asked = page.asked = []  # type: ignore[attr-defined]
            page.on("request", lambda request: asked.append(request.url.removeprefix(site.front.url)))
            page.goto(site.front.url + path, wait_until="domcontentloaded")
            wait_until_settled(page)
            return page

        yield visit


@pytest.fixture
def store(site: Site) -> Iterator[RunStore]:
    opened = RunStore(site.store_url)
    yield opened
    opened.close()


def visitors(replica: AppServer) -> int:
    """How many are at a replica, as it says itself."""
    (counted,) = re.findall(rb"^attnlab_visitors ([\d.]+)$", get(replica.url, "/metrics").body, re.MULTILINE)
    return int(float(counted))


def wait_until(happened: Callable[[], bool], page: Page) -> None:
    """Give a page time until something has happened."""
    for _ in range(PATIENCE_MS // PAUSE_MS):
        if happened():
            return
        page.wait_for_timeout(PAUSE_MS)
    raise AssertionError("it has not happened")


def button(page: Page, name: str) -> Locator:
    """A button of the page itself: while a run lasts, Streamlit has a "Stop" of its own in the page's head."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True)


def test_both_replicas_answer_alike(site: Site) -> None:
    known = f"{COOKIE}={new_secret()}"  # who was never here is led to another page
    for path in ("/picture?heads=4", module_path(FRAME), *PAGES, *map(module_path, COMPONENTS)):
        replies = [get(site.front.url, path, Cookie=f"{cookie}; {known}") for cookie in site.cookies]
        assert [reply.status for reply in replies] == [200, 200], path
        assert replies[0].body == replies[1].body, path


def test_a_visitor_is_given_a_cookie_once_and_stays_where_it_says(site: Site) -> None:
    page = module_path(FRAME)  # a page has a cookie of its own, which says whose races are whose
    given = get(site.front.url, page).headers["set-cookie"]
    cookie = given.partition(";")[0]
    assert "HttpOnly" in given
    answered = set()
    for _ in range(5):
        assert get(site.front.url, page, Cookie=cookie).headers["set-cookie"] is None
        answered.add(site.front.replica_of(cookie))
    assert len(answered) == 1


def test_the_log_of_the_front_holds_no_links_and_metrics_are_not_passed_on(site: Site) -> None:
    get(site.front.url, "/picture?sentence=marmalade")
    site.front.replica_of(site.cookies[0])
    assert "marmalade" not in site.front.access_log.read_text(encoding="utf-8")
    for path in ("/metrics", "/_stcore/metrics"):
        assert get(site.front.url, path).status == 404


@pytest.mark.parametrize("replica", alike([0, 1], 1))
def test_what_is_uploaded_arrives_and_what_is_offered_can_be_downloaded(replica: int, visit: Visit, site: Site) -> None:
    page = visit("/training", site.cookies[replica])
    page.locator(".st-key-t_race").get_by_text(WORDS["tasks"]["csv"]["title"], exact=True).click()
    with page.expect_download() as offered:
        page.get_by_role("button", name=WORDS["form"]["example"]).click()
    assert offered.value.path().stat().st_size > 0
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    expect(page.get_by_text(WORDS["table"]["preview"].format(rows=120, classes=2, left_out=0))).to_be_visible()


def looks(student: Page) -> int:
    """How often a student has asked for the room, instead of being told."""
    return sum("?seen=" in path for path in student.asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize("held_back", [False, True], ids=["as it ships", "events held back"])
def test_a_student_at_one_replica_follows_a_teacher_at_the_other(held_back: bool, visit: Visit, site: Site) -> None:
    here, there = site.cookies
    assert site.front.replica_of(here) != site.front.replica_of(there)
    desk = visit("/class", here)
    desk.get_by_role("button", name=CLASS["make"]).click()
    code = desk.locator("p.code")
    expect(code).to_have_text(re.compile("^[A-Z]{5}$"))
    student = visit(f"/class?room={code.inner_text()}", there, held_back=held_back)
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name=CLASS["lead"]).click()
    wait_until_settled(opened.value)
    opened.value.get_by_label(page_prose("attention")["page"]["sentence"], exact=True).fill("one two")
    followed = student.locator(".st-key-class_canvas_explorer [data-revision]")
    expect(followed).to_have_attribute("data-params", re.compile("one two"), timeout=PATIENCE_MS)
    assert (looks(student) > 1) == held_back
    assert any("/events?" in path for path in student.asked)  # type: ignore[attr-defined]


def test_a_killed_replicas_visitors_and_runs_go_on_at_the_other(visit: Visit, site: Site, store: RunStore) -> None:
    here, there = site.cookies
    starting = visit("/training", here)
    button(starting, PAGE["start"]).click()
    starting.wait_for_function("() => new URLSearchParams(location.search).has('run')")
    run = parse_qs(urlsplit(starting.url).query)["run"][0]
    watching = visit(f"/training?run={run}", there)
    looking = StagePage(visit("/?heads=4&temperature=2.5", here))
    expect(watching.locator("[data-testid=stVegaLiteChart]:visible").first).to_be_visible(timeout=PATIENCE_MS)

    os.kill(site.replicas[0].pid, signal.SIGKILL)
    wait_until(lambda: visitors(site.replicas[1]) == 3, watching)
    looking.choose("heads", "2")
    looking.wait_for_params(heads=2, temperature=2.5)
    assert parse_qs(urlsplit(looking.page.url).query)["temperature"] == ["2.5"]

    step = store.runs.get(run).counters.step
    wait_until(lambda: store.runs.get(run).counters.step > step, watching)
    button(starting, RUN["stop"]).click()
    for page in (starting, watching):
        expect(page.get_by_text(RUN["stopped"].partition("{")[0]).first).to_be_visible(timeout=PATIENCE_MS)
    assert store.runs.get(run).attempts == 1
