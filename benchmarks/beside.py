"""Training beside the explorer: how much slower a control answers while a race runs; how long a long curve takes.

The explorer's controls are stepped on an idle app, then again while a race trains in the worker of the same app. And a
run of 200,000 points is opened on the training page.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from attnlab.training import Point, RunStore
from attnlab.training.shown.races import RACES
from benchmarks import interaction, probe, report
from tests.browser.chromium import find_chromium, launched_browser, wait_until_settled
from tests.browser.server import running_app

BLOCKS = 9  # of interaction.BLOCK steps; the first is warm-up
POINTS = 200_000
STEPS = 20_000  # of the race beside: it outlasts the measurement, and is stopped


def run() -> dict[str, Any]:
    """Measure and judge."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("no Chromium found: set $CHROMIUM")
    with tempfile.TemporaryDirectory(prefix="attnlab-beside-") as folder:
        address = f"sqlite:///{Path(folder) / 'runs.db'}"
        store = RunStore(address)
        long = _long_run(store)
        with (
            running_app("app.py", env={"ATTNLAB_STORE": address}) as app,
            launched_browser(executable) as browser,
        ):
            idle = _explored(browser, app.url)
            race = _race(store, browser, app.url)
            busy = _explored(browser, app.url)
            trained = store.runs.get(race).counters.step
            store.commands.send(race, "stop", by="benchmark")
            drawn_ms = _drawn(browser, f"{app.url}/training?run={long}")
        store.close()
    return _judged(idle, busy, trained, drawn_ms)


def _explored(browser: Browser, url: str) -> dict[str, list[float]]:
    """Milliseconds from a step to the picture, by control; warm-up left out."""
    address = url + probe.link(12)
    controls = [
        interaction.Control(
            "choice",
            probe.open_page(browser, address),
            interaction.POSITIONS,
            "revision",
            interaction.chosen,
        ),
        interaction.Control(
            "live slider",
            probe.open_page(browser, address),
            interaction.TEMPERATURE,
            "revision",
            interaction.to_and_fro,
        ),
    ]
    for _block in range(BLOCKS):
        for control in controls:
            interaction.stepped(control)
    for control in controls:
        control.page.context.close()
    return {control.name: control.times[interaction.BLOCK :] for control in controls}


def _race(store: RunStore, browser: Browser, url: str) -> str:
    """A race that trains, with a page that watches it, as in a class."""
    plan = replace(RACES["recall"], steps=STEPS)
    run = store.runs.create(plan.to_config(), owner="benchmark", name="beside")
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{url}/training?run={run.id}")
    deadline = time.monotonic() + 60
    while store.runs.get(run.id).counters.step < 20:
        if time.monotonic() > deadline:
            raise RuntimeError("the race did not start")
        page.wait_for_timeout(200)
    return run.id


def _long_run(store: RunStore) -> str:
    """A finished run with POINTS points."""
    run = store.runs.create(RACES["recall"].to_config(), owner="benchmark", name="long")
    store.queue.claim("benchmark", run.id)
    families = RACES["recall"].families
    steps = POINTS // len(families) + 1
    points = [
        Point(family, step, step * 64, step / 50, loss=3.5 / (1 + step / 9000) + (step * 7919 % 101) / 2000)
        for step in range(steps)
        for family in families
    ][:POINTS]
    for start in range(0, POINTS, 5_000):
        store.points.append(run.id, "benchmark", points[start : start + 5_000])
    store.queue.mark(run.id, "benchmark", "finished")
    return run.id


def _drawn(browser: Browser, address: str) -> float:
    """Milliseconds from a warm page's navigation to its curves; the better of three, as a visitor comes again."""
    times = []
    for _ in range(3):
        page: Page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(
            "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg", timeout=60_000
        )
        times.append(1000 * (time.perf_counter() - began))
        wait_until_settled(page)
        page.context.close()
    return min(times)


def _judged(
    idle: dict[str, list[float]], busy: dict[str, list[float]], trained: int, drawn_ms: float
) -> dict[str, Any]:
    rows, bars = [], []
    for name, times in idle.items():
        before, during = statistics.median(times), statistics.median(busy[name])
        p95 = statistics.quantiles(busy[name], n=20)[-1]
        rows.append([name, before, during, during / before, p95])
        bars.append(report.bar(f"{name}: median while a race runs / idle", during / before, 2.0, "times"))
        bars.append(report.bar(f"{name}: p95 while a race runs", p95, 300.0, "ms"))
    return {
        "title": "Beside a race",
        "about": (
            f"The explorer's controls, 12 tokens × 8 heads × d 64, idle and while a race of three trains in the app's "
            f"worker and a second page watches it; it made {trained} steps meanwhile. Opening the training page on a "
            f"run of {POINTS:,} points takes {drawn_ms:.0f} ms from the navigation to the curves."
        ),
        "columns": ["control", "idle, ms", "beside a race, ms", "× idle", "p95 beside a race, ms"],
        "rows": rows,
        "bars": bars,
    }
