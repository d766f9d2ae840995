"""A page under measurement: what a user does, and how long until the picture shows it.

Times are taken inside the browser: from the input event, seen first by a capturing listener on `window`, to the first
animation frame in which the mark has changed. The stage stamps `data-revision` on its host after the canvas is painted;
the bare app's mark is its text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, Page

from attnlab.ui.kit.visitor import COOKIE, new_secret
from tests.browser.chromium import wait_until_settled
from tests.browser.server import AppServer, running_app

BARE_APP = Path(__file__).parent / "bare_app.py"
STAGE = ".st-key-stage_canvas [data-revision]"
TEXT = '[data-testid="stText"]'

BOARD = {"stage": "softmax"}
"""A link that says so opens on the settings by default, and not on what tells a newcomer most."""
MOST_FOR_A_LANGUAGE = 1.1
"""How much longer than in English a page may take in another language, measured in turn with it."""
# A step that takes longer than this is a failure, not a measurement.
TIMEOUT_MS = 15_000

PROBE = """
(() => {
  const bench = (window.bench = { start: null });
  const stage = () => document.querySelector('.st-key-stage_canvas [data-revision]')?.dataset;
  const revisionOf = (key) => document.querySelector(`.st-key-${key} [data-revision]`)?.dataset.revision;
  const params = () => JSON.parse(stage()?.params ?? "{}");
  bench.marks = {
    revision: () => stage()?.revision,
    sentence: () => params().sentence,
    temperature: () => params().temperature ?? 1,
    pair: () => revisionOf("pair_canvas"),
    sweep: () => revisionOf("sweep_canvas"),
    blocks: () => revisionOf("blocks_canvas"),
    overview: () => revisionOf("overview_canvas"),
    words: () => revisionOf("start_canvas"),
    text: () => document.querySelector('[data-testid="stText"]')?.textContent,
  };
  const stamp = () => { bench.start = performance.now(); };
  for (const kind of ["keydown", "pointerup"]) addEventListener(kind, stamp, true);

  /** Milliseconds from the latest input event to the frame in which done() holds. */
  const until = (done) => new Promise((resolve, reject) => {
    const began = performance.now();
    const look = () => {
      const now = performance.now();
      if (bench.start !== null && done()) resolve(now - bench.start);
      else if (now - began > TIMEOUT_MS) reject(new Error("nothing was painted"));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  bench.change = (mark) => {
    const before = bench.marks[mark]();
    bench.start = null;
    bench.waiting = until(() => bench.marks[mark]() !== before);
  };
  bench.contains = (mark, part) => {
    bench.start = null;
    bench.waiting = until(() => (bench.marks[mark]() ?? "").includes(part));
  };
  /** The picture has the value that the live slider shows. */
  bench.shows = (slider) => {
    const find = (node) => node.querySelector("output") ??
      [...node.querySelectorAll("*")].map((child) => child.shadowRoot && find(child.shadowRoot)).find(Boolean);
    const output = find(document.querySelector(slider));
    bench.start = null;
    bench.waiting = until(() => bench.marks.temperature() === Number(output.textContent));
  };

  /** Count the frames in which another revision is on screen. */
  bench.count = () => {
    bench.repaints = 0;
    bench.counting = true;
    let last = bench.marks.revision();
    const look = () => {
      const now = bench.marks.revision();
      if (now !== last) bench.repaints += 1;
      last = now;
      if (bench.counting) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };

  /** Milliseconds from the start of the navigation to the first frame with a picture, and with the page's own. */
  const first = () => {
    const { revision, pair, blocks, words, text } = bench.marks;
    const mark = revision() ?? pair() ?? blocks() ?? words() ?? text();
    if (mark !== undefined || document.querySelector("#early[data-painted]")) bench.seen ??= performance.now();
    if (mark === undefined) requestAnimationFrame(first);
    else bench.firstPaint = performance.now();
  };
  requestAnimationFrame(first);
})();
""".replace("TIMEOUT_MS", str(TIMEOUT_MS))


@contextmanager
def servers() -> Iterator[tuple[AppServer, AppServer]]:
    """The app and the bare app beside it, under the same configuration."""
    with running_app("app.py") as app, running_app(BARE_APP) as bare:
        yield app, bare


def sentence(tokens: int) -> str:
    """A sentence of so many tokens, 12 of them the page's own."""
    words = ("The", "cat", "sat", "on", "the", "mat", ",", "because", "it", "was", "tired", ".")
    return " ".join(words[index % len(words)] for index in range(tokens))


def link(tokens: int) -> str:
    """The explorer's address for a sentence of so many tokens, with its settings as they are by default."""
    return f"/?{urlencode(BOARD)}" if tokens == 12 else f"/?sentence={quote(sentence(tokens))}"


def link_in(language: str) -> str:
    """The explorer's address for the page's own sentence, the same in every language."""
    return f"/?{urlencode({**BOARD, 'sentence': sentence(12), 'lang': language})}"


def open_page(browser: Browser, address: str) -> Page:
    """A visitor of its own, returned when the first picture is painted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    # Who was never here is led from the bare address to the start page.
    context.add_cookies([{"name": COOKIE, "value": new_secret(), "url": address}])
    page = context.new_page()
    page.add_init_script(PROBE)
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => bench.firstPaint", timeout=60_000)
    wait_until_settled(page)
    return page


def pressed(page: Page, key: str, mark: str) -> float:
    """Press a key; milliseconds until the mark has changed."""
    page.evaluate("mark => bench.change(mark)", mark)
    page.keyboard.press(key)
    return waited(page)


def waited(page: Page) -> float:
    """The answer of what the page was asked to wait for."""
    value: Any = page.evaluate("() => bench.waiting")
    return float(value)
