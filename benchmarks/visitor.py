"""A visitor of a class without a browser: each change sends what a browser sends, the picture's request included.

The address changes, the picture of the new link is fetched over a connection that stays, and the run is asked for: at
once, or, by a row of controls, a moment later (`assets/controls/controls.js`). Now and then the page is reloaded, or
the connection is lost and comes back.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed

from attnlab.settings.attention import Explorer
from attnlab.ui.attention.controls import BAR
from benchmarks.probe import BOARD
from benchmarks.session import Run, Session

ANSWER_MS = 10_000  # a later answer is a failure
GIVE_UP_S = 30.0
AFTER_S = 0.08
"""How long a row of controls lets the picture go first: AFTER_MS in `assets/controls/controls.js`."""
RELOADS = RECONNECTS = 0.02
"""Shares of the changes before which that happens."""
SENTENCES = (
    "The cat sat on the mat, because it was tired.",
    "The animal did not cross the street because it was tired.",
    "My dog chased your dog around the old house, again.",
    "She said that he said that she had said so.",
    "One two three one two three one two three four.",
    "Attention is all you need, said the paper in 2017.",
)
WORDS = ("tree", "river", "lamp", "stone", "cloud", "paper", "glass", "bird", "light", "road", "moon", "song", "door")
CHOICES = {
    "heads": ("1", "2", "4", "8", "16"),
    "positions": ("none", "sinusoidal", "learned", "rope", "alibi"),
    "mask": ("none", "causal", "window"),
}
FILLING, FILLING_TOKENS = 150, 100
"""Pictures, each some MB with the layer that it is of, and the words of their sentences."""
PAGES = {"": ("first_screen", "stage_canvas"), "compare": ("first_screen_a", "pair_canvas")}
"""By path: the row of the controls that are used most, and the picture."""


@dataclass
class Learner:
    """One visitor, on one page, and how long the answers took; open it with `async with`."""

    url: str
    seed: int
    page: str = ""
    cookie: str = ""
    link: dict[str, str] = field(default_factory=lambda: dict(BOARD))
    pictures: list[float] = field(default_factory=list)  # ms
    runs: list[float] = field(default_factory=list)  # ms
    openings: list[float] = field(
        default_factory=list
    )  # ms, of pages that were reloaded and connections that came back
    received: list[int] = field(default_factory=list)  # bytes of a change
    failures: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        """Open the page of the link."""
        self.random = random.Random(self.seed)
        self.row, self.canvas = PAGES[self.page]
        self.chosen: dict[str, Any] = {"count": 0, "values": {}}
        self.wire = Wire(self.url)
        self.session = await self._opened()
        return self

    async def _opened(self) -> Session:
        """The page, its bar of settings open where it has one."""
        query = urlencode(self.link)
        session = await Session(self.url, query, page=self.page, cookie=self.cookie).__aenter__()
        if BAR in session.widgets:
            session.set(BAR, bool_value=True)
            await session.rerun()
        return session

    async def __aexit__(self, *_error: object) -> None:
        """Close the tab."""
        await self.session.__aexit__(None, None, None)
        self.wire.close()

    def restart(self) -> None:
        """Count from here."""
        for told in (self.pictures, self.runs, self.openings, self.received, self.failures):
            told.clear()

    async def change(self) -> None:
        """Change one control and wait for all that comes of it; where nothing does, load the page anew as one would."""
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await self._changed()
        except (TimeoutError, ConnectionClosed) as lost:
            self.failures.append(f"{type(lost).__name__}: nothing came")
            await self._reloaded()

    async def _changed(self) -> None:
        await self._interrupted()
        if self.page:
            await self._choice()
            return
        actions: list[Callable[[], Any]] = [self._temperature, self._sentence, self._choice, self._head]
        await self.random.choices(actions, weights=[40, 20, 25, 15])[0]()

    async def _interrupted(self) -> None:
        fate = self.random.random()
        if fate < RELOADS:
            began = time.perf_counter()
            await self._reloaded()
            self.openings.append((time.perf_counter() - began) * 1e3)
        elif fate < RELOADS + RECONNECTS:
            self.openings.append((await self.session.reconnect()).elapsed_ms)

    async def _reloaded(self) -> None:
        await self.session.__aexit__(None, None, None)
        self.session = await self._opened()
        self.chosen = {"count": 0, "values": {}}

    async def _temperature(self) -> None:
        """Any place of the live slider."""
        value = round(0.05 * 200 ** self.random.random(), 2)
        sent = {"value": {"value": value, "final": True}}
        await self._sent("temperature_slider", {"temperature": str(value)}, json_value=json.dumps(sent))

    async def _sentence(self) -> None:
        words = self.random.choice(SENTENCES).split()
        words[self.random.randrange(len(words))] = self.random.choice(WORDS)
        text = " ".join(words)
        await self._sent("sentence", {"sentence": text}, string_value=text)

    async def _choice(self) -> None:
        name = self.random.choice(sorted(CHOICES))
        now = self.link.get(name, str(Explorer().values()[name]))
        value = self.random.choice([value for value in CHOICES[name] if value != now])
        self.chosen = {"count": self.chosen["count"] + 1, "values": {name: value}}
        told = json.dumps({"chosen": self.chosen})
        await self._sent(self.row, {name: value}, after_s=0 if self.page else AFTER_S, json_value=told)

    async def _head(self) -> None:
        """Another head is picked on the stage."""
        head = int(self.link.get("head", "1")) % int(self.link.get("heads", "8"))
        selection = {"head": head, "query": 4, "key": 3, "stage": "softmax", "view": "matrix"}
        said = {"head": str(head + 1), "query": "5", "key": "4"}
        await self._sent(self.canvas, said, json_value=json.dumps({"selection": selection}))

    async def _sent(self, key: str, said: dict[str, str], *, after_s: float = 0, **value: Any) -> None:
        self.link |= said
        self.session.set(key, **value)
        size, run = await asyncio.gather(self._picture(), self._run(after_s))
        self.received.append(size + run.received)
        if run.problem or self.canvas not in run.elements:
            self.failures.append(run.problem or "no picture came")
        elif run.elapsed_ms > ANSWER_MS:
            self.failures.append(f"the run took {run.elapsed_ms:.0f} ms")

    async def _run(self, after_s: float) -> Run:
        await asyncio.sleep(after_s)
        run = await self.session.rerun(**self.link)
        self.runs.append(run.elapsed_ms)
        return run

    async def _picture(self) -> int:
        """Bytes. Only the first page fetches its picture ahead of the run."""
        if self.page:
            return 0
        began = time.perf_counter()
        status, size = await self.wire.get(f"/picture?{urlencode(self.link)}", self.cookie)
        self.pictures.append((time.perf_counter() - began) * 1e3)
        if status != 200:
            self.failures.append(f"the picture was answered with {status}")
        return size


class Wire:
    """An HTTP connection that stays open between requests, as a browser's does."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, cookie: str = "") -> tuple[int, int]:
        """Status, and bytes of the body as they were sent.

        Raises:
            ConnectionError: the server has hung up on a request.
        """
        head = [f"GET {path} HTTP/1.1", f"Host: {self.host}", "Accept-Encoding: gzip"]
        head += [f"Cookie: {cookie}"] if cookie else []
        asked = "\r\n".join((*head, "\r\n")).encode()
        try:
            reader, told = await self._answer(asked)
        except (ConnectionResetError, asyncio.IncompleteReadError):  # it was idle, and the server had just hung up
            self._streams = None
            reader, told = await self._answer(asked)
        try:
            answer = told.decode("latin-1").lower().split("\r\n")
            fields = dict(line.split(": ", 1) for line in answer[1:] if ": " in line)
            size = int(fields.get("content-length", "0"))
            await reader.readexactly(size)
        except asyncio.IncompleteReadError as cut:
            raise ConnectionError(f"{path:.60}: the answer was cut") from cut
        return int(answer[0].split(" ")[1]), size

    async def _answer(self, asked: bytes) -> tuple[asyncio.StreamReader, bytes]:
        """The head of the answer, and whence its body comes."""
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        writer.write(asked)
        return reader, await reader.readuntil(b"\r\n\r\n")

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


async def fill_cache(url: str) -> None:
    """Have large pictures computed until the app keeps all that it may keep: memory counted later is the visitors'."""
    wire = Wire(url)
    for number in range(FILLING):
        words = " ".join(f"{WORDS[place % len(WORDS)]}{number}" for place in range(FILLING_TOKENS))
        status, _ = await wire.get(f"/picture?{urlencode({'sentence': words})}")
        assert status == 200
    wire.close()
