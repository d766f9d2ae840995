"""A class that starts to train: sixty visitors press Start within a minute, and others go on exploring.

Each of the sixty has the page of the race open from then on, which asks for its state as often as a browser would.
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attnlab.training import Run as Race
from attnlab.training import RunStore
from attnlab.ui.kit.visitor import COOKIE, new_secret
from benchmarks import report
from benchmarks.load import joined, learner, played, quantiles
from benchmarks.session import Session
from benchmarks.visitor import GIVE_UP_S, Learner
from tests.browser.server import running_app

STARTERS = 60
WITHIN_S = 60.0
EXPLORERS = 20
IDLE_S = 20.0
AFTERWARDS_S = 30.0


class Starter:
    """One who opens the training page, presses Start and looks on."""

    def __init__(self, url: str, number: int) -> None:
        self.session = Session(url, page="training", cookie=f"{COOKIE}={new_secret()}")
        self.starts_after = random.Random(number).uniform(0, WITHIN_S)
        self.started_ms = 0.0
        self.looks: list[float] = []  # ms, of the runs that the page asks for by itself
        self.problems: list[str] = []

    async def plays(self, until: float) -> None:
        """Open the page, press Start at the own moment, and look on until then; an answer that never comes is noted."""
        try:
            async with asyncio.timeout(until - time.perf_counter() + GIVE_UP_S):
                await self._plays(until)
        except TimeoutError:
            self._note("no answer came")

    async def _plays(self, until: float) -> None:
        async with self.session as page:
            await asyncio.sleep(self.starts_after)
            page.set("start", trigger_value=True)
            run = await page.rerun()
            del page.state["start"]  # it was pressed once
            self.started_ms = run.elapsed_ms
            self._note(run.problem)
            while time.perf_counter() < until:
                for fragment, seconds in list(page.repeats.items()):
                    await asyncio.sleep(seconds / len(page.repeats))
                    look = await page.repeat(fragment)
                    self.looks.append(look.elapsed_ms)
                    self._note(look.problem)
                if not page.repeats:
                    return

    def _note(self, problem: str) -> None:
        if problem:
            self.problems.append(problem)


def run() -> dict[str, Any]:
    """Measure and judge."""
    with tempfile.TemporaryDirectory(prefix="attnlab-burst-") as folder:
        return asyncio.run(_run(f"sqlite:///{Path(folder) / 'runs.db'}"))


async def _run(address: str) -> dict[str, Any]:
    store = RunStore(address)
    with running_app("app.py", env={"ATTNLAB_STORE": address}) as server:
        async with AsyncExitStack() as stack:
            learners = [await learner(stack, server.url, number) for number in range(EXPLORERS)]
            await played(learners, IDLE_S / 2)  # warm
            await played(learners, IDLE_S)
            idle = _looked(learners)
            starters = [Starter(server.url, number) for number in range(STARTERS)]
            lasts = WITHIN_S + AFTERWARDS_S
            until = time.perf_counter() + lasts
            await asyncio.gather(played(learners, lasts), *(starter.plays(until) for starter in starters))
            during = _looked(learners)
            failures = [failure for each in learners for failure in each.failures]
        races = store.runs.history(limit=2 * STARTERS)
    store.close()
    failures += [problem for starter in starters for problem in starter.problems]
    return _judged(idle, during, starters, races, failures)


def _looked(learners: list[Learner]) -> dict[str, list[float]]:
    return {name: joined(learners, name)[:] for name in ("pictures", "runs")}


def _judged(
    idle: dict[str, list[float]],
    during: dict[str, list[float]],
    starters: list[Starter],
    races: list[Race],
    failures: list[str],
) -> dict[str, Any]:
    rows: list[list[Any]] = [
        [f"{name} of {EXPLORERS} explorers, {when}", len(times), *quantiles(times)]
        for name in ("pictures", "runs")
        for when, times in (("idle", idle[name]), ("during the burst", during[name]))
    ]
    looks = [look for starter in starters for look in starter.looks]
    rows += [
        [f"Start, {STARTERS} visitors", STARTERS, *quantiles([starter.started_ms for starter in starters])],
        ["a look at the own race", len(looks), *quantiles(looks)],
    ]
    owners = Counter(race.owner for race in races)
    states = Counter(race.status for race in races)
    times = [report.quantile(of["pictures"], 0.95) for of in (idle, during)]
    return {
        "title": "A class that starts to train",
        "about": (
            f"{STARTERS} visitors press Start within {WITHIN_S:.0f} s (the race that the page opens with), each with "
            f"the page of the race open afterwards; {EXPLORERS} others change a control every two seconds, before and "
            f"meanwhile. After {WITHIN_S + AFTERWARDS_S:.0f} s: "
            + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            + "."
        ),
        "columns": ["what", "times", "p50 ms", "p95 ms", "p99 ms"],
        "rows": rows,
        "bars": [
            report.bar("p95 of an explorer's picture during the burst / idle", times[1] / times[0], 2.0, "times"),
            report.bar("races that were started", len(races), STARTERS, "races", at_least=True),
            report.bar("most races of one visitor", max(owners.values(), default=0), 1, "races"),
            report.bar("failures", len(failures), 0, "answers"),
        ],
        "failures": failures[:20],
    }
