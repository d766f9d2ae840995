"""From opening the address in a fresh browser to the painted stage, beside the bare app's text; the server is warm."""

import statistics
from typing import Any

from playwright.sync_api import Browser

from benchmarks import probe, report
from tests.browser.chromium import find_chromium, launched_browser

VISITS = 11
WARM_UP = 2


def run() -> dict[str, Any]:
    """Measure and judge."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    with probe.servers() as (app, bare), launched_browser(executable) as browser:
        addresses = {
            "bare": bare.url,
            "start": f"{app.url}/start",
            "app": app.url,
            "app, designed": app.url + probe.link(12),
            f"app, {64} tokens": app.url + probe.link(64),
        }
        times: dict[str, list[float]] = {name: [] for name in addresses}
        for _visit in range(WARM_UP + VISITS):
            for name, address in addresses.items():
                times[name].append(_visited(browser, address))
    times = {name: measured[WARM_UP:] for name, measured in times.items()}
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    return {
        "title": "First paint",
        "about": (
            "A fresh browser context without any cache, from the start of the navigation to the first frame that shows "
            "the picture of the start page, the stage, or the bare app's text, one after the other in turn. Allowed: "
            "1.5 times the bare app."
        ),
        "columns": ["page", "n", "median ms", "slowest ms", "× bare"],
        "rows": [
            [name, len(times[name]), median, max(times[name]), median / medians["bare"]]
            for name, median in medians.items()
        ],
        "bars": [report.bar("address to painted stage", medians["app"], 1.5 * medians["bare"], "ms")],
        "times_ms": times,
    }


def _visited(browser: Browser, address: str) -> float:
    page = probe.open_page(browser, address)
    elapsed = float(page.evaluate("() => bench.firstPaint"))
    page.context.close()
    return elapsed
