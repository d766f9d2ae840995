"""Requests to the routes of a room, without a server: a browser is a jar of cookies."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from starlette.applications import Starlette
from starlette.types import Message

from attnlab.ui import room


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """Its JSON."""
        return json.loads(self.body)


@dataclass
class Browser:
    """Asks, and keeps the cookies that are meant for a path."""

    jar: dict[str, tuple[str, str]] = field(default_factory=dict)  # by name and path: value, path
    keeps_cookies: bool = True

    def get(self, path: str) -> Reply:
        return self._ask("GET", path, b"")

    def post(self, path: str, body: Any) -> Reply:
        return self._ask("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def cookies(self, path: str) -> dict[str, str]:
        return {
            name.partition("@")[0]: value
            for name, (value, below) in self.jar.items()
            if f"{path}/".startswith(f"{below}/")
        }

    def _ask(self, method: str, path: str, body: bytes) -> Reply:
        reply = asyncio.run(asked(method, path, body, self.cookies(path.partition("?")[0])))
        for line in reply.headers.get("set-cookie", "").split("\n"):
            for name, morsel in SimpleCookie(line).items():
                if self.keeps_cookies:
                    self.jar[f"{name}@{morsel['path']}"] = (morsel.value, morsel["path"])
        return reply


async def asked(
    method: str, path: str, body: bytes, cookies: dict[str, str], headers: Mapping[str, str] | None = None
) -> Reply:
    """One request, with further headers by their names in small letters, and the whole answer."""
    app = Starlette(routes=room.ROUTES)
    name, _, query = path.partition("?")
    further = [(key.encode(), value.encode()) for key, value in (headers or {}).items()]
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    scope = {
        "type": "http",
        "method": method,
        "path": name,
        "raw_path": name.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"lab.invalid"), *([(b"cookie", cookie.encode())] if cookie else []), *further],
        "scheme": "http",
        "server": ("lab.invalid", 80),
        "client": ("10.0.0.1", 1),
        "root_path": "",
        "http_version": "1.1",
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told: dict[str, str] = {}
    for key, value in sent[0]["headers"]:
        both = (told[key.decode()], value.decode()) if key.decode() in told else (value.decode(),)
        told[key.decode()] = "\n".join(both)
    return Reply(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))
