"""What an app at work tells those who run it: health, metrics and logs, asked by plain HTTP."""

import asyncio
import http.client
import json
import math
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from attnlab.prose import page_prose
from attnlab.training import RunStore
from attnlab.ui.crowd.uploads import SESSION_VARIABLE
from attnlab.ui.operations.logs import LOG_VARIABLE
from attnlab.ui.operations.metrics import PICTURE_BOUNDS_S, TOKEN_VARIABLE, may_read
from benchmarks.session import Session
from tests.browser.server import AppServer, running_app
from tests.plain_http import get
from tests.training.small_plans import small_plan

TOKEN = "a-token-of-the-test"
TYPED = "marmalade"
SAID = page_prose("site")["uploads"]["session"]


@pytest.fixture(scope="module")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'runs.db'}"


@pytest.fixture(scope="module")
def app(store_url: str) -> Iterator[AppServer]:
    env = {"ATTNLAB_STORE": store_url, LOG_VARIABLE: "json", TOKEN_VARIABLE: TOKEN, SESSION_VARIABLE: "1"}
    with running_app("app.py", env=env) as server:
        yield server


def answer(app: AppServer, path: str, **headers: str) -> tuple[int, str]:
    reply = get(app.url, path, **headers)
    return reply.status, reply.body.decode(errors="replace")


def metrics(app: AppServer) -> dict[tuple[str, ...], float]:
    status, text = answer(app, "/metrics")
    assert status == http.client.OK
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_health_says_how_store_and_workers_are(app: AppServer) -> None:
    status, text = answer(app, "/health")
    assert (status, json.loads(text)) == (200, {"status": "ok", "store": "ok", "workers": "at rest"})


def test_metrics_count_visitors_runs_and_pictures(app: AppServer, store_url: str) -> None:
    store = RunStore(store_url)
    store.runs.create(small_plan(("gru",), steps=5).to_config(), owner="anna", name="run", limit=9)
    store.close()

    async def seen_by_a_visitor() -> dict[tuple[str, ...], float]:
        async with Session(app.url):
            return await asyncio.to_thread(metrics, app)

    before = metrics(app)
    answer(app, "/picture?of=blocks")
    answer(app, "/picture?heads=2")
    during = asyncio.run(seen_by_a_visitor())
    assert during["attnlab_visitors",] == before["attnlab_visitors",] + 1
    assert during["attnlab_runs", "queued"] == during["attnlab_queue_length",] == 1
    assert during["attnlab_runs", "finished"] == 0
    assert during["attnlab_store_up",] == 1
    for of in ("blocks", "attention"):
        assert during["attnlab_picture_seconds_count", of] == before.get(("attnlab_picture_seconds_count", of), 0) + 1
        bounds = [float(name[1]) for name in during if name[0] == "attnlab_picture_seconds_bucket" and name[2] == of]
        assert bounds == [*PICTURE_BOUNDS_S, math.inf]
    assert during["process_resident_memory_bytes",] > 0


def test_a_file_too_many_is_refused_and_the_page_says_so(app: AppServer) -> None:
    token = get(app.url, "/_stcore/health").headers["set-cookie"].partition(";")[0]
    marks = {"Cookie": token, "X-Xsrftoken": token.partition("=")[2]}

    def put(session: str, name: str) -> tuple[int, str]:
        body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n%s\r\n--x--\r\n' % bytes(600_000)
        headers = {**marks, "Content-Type": "multipart/form-data; boundary=x"}
        with closing(http.client.HTTPConnection(urlsplit(app.url).netloc, timeout=60)) as connection:
            connection.request("PUT", f"/_stcore/upload_file/{session}/{name}", body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()

    async def visited() -> list[tuple[int, str]]:
        async with Session(app.url, page="classify") as visitor:
            answers = [await asyncio.to_thread(put, visitor.name, name) for name in ("one", "two")]
            assert visitor._socket is not None
            async with asyncio.timeout(60):
                while SAID.encode() not in await visitor._socket.recv(decode=False):
                    pass
            return answers

    assert asyncio.run(visited()) == [(204, ""), (413, SAID)]


@pytest.mark.parametrize("path", ["/metrics", "/_stcore/metrics"])
def test_metrics_are_for_this_machine_and_for_who_has_the_token(path: str, app: AppServer) -> None:
    passed_on = {"X-Forwarded-For": "127.0.0.1"}
    assert answer(app, path)[0] == http.client.OK
    assert answer(app, path, **passed_on) == (http.client.FORBIDDEN, "")
    assert answer(app, path, **passed_on, Authorization="Bearer guessed")[0] == http.client.FORBIDDEN
    assert answer(app, path, **passed_on, Authorization=f"Bearer {TOKEN}")[0] == http.client.OK


@pytest.mark.parametrize(
    ("host", "headers", "token", "allowed"),
    [
        ("127.0.0.1", {}, "", True),
        ("::1", {}, "", True),
        ("::ffff:127.0.0.1", {}, "", True),
        ("::ffff:10.0.0.7", {}, "", False),
        ("10.0.0.7", {}, "", False),
        ("not an address", {}, "", False),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, "", False),
        ("127.0.0.1", {"via": "1.1 proxy"}, "", False),
        ("10.0.0.7", {"authorization": "Bearer "}, "", False),
        ("10.0.0.7", {"authorization": "Bearer t"}, "t", True),
        ("10.0.0.7", {"authorization": "Bearer tt"}, "t", False),
        ("10.0.0.7", {"authorization": "Bearer ü"}, "t", False),
    ],
)
def test_who_may_read_the_metrics(host: str, headers: dict[str, str], token: str, allowed: bool) -> None:
    assert may_read(host, headers, token) is allowed


def test_every_line_of_the_log_is_json_and_none_has_a_word_that_was_typed(app: AppServer) -> None:
    answer(app, f"/picture?sentence={quote(TYPED)}&heads=2")
    answer(app, f"/{TYPED}")
    lines = [json.loads(line) for line in app.log_tail(1000).splitlines() if line.startswith("{")]
    told = next(line for line in lines if line["event"] == "request" and line["path"] == "/picture")
    assert set(told) == {"time", "level", "logger", "event", "method", "path", "status", "ms"}
    assert (told["method"], told["status"], told["logger"]) == ("GET", 200, "attnlab.ui.operations.logs")
    assert TYPED not in app.log_tail(1000)
