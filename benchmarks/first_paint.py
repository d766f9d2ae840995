"""From opening the address in a fresh browser to the painted stage, beside the bare app's text; the server is warm."""

import statistics
from typing import Any

from playwright.sync_api import Browser

from benchmarks import probe, report
from tests.browser.chromium import find_chromium, launched_browser

VISITS = 11
WARM_UP = 2
MOST = 1.4
OWN = ", that answers"


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
            "app, English": app.url + probe.link_in("en"),
            "app, Chinese": app.url + probe.link_in("zh"),
        }
        times: dict[str, list[float]] = {f"{name}{when}": [] for name in addresses for when in ("", OWN)}
        for _visit in range(WARM_UP + VISITS):
            for name, address in addresses.items():
                seen, own = _visited(browser, address)
                times[name].append(seen)
                times[f"{name}{OWN}"].append(own)
        del times[f"bare{OWN}"]  # which draws nothing before it begins
    times = {name: measured[WARM_UP:] for name, measured in times.items()}
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    return {
        "title": "First paint",
        "about": (
            "A fresh browser context without any cache, from the start of the navigation to the first frame that shows "
            "the picture of the start page, the stage, or the bare app's text, one after the other in turn; and to the "
            "page's own, which answers, where a picture was drawn before the app had begun. Allowed: 1.4 times the "
            f"bare app; in Chinese {probe.MOST_FOR_A_LANGUAGE} times the same page in English."
        ),
        "columns": ["page", "n", "median ms", "slowest ms", "× bare"],
        "rows": [
            [name, len(times[name]), median, max(times[name]), median / medians["bare"]]
            for name, median in medians.items()
        ],
        "bars": [
            report.bar("address to painted stage", medians["app"], MOST * medians["bare"], "ms"),
            *(
                report.bar(f"in Chinese beside English{when}", ratio, probe.MOST_FOR_A_LANGUAGE, "times")
                for when in ("", OWN)
                if (ratio := medians[f"app, Chinese{when}"] / medians[f"app, English{when}"])
            ),
        ],
        "times_ms": times,
    }


def _visited(browser: Browser, address: str) -> tuple[float, float]:
    page = probe.open_page(browser, address)
    seen, own = page.evaluate("() => [bench.seen, bench.firstPaint]")
    page.context.close()
    return float(seen), float(own)
