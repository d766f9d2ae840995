"""How many bytes one repaint sends: the payload alone, and all that a visitor receives for one change."""

import asyncio
from typing import Any

from attnlab.looks import layers
from attnlab.pictures.stage import stage_payload
from attnlab.prose import page_prose
from attnlab.settings.attention import Explorer, attention_spec, stage_selection
from benchmarks import report
from benchmarks.probe import sentence
from benchmarks.session import Run, Session
from tests.browser.server import running_app

KIB = 1024
# Settings that differ from the page's own; each row is one repaint.
CASES: dict[str, dict[str, Any]] = {
    "12 tokens × 8 heads × d 64, the page as it opens": {},
    "12 tokens, RoPE": {"positions": "rope"},
    "12 tokens, ALiBi, dropout": {"positions": "alibi", "dropout": 0.2},
    "12 tokens × 16 heads × d 128": {"heads": 16, "d_model": 128},
    "64 tokens × 8 heads × d 64": {"sentence": sentence(64)},
    "128 tokens × 8 heads × d 64": {"sentence": sentence(128)},
    "128 tokens × 16 heads × d 128, ALiBi, dropout": {
        "sentence": sentence(128),
        "heads": 16,
        "d_model": 128,
        "positions": "alibi",
        "dropout": 0.2,
    },
    "128 tokens, the widest that a link can ask for": {
        "sentence": sentence(128),
        "heads": 16,
        "d_model": 256,
        "d_k": 128,
        "d_v": 128,
        "positions": "alibi",
        "dropout": 0.2,
    },
}


def run() -> dict[str, Any]:
    """Measure and judge."""
    sizes = {name: _payload(settings) for name, settings in CASES.items()}
    first, change = asyncio.run(_on_the_wire())
    names = list(sizes)
    rows: list[list[Any]] = [[name, size / KIB] for name, size in sizes.items()]
    rows += [
        ["all that a first visit receives over its WebSocket", first.received / KIB],
        ["all that one change of the page as it opens receives", change.received / KIB],
        ["… of which the stage's message, its JavaScript included", change.elements["stage_canvas"] / KIB],
    ]
    return {
        "title": "Payload",
        "about": "Bytes of `stage_payload`, which carries every number that a repaint shows; 1 KB is 1024 bytes.",
        "columns": ["case", "KB"],
        "rows": rows,
        "bars": [
            report.bar("payload at 12 tokens × 8 heads × d 64", sizes[names[0]] / KIB, 100.0, "KB"),
            *(
                report.bar(f"payload at {name}", sizes[name] / KIB, 1024.0, "KB")
                for name in names
                if name.startswith("128")
            ),
        ],
        "messages_per_change": change.messages,
    }


def _payload(settings: dict[str, Any]) -> int:
    explorer = Explorer.of(settings)
    spec, _text = attention_spec(explorer)
    trace = layers.trace(spec)
    words = page_prose("attention")["stage"]
    return len(stage_payload(trace, stage_selection(explorer, spec), explorer.changed(), words))


async def _on_the_wire() -> tuple[Run, Run]:
    with running_app("app.py") as server:
        async with Session(server.url) as visitor:
            first = visitor.first
            visitor.set("mask", string_value="none")
            return first, await visitor.rerun(mask="none")
