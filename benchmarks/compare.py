"""The compare page in Chromium: from a change to the repainted pair, and a sweep; each beside the bare app."""

import statistics
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks import probe, report
from benchmarks.interaction import BLOCK, BLOCKS, PAUSE_MS, SLIDER, Control, stepped, to_and_fro
from tests.browser.chromium import find_chromium, launched_browser

TOKENS = 24
FACTOR = 2.5
SWEEP_MS = 1000.0
SWEEPS = 9  # the first is warm-up
ORDER = '.st-key-order_row [role="radio"][aria-checked="true"]'
TEMPERATURE = ".st-key-first_screen_a [data-name=temperature] input"
SWEEP = ".st-key-sweep_row [data-name=sweep] select"


def run() -> dict[str, Any]:
    """Measure and judge."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    with probe.servers() as (app, bare), launched_browser(executable) as browser:
        page = probe.open_page(browser, app.url + _link())
        controls = {
            "bare, slider": Control("bare, slider", probe.open_page(browser, bare.url), SLIDER, "text", to_and_fro),
            "A's temperature": Control("A's temperature", page, TEMPERATURE, "pair", _up),
            "order of heads": Control("order of heads", page, ORDER, "pair", _reordered),
        }
        for _block in range(BLOCKS):
            for control in controls.values():
                stepped(control)
        page.context.close()
        sweeps = [_swept(probe.open_page(browser, app.url + _link())) for _visit in range(SWEEPS)]
    return _judged(controls, sweeps[1:])


def _link() -> str:
    query = {"sentence": probe.sentence(TOKENS), "changes": "mask", "mask": "causal", "heads": 8}
    return f"/compare?{urlencode(query)}"


def _up(control: Control, _step: int) -> float:
    return probe.pressed(control.page, "ArrowUp", control.mark)


def _reordered(control: Control, step: int) -> float:
    return probe.pressed(control.page, "ArrowRight" if step % 2 == 0 else "ArrowLeft", control.mark)


def _swept(page: Page) -> float:
    """Milliseconds from the choice of a sweep of four values to its painted matrices."""
    field = page.locator(SWEEP)
    field.scroll_into_view_if_needed()
    page.wait_for_timeout(PAUSE_MS)
    field.focus()
    elapsed = probe.pressed(page, "ArrowDown", "sweep")  # heads, the first of all
    page.context.close()
    return elapsed


def _judged(controls: dict[str, Control], sweeps: list[float]) -> dict[str, Any]:
    bare = controls["bare, slider"].median
    rows: list[list[Any]] = []
    for control in controls.values():
        times = control.times[BLOCK:]
        rows.append([control.name, len(times), control.median, report.quantile(times, 0.95), control.median / bare])
    swept = statistics.median(sweeps)
    rows.append(["a sweep of 4 values × 8 heads", len(sweeps), swept, report.quantile(sweeps, 0.95), swept / bare])
    bars = [
        report.bar(f"{name}: step to repaint", controls[name].median, FACTOR * bare, "ms")
        for name in ("A's temperature", "order of heads")
    ]
    bars.append(report.bar("sweep: choice to painted matrices", swept, SWEEP_MS, "ms"))
    return {
        "title": "Compare",
        "about": (
            f"Chromium, from the key to the painted pair: {TOKENS} tokens, 8 heads of A, 8 of B and their difference. "
            f"Allowed: {FACTOR} times the bare slider's median; {SWEEP_MS:.0f} ms for a sweep."
        ),
        "columns": ["control", "n", "median ms", "p95 ms", "× bare"],
        "rows": rows,
        "bars": bars,
        "times_ms": {control.name: control.times for control in controls.values()} | {"sweep": sweeps},
    }
