"""How many bytes one repaint sends: the payload alone, and all that a visitor receives for one change."""

import asyncio
import gzip
import json
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from attnlab.engine import Edit
from attnlab.looks.layers import asked
from attnlab.pictures.stage import stage_before, stage_changes, stage_lines, stage_picture
from attnlab.pictures.wide import Line
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded
from attnlab.ui.attention.controls import BAR
from benchmarks import report
from benchmarks.probe import BOARD, sentence
from benchmarks.session import Run, Session
from tests.browser.chromium import find_chromium, launched_browser
from tests.browser.module_page import as_base64, module_page
from tests.browser.server import running_app

KIB = 1024
WIDEST: dict[str, Any] = {"sentence": sentence(128), "heads": 16, "d_model": 256, "d_k": 128, "d_v": 128}
SWAPPED = {"s": encoded((Edit("swap", 0, 1, 2, 0.0),))}
# Settings that differ from the page's own; each row is one repaint.
CASES: dict[str, dict[str, Any]] = {
    "12 tokens × 8 heads × d 64, the page as it opens": {},
    "12 tokens, RoPE": {"positions": "rope"},
    "12 tokens, ALiBi, dropout": {"positions": "alibi", "dropout": 0.2},
    "12 tokens × 16 heads × d 128": {"heads": 16, "d_model": 128},
    "64 tokens × 8 heads × d 64": {"sentence": sentence(64)},
    "64 tokens × 8 heads, the widest": {**WIDEST, "sentence": sentence(64), "heads": 8},
    "128 tokens × 8 heads × d 64": {"sentence": sentence(128)},
    "128 tokens × 16 heads × d 128, ALiBi, dropout": {
        "sentence": sentence(128),
        "heads": 16,
        "d_model": 128,
        "positions": "alibi",
        "dropout": 0.2,
    },
    "128 tokens, the widest that a link can ask for": {**WIDEST, "positions": "alibi", "dropout": 0.2},
    "128 tokens, the widest in float64": {**WIDEST, "dtype": "float64"},
    "128 tokens, the widest with RoPE, QK-norm and a swap": {**WIDEST, "positions": "rope", "qk_norm": True, **SWAPPED},
}
READ = [Line("concat", True, 3), Line("w_output", False, 5), Line("output", True, 3)]
"""What one cell of the output is made of."""
REPEATS = 15


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        RuntimeError: there is no Chromium.
    """
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    packs = {name: _packing(stage_picture, settings) for name, settings in CASES.items()}
    last = CASES[list(CASES)[-1]]
    packs["… of which a cell's numbers, asked for"] = _packing(lambda wanted: stage_lines(wanted, READ), last)
    packs["… of which how it looked before the edits, asked for"] = _packing(stage_before, last)
    packs["… of which what edits changed, asked for"] = _packing(stage_changes, last)
    measured = {name: (pack(), _repeated_ms(pack)) for name, pack in packs.items()}
    decoded = _decoded_ms(executable, [payload for payload, _ in measured.values()])
    first, change = asyncio.run(_on_the_wire())
    rows: list[list[Any]] = [
        [name, len(payload) / KIB, len(gzip.compress(payload, 9)) / KIB, pack_ms, decode_ms]
        for (name, (payload, pack_ms)), decode_ms in zip(measured.items(), decoded, strict=True)
    ]
    sizes = {name: len(payload) for name, (payload, _) in measured.items()}
    names = list(CASES)
    received = {
        "all that a first visit receives over its WebSocket": first.received,
        "all that one change of the page as it opens receives": change.received,
        "… of which the stage's message, its JavaScript included": change.elements["stage_canvas"],
    }
    rows += [[name, size / KIB, None, None, None] for name, size in received.items()]
    return {
        "title": "Payload",
        "about": (
            "Bytes of a repaint, raw and as `/picture` compresses them, and the median time to pack them on the server "
            "and to decode them in Chromium. Where all numbers are too many the largest matrices are sent as they "
            "look, and the numbers that somebody reads are asked for. 1 KB is 1024 bytes."
        ),
        "columns": ["case", "KB", "KB, gzip", "packed in ms", "decoded in ms"],
        "rows": rows,
        "bars": [
            report.bar("payload at 12 tokens × 8 heads × d 64", sizes[names[0]] / KIB, 100.0, "KB"),
            *(
                report.bar(f"payload at {name}", sizes[name] / KIB, 512.0 if name.startswith("64") else 1024.0, "KB")
                for name in names
                if name.startswith(("64", "128"))
            ),
        ],
        "messages_per_change": change.messages,
    }


def _packing(draw: Callable[..., bytes], settings: dict[str, Any]) -> Callable[[], bytes]:
    """What packs a picture whose numbers are computed already."""
    wanted = asked(Explorer.of(settings))
    wanted.trace()
    wanted.before()
    return lambda: draw(wanted)


def _repeated_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def _decoded_ms(executable: str, payloads: list[bytes]) -> list[float]:
    """Milliseconds in which Chromium decodes each."""
    script = """([base64, repeats]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const times = Array.from({ length: repeats }, () => {
        const began = performance.now();
        m.payload.decodePayload(bytes);
        return performance.now() - began;
      });
      return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
    }"""
    with launched_browser(executable) as browser, module_page(browser) as page:
        return [float(page.evaluate(script, [as_base64(payload), REPEATS])) for payload in payloads]


async def _on_the_wire() -> tuple[Run, Run]:
    with running_app("app.py") as server:
        async with Session(server.url, urlencode(BOARD)) as visitor:
            first = visitor.first
            visitor.set(BAR, bool_value=True)
            await visitor.rerun()
            chosen = {"count": 1, "values": {"mask": "none"}}
            visitor.set("first_screen", json_value=json.dumps({"chosen": chosen}))
            return first, await visitor.rerun(mask="none")
