"""A class: many visitors, each changing a control every two seconds; how soon they see it and what a visitor costs.

The visitors are clients in one asyncio process, on the same cores as the server (`benchmarks/visitor.py`). They do not
draw.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import psutil

from benchmarks import report
from benchmarks.probe import BARE_APP
from benchmarks.session import Run, Session
from benchmarks.visitor import RECONNECTS, RELOADS, Learner, fill_cache
from tests.browser.server import AppServer, running_app

EVERY_S = 2.0
PLAYED_S = {50: 30.0, 100: 40.0, 200: 40.0}
"""Seconds by number of visitors, one after the other."""
ELSEWHERE = 10
"""One visitor of so many is on another page."""
BARE_S = 20.0
WARM_UP_RUNS = 80
BARS = {100: (100.0, 300.0), 200: (250.0, None)}
"""By visitors: most milliseconds until the picture, and until the run is over, of 95 in 100."""


class Watch:
    """Processor time and memory of the server and of this client over a stretch of time."""

    def __init__(self, server: AppServer) -> None:
        self.processes = {"server": psutil.Process(server.pid), "client": psutil.Process()}
        self.restart()

    def restart(self) -> None:
        """Count from here."""
        self.began = time.perf_counter()
        self.spent = {name: self._seconds(name) for name in self.processes}

    def shares(self) -> list[float]:
        """Processor seconds a second, of the server and of the client."""
        elapsed = time.perf_counter() - self.began
        return [(self._seconds(name) - self.spent[name]) / elapsed for name in self.processes]

    def memory_mib(self) -> float:
        """Resident memory of the server."""
        return float(self.processes["server"].memory_info().rss) / 2**20

    def _seconds(self, name: str) -> float:
        times = self.processes[name].cpu_times()
        return float(times.user + times.system)


def run() -> dict[str, Any]:
    """Measure and judge."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    rows, bars, failures = [], [], []
    with running_app("app.py") as server:
        watch = Watch(server)
        async with AsyncExitStack() as stack:
            await _warmed_up(server.url)
            memory = watch.memory_mib()
            learners: list[Learner] = []
            for visitors, seconds in PLAYED_S.items():
                new = [await learner(stack, server.url, number) for number in range(len(learners), visitors)]
                learners += new
                rows.append(await _played(learners, watch, seconds))
                bars += _bars(learners)
                failures += [failure for each in learners for failure in each.failures]
                grown = 50 * (watch.memory_mib() - memory) / len(new)
                bars.append(report.bar(f"memory of the visitors up to {visitors}", grown, 50.0, "MiB a 50"))
                memory = watch.memory_mib()
        await asyncio.sleep(3)
        left = watch.memory_mib()
    with running_app(BARE_APP) as server:
        async with AsyncExitStack() as stack:
            rows += [await _bare(stack, server, visitors) for visitors in BARS]
    return {
        "title": "A class",
        "about": (
            f"Each visitor changes a control every {EVERY_S:.0f} s: temperature 40 %, a choice 25 %, the sentence "
            f"20 %, another head 15 %; one in {ELSEWHERE} is on the compare page. Before {RELOADS:.0%} of the changes "
            f"the page is reloaded, before {RECONNECTS:.0%} the connection is lost. A picture lasts from the change "
            "until all of `/picture` is there, a run from its request to `script_finished`. Clients share the cores "
            "with the server; processor time is in cores. `bare`: the slider of the bare app."
        ),
        "columns": [
            *("app", "visitors", "pictures", "picture p50 ms", "picture p95 ms", "picture p99 ms"),
            *("runs", "run p50 ms", "run p95 ms", "run p99 ms"),
            *("openings, p95 ms", "failures", "KB a change", "server, cores", "clients, cores", "server, MiB"),
        ],
        "rows": rows,
        "bars": bars,
        "memory_mib_after_all_left": left,
        "failures": failures[:20],
    }


async def learner(stack: AsyncExitStack, url: str, number: int, cookie: str = "") -> Learner:
    """One of the class, who stays until the stack is closed."""
    page = "compare" if number % ELSEWHERE == ELSEWHERE - 1 else ""
    return await stack.enter_async_context(Learner(url, number, page, cookie))


async def played(learners: list[Learner], seconds: float) -> None:
    """All of them change a control every EVERY_S."""
    for each in learners:
        each.restart()
    await asyncio.gather(*(every(each.change, seconds, each.random) for each in learners))


async def _warmed_up(url: str) -> None:
    await fill_cache(url)
    async with Learner(url, 1000) as first:
        for _run in range(WARM_UP_RUNS):
            await first.change()


async def _played(learners: list[Learner], watch: Watch, seconds: float) -> list[Any]:
    watch.restart()
    await played(learners, seconds)
    pictures, runs = joined(learners, "pictures"), joined(learners, "runs")
    openings, received = joined(learners, "openings"), joined(learners, "received")
    return [
        *("app", len(learners), len(pictures), *quantiles(pictures), len(runs), *quantiles(runs)),
        *(report.quantile(openings, 0.95) if openings else None, sum(len(each.failures) for each in learners)),
        *(sum(received) / len(received) / 1024, *watch.shares(), watch.memory_mib()),
    ]


def _bars(learners: list[Learner]) -> list[dict[str, Any]]:
    if len(learners) not in BARS:
        return []
    title, (picture, run) = f"{len(learners)} visitors", BARS[len(learners)]
    found = [
        report.bar(f"{title}: p95 of a picture", report.quantile(joined(learners, "pictures"), 0.95), picture, "ms")
    ]
    if run is not None:
        found.append(report.bar(f"{title}: p95 of a run", report.quantile(joined(learners, "runs"), 0.95), run, "ms"))
    return [*found, report.bar(f"{title}: failures", sum(len(each.failures) for each in learners), 0, "changes")]


def joined(learners: list[Learner], name: str) -> list[float]:
    """What all of them have measured of one kind."""
    return [value for each in learners for value in getattr(each, name)]


async def every(change: Callable[[], Awaitable[Any]], seconds: float, randomness: random.Random) -> None:
    """Call `change` every EVERY_S, from a random moment of the first interval on; late calls are not made up for."""
    due = time.perf_counter() + EVERY_S * randomness.random()
    end = time.perf_counter() + seconds
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await change()
        due = max(due + EVERY_S, time.perf_counter())


async def _bare(stack: AsyncExitStack, server: AppServer, visitors: int) -> list[Any]:
    sessions = [await stack.enter_async_context(Session(server.url)) for _visitor in range(visitors)]
    runs: list[Run] = []

    async def moved(session: Session, randomness: random.Random) -> None:
        session.set("number", double_array_value=[float(randomness.randrange(101))])
        runs.append(await session.rerun())

    watch = Watch(server)
    await asyncio.gather(
        *(
            every(partial(moved, session, seed), BARE_S, seed)
            for session, seed in zip(sessions, map(random.Random, range(visitors)), strict=True)
        )
    )
    return [
        *("bare", visitors, 0, None, None, None, len(runs), *quantiles([run.elapsed_ms for run in runs])),
        *(None, sum(bool(run.problem) for run in runs), sum(run.received for run in runs) / len(runs) / 1024),
        *(*watch.shares(), watch.memory_mib()),
    ]


def quantiles(times: list[float]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile."""
    return report.quantile(times, 0.5), report.quantile(times, 0.95), report.quantile(times, 0.99)
