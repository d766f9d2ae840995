"""Whom a page may talk to."""

import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from attnlab.ui.headers import SecurityHeaders, content_security_policy


def connects_to(host: str) -> set[str]:
    parts = dict(part.split(" ", 1) for part in content_security_policy(host).split("; "))
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
    assert headers["content-security-policy"] == content_security_policy("here:1")
    assert headers["x-content-type-options"] == "nosniff"
