"""Components, each alone on a page: a test plays the server, and reads what it is told."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from playwright.sync_api import Browser, Page, Route

from attnlab.bundles import module_source
from attnlab.engine import AttentionSpec, trace
from attnlab.looks.stacks import asked_stack
from attnlab.models.seq2seq.decoding import BeamTree
from attnlab.paths import ASSETS
from attnlab.pictures.pair import Card, Row, compare_payload
from attnlab.pictures.stacks.blocks import blocks_payload, blocks_selection
from attnlab.pictures.stage import stage_payload
from attnlab.pictures.translation.bridge import Picture, translation_payload
from attnlab.prose import page_prose
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.translate import Translate
from attnlab.tasks import EncodedText
from attnlab.training.scoring.translating import Candidate, Written

HOST = "http://canvas.invalid"
PATIENCE_MS = 10_000
TOKENS = ("one", "two", "two", ",", "three")


def stage(head: int, place: int) -> bytes:
    """A layer with a chosen head and query."""
    spec = AttentionSpec(tokens=TOKENS, d_model=8, num_heads=4)
    chosen = {"head": head, "query": place, "key": 0, "stage": "softmax", "view": "matrix", "s": ""}
    return stage_payload(trace(spec), chosen, {}, page_prose("attention")["stage"])


def blocks(head: int, place: int, **others: Any) -> bytes:
    """A stack with an open attention, a chosen head of it and a followed token."""
    chosen = {"stack_open": "encoder.1.self_attention", "stack_head": head + 1, "stack_source_token": place + 1}
    settings = Blocks.of(chosen | others)
    stack = asked_stack(settings).trace()
    return blocks_payload(stack, blocks_selection(settings, stack), settings.changed())


def pair(head: int, place: int) -> bytes:
    """A layer beside itself with a chosen head and query."""
    layer = trace(AttentionSpec(tokens=TOKENS, d_model=8, num_heads=4))
    cards = [Card(str(number)) for number in range(4)]
    chosen = {"head": head, "query": place, "key": 0}
    words = page_prose("compare")["picture"]
    rows = [Row("A", layer), Row("B", layer)]
    return compare_payload(rows, cards, range(4), chosen, {}, words, about=["about"], file="pair", difference="B - A")


def translation(head: int, place: int) -> bytes:
    """A sentence and its translation with a chosen head and word."""
    words, source = ("le", "chat", "voit", "<end>"), ("the", "cat", "sees")
    written = Written(
        source=EncodedText((4, 3, 6), source, (), 0, closed=False),
        words=words,
        text="le chat voit",
        log_prob=-1.0,
        candidates=tuple((Candidate(word, 0.75),) for word in words),
        cross_weights=torch.full((1, 4, len(words), len(source)), 1 / len(source)),
        influence=torch.full((len(words), len(source)), 1 / len(source)),
        tree=BeamTree((), 0),
    )
    settings = Translate(head=head + 1, layer=1, word=place + 1)
    picture = Picture("transformer", written, (), {"transformer": written}, None)
    return translation_payload(picture, settings, {}, page_prose("translate")["picture"])


PAYLOADS: Mapping[str, Callable[[int, int], bytes]] = {
    "stage": stage,
    "blocks": blocks,
    "pair": pair,
    "translation": translation,
}
"""What makes each canvas's message, with a chosen head and place: a query, a followed token or a written word."""

AHEAD = ("stage", "blocks")
"""Those that fetch pictures ahead of the page's run."""


class Canvas:
    """One component, mounted as Streamlit mounts it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.ahead = b""  # what /picture answers
        page.route(f"{HOST}/**", self._served)
        self.name = name
        page.goto(f"{HOST}/")
        page.evaluate(
            """async () => {
              const { default: render } = await import("/module.js");
              const parentElement = document.querySelector("#mount");
              window.told = [];
              const setStateValue = (_, selection) => told.push(selection);
              window.run = (data) => {
                window.again = () => render({ data, parentElement, setStateValue });
                again();
              };
            }"""
        )

    def _served(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).partition("?")[0]
        if path == "/":
            html = (ASSETS / self.name / f"{self.name}.html").read_text(encoding="utf-8")
            body = f'<!doctype html><title>{self.name}</title><div id="mount">{html}</div>'
            route.fulfill(body=body, content_type="text/html")
        elif path == "/module.js":
            route.fulfill(body=module_source(self.name), content_type="text/javascript")
        else:
            route.fulfill(body=self.ahead)

    def run(self, data: bytes | Mapping[str, Any]) -> None:
        """A run of the page brings a message."""
        if isinstance(data, bytes):
            text = base64.b64encode(data).decode()
            self.page.evaluate("(text) => run(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))", text)
        else:
            self.page.evaluate("(data) => run(data)", data)

    def preview(self, payload: bytes) -> None:
        """The link changes, and the picture that it names comes ahead of the run."""
        self.ahead = payload
        self.page.evaluate("() => history.replaceState(null, '', '?changed=1')")
        self.wait_for(payload)

    def wait_for(self, payload: bytes) -> None:
        """Until a message is on screen."""
        self.page.wait_for_function(
            "(wanted) => document.querySelector('#mount').dataset.revision === wanted",
            arg=revision_of(payload),
            timeout=PATIENCE_MS,
        )

    @property
    def shown(self) -> str:
        """The revision that is on screen."""
        revision: str = self.page.evaluate("() => document.querySelector('#mount').dataset.revision")
        return revision

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key, as typed on the canvas."""
        self.page.evaluate(
            """([key, shiftKey]) => document.querySelector("#mount").firstElementChild.dispatchEvent(
                 new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }))""",
            [key, shift],
        )

    def told(self, count: int = 1) -> list[dict[str, Any]]:
        """All selections that were sent, once there are so many."""
        self.page.wait_for_function("(count) => told.length >= count", arg=count, timeout=PATIENCE_MS)
        selections: list[dict[str, Any]] = self.page.evaluate("() => told")
        return selections


def revision_of(payload: bytes) -> str:
    """The name of a message's content."""
    length = int.from_bytes(payload[:4], "little")
    revision: str = json.loads(payload[4 : 4 + length])["revision"]
    return revision


@contextmanager
def mounted(browser: Browser, name: str) -> Iterator[Canvas]:
    """A component on a page of its own; a fault in it fails the test."""
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield Canvas(page, name)
    finally:
        page.close()
    assert faults == []
