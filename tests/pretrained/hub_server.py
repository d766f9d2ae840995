"""A hub on this machine: two servers, of which one has the small files and the other, as a CDN, the large ones."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MOVED = "old-org/old-name"
"""As the model was called before: the hub leads to where it is now."""


@dataclass
class Odd:
    """What is odd about the answer for a file."""

    status: int = 200
    code: str = ""  # X-Error-Code
    content: bytes | None = None  # instead of the file
    commit: str | None = COMMIT
    said: str | None = None  # its size, before it is fetched; "" for none
    length: int | None = None  # Content-Length of the file itself; 0 for none
    cut: int = 0  # bytes that never come
    more: bytes = b""  # behind its end
    etag: str | None = None  # instead of its SHA-256
    location: str | None = None  # where the hub leads
    held: Event | None = None  # the second half of the bytes comes when it is set


@dataclass
class Hub:
    """What is there, and who asked for what."""

    folder: Path
    id: str
    revisions: tuple[str, ...] = ("main", "v1.0", COMMIT)
    odd: dict[str, Odd] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    elsewhere: str = ""

    def fetched(self) -> set[str]:
        """The names of the files whose bytes were asked for."""
        return {path.rsplit("/", 1)[1] for method, path in self.seen if method == "GET"}


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_: Any) -> None:
        """Tests say nothing."""

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        raise NotImplementedError

    def say(self, status: int, headers: dict[str, str], content: bytes = b"", held: Event | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            half = len(content) // 2
            self.wfile.write(content[:half])
            if held is not None:
                held.wait()
            with suppress(ConnectionError):  # nobody listens any more
                self.wfile.write(content[half:])

    def file(self, name: str) -> tuple[Odd, bytes]:
        odd = self.hub.odd.get(name, Odd())
        return odd, (self.hub.folder / name).read_bytes() if odd.content is None else odd.content

    def give(self, odd: Odd, content: bytes, headers: dict[str, str]) -> None:
        length = len(content) if odd.length is None else odd.length
        sent = content[: len(content) - odd.cut] + odd.more
        self.say(200, headers | ({"Content-Length": str(length)} if length else {}), sent, odd.held)


class _Hub(_Handler):
    def answer(self) -> None:
        self.hub.seen.append((self.command, self.path))
        parts = self.path.strip("/").split("/")
        if len(parts) == 7 and parts[:3] == ["api", "resolve-cache", "models"]:
            odd, content = self.file(parts[-1])
            commit = {"X-Repo-Commit": odd.commit} if odd.commit else {}
            return self.give(odd, content, commit | ({"X-Linked-Size": odd.said} if odd.said else {}))
        if len(parts) != 5 or parts[2] != "resolve":
            return self.say(404, {})
        org, model, _, revision, name = parts
        if f"{org}/{model}" == MOVED:
            return self.say(307, {"Location": f"/{self.hub.id}/resolve/{revision}/{name}", "Content-Length": "0"})
        if f"{org}/{model}" != self.hub.id:
            return self.say(401, {"X-Error-Code": "RepoNotFound", "Content-Length": "0"})
        if revision not in self.hub.revisions:
            return self.say(404, {"X-Error-Code": "RevisionNotFound", "Content-Length": "0"})
        odd = self.hub.odd.get(name, Odd())
        if odd.status != 200:
            return self.say(odd.status, {"X-Error-Code": odd.code, "Content-Length": "0"})
        if odd.content is None and not (self.hub.folder / name).is_file():
            return self.say(404, {"X-Error-Code": "EntryNotFound", "Content-Length": "15"}, b"Entry not found")
        return self.lead(f"{org}/{model}", name)

    def lead(self, model: str, name: str) -> None:
        odd, content = self.file(name)
        commit = {"X-Repo-Commit": odd.commit} if odd.commit else {}
        if not name.endswith(".safetensors"):
            where = odd.location or f"/api/resolve-cache/models/{model}/{COMMIT}/{name}"
            return self.say(307, {**commit, "Location": where, "Content-Length": "9"}, b"Temporary")
        digest = hashlib.sha256(content).hexdigest()
        size = {"X-Linked-Size": odd.said if odd.said is not None else str(len(content))}
        linked = size | {"X-Linked-Etag": f'"{odd.etag or digest}"'}
        where = odd.location or f"{self.hub.elsewhere}/{digest}/{name}?signature=x"
        return self.say(302, {**commit, **linked, "Location": where, "Content-Length": "5"}, b"Found")


class _Elsewhere(_Handler):
    """Signed for GET alone, as a CDN's addresses are."""

    def answer(self) -> None:
        self.hub.seen.append((self.command, self.path.partition("?")[0]))
        if self.command != "GET" or self.headers["Host"] not in self.hub.elsewhere:
            return self.say(403, {"Content-Length": "0"})
        odd, content = self.file(self.path.partition("?")[0].rsplit("/", 1)[1])
        return self.give(odd, content, {})


@contextmanager
def serving(folder: Path, name: str) -> Iterator[Hub]:
    """A hub with the files of a folder as a model."""
    hub = Hub(folder, name)
    kinds = [type(kind.__name__, (kind,), {"hub": hub}) for kind in (_Hub, _Elsewhere)]
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in kinds]
    hub.address, hub.elsewhere = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
