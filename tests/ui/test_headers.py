"""Whom a page may talk to, and who may show the app in a frame."""

import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from attnlab.ui.headers import FRAME_VARIABLE, SecurityHeaders, frame_ancestors, security_headers

POLICY = "Content-Security-Policy"


def connects_to(host: str) -> set[str]:
    parts = dict(part.split(" ", 1) for part in security_headers(host)[POLICY].split("; "))
    return set(parts["connect-src"].split()) - {"'self'", "blob:", "data:"}


@pytest.mark.parametrize("host", ["lab.example.org", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_a_page_talks_to_its_own_host_alone(host: str) -> None:
    assert connects_to(host) == {f"ws://{host}", f"wss://{host}"}


@pytest.mark.parametrize(
    "host", ["", "*", "a; script-src *", "a b", "a\r\nb", "a/b", "user@host", "a:b", "*.example.org"]
)
def test_what_is_no_host_is_not_named(host: str) -> None:
    assert connects_to(host) == set()


def test_the_host_is_that_of_the_request() -> None:
    answered: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answered.append(message)

    asyncio.run(SecurityHeaders(app)({"type": "http", "headers": [(b"host", b"here:1")]}, receive, send))
    headers = Headers(raw=answered[0]["headers"])
    assert headers["content-security-policy"] == security_headers("here:1")[POLICY]
    assert headers["x-content-type-options"] == "nosniff"


def test_without_a_word_only_the_app_itself_may_frame_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FRAME_VARIABLE, raising=False)
    headers = security_headers("", frame_ancestors())
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self';" in headers[POLICY]


@pytest.mark.parametrize("between", [" ", ",", " , ", "\n"])
def test_origins_that_are_named_may_frame_it_too(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    origins = ("https://moodle.example.edu", "http://localhost:8080", "https://*.example.org")
    monkeypatch.setenv(FRAME_VARIABLE, between.join(origins))
    headers = security_headers("", frame_ancestors())
    assert f"frame-ancestors 'self' {' '.join(origins)};" in headers[POLICY]
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize(
    "wrong",
    ["*", "moodle.example.edu", "https://a.edu/", "https://a.edu;script-src", "javascript:x", "'none'", "https://-a.b"],
)
def test_what_is_no_origin_is_named_and_the_app_does_not_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FRAME_VARIABLE, f"https://moodle.example.edu {wrong}")
    with pytest.raises(SystemExit) as refused:
        frame_ancestors()
    assert FRAME_VARIABLE in str(refused.value)
    assert repr(wrong) in str(refused.value)
