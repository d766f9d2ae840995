"""A class: many visitors, each changing a control every two seconds; how long a rerun takes and what a visitor costs.

The visitors are plain WebSocket clients in one asyncio process, on the same cores as the server. They do not draw.
"""

import asyncio
import json
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil

from attnlab.byte_cache import SHARED, bytes_of
from attnlab.looks import layers
from attnlab.settings.attention import Explorer
from benchmarks import report
from benchmarks.probe import BARE_APP
from benchmarks.session import Run, Session
from tests.browser.server import AppServer, running_app

EVERY_S = 2.0
PLAYED_S = {50: 30.0, 100: 60.0}  # by number of visitors, one after the other
BARE_S = 20.0
ANSWER_MS = 10_000  # a later answer is a failure
WARM_UP_RUNS = 80  # fills the shared cache of traces, so that memory counted later is the visitors'
STAGE = "stage_canvas"

SENTENCES = (
    "The cat sat on the mat, because it was tired.",
    "The animal did not cross the street because it was tired.",
    "My dog chased your dog around the old house, again.",
    "She said that he said that she had said so.",
    "One two three one two three one two three four.",
    "Attention is all you need, said the paper in 2017.",
)
WORDS = ("tree", "river", "lamp", "stone", "cloud", "paper", "glass", "bird", "light", "road", "moon", "song", "door")
CHOICES = {
    "heads": ("1", "2", "4", "8", "16"),
    "positions": ("none", "sinusoidal", "learned", "rope", "alibi"),
    "mask": ("none", "causal", "window"),
}


@dataclass
class Learner:
    """One visitor of the class and what its page shows."""

    session: Session
    random: random.Random
    settings: dict[str, Any] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A browser sends the value of every widget in sight with every change."""
        opening = Explorer().values()
        self.settings |= {name: str(opening[name]) for name in (*CHOICES, "sentence", "d_model")} | {"head": 0}
        self.session.set("sentence", string_value=self.settings["sentence"])
        for name in (*CHOICES, "d_model"):
            self._set(name)

    def _set(self, name: str) -> None:
        """As the widget sends it: a row of buttons a list of one, a list to pick from a text."""
        value = self.settings[name]
        if name in {"positions", "mask"}:
            self.session.set(name, string_value=value)
        else:
            self.session.set(name, string_array_value=[value])

    async def change(self, cached: "CacheModel") -> None:
        """Change one control and wait for the picture."""
        action = self.random.choices(
            [self._temperature, self._sentence, self._choice, self._head], weights=[40, 20, 25, 15]
        )[0]
        action()
        # The trace is the same whichever head is looked at.
        cached.ask(tuple(sorted((name, value) for name, value in self.settings.items() if name != "head")))
        run = await self.session.rerun()
        self.times.append(run.elapsed_ms)
        self.received.append(run.received)
        if run.problem or STAGE not in run.elements:
            self.failures.append(run.problem or "no picture came")
        elif run.elapsed_ms > ANSWER_MS:
            self.failures.append(f"the picture came after {run.elapsed_ms:.0f} ms")

    def _temperature(self) -> None:
        """Any place of the live slider."""
        self.settings["temperature"] = round(0.05 * 200 ** self.random.random(), 2)
        value = {"value": {"value": self.settings["temperature"], "final": True}}
        self.session.set("temperature_slider", json_value=json.dumps(value))

    def _sentence(self) -> None:
        words = self.random.choice(SENTENCES).split()
        words[self.random.randrange(len(words))] = self.random.choice(WORDS)
        self.settings["sentence"] = " ".join(words)
        self.session.set("sentence", string_value=self.settings["sentence"])

    def _choice(self) -> None:
        name = self.random.choice(sorted(CHOICES))
        self.settings[name] = self.random.choice([value for value in CHOICES[name] if value != self.settings[name]])
        self._set(name)

    def _head(self) -> None:
        """Another head is picked on the stage."""
        self.settings["head"] = head = (self.settings["head"] + 1) % int(self.settings["heads"])
        selection = {"head": head, "query": 4, "key": 3, "stage": "softmax", "view": "matrix"}
        self.session.set(STAGE, json_value=json.dumps({"selection": selection}))


class CacheModel:
    """The server's cache of traces replayed here, to say how many requests it answers; order may differ by a few."""

    def __init__(self) -> None:
        self.size = SHARED.bound // bytes_of(layers.asked(Explorer()).trace())
        self.held: OrderedDict[tuple[Any, ...], None] = OrderedDict()
        self.asked = self.hits = 0

    def ask(self, settings: tuple[Any, ...]) -> None:
        """Count one request."""
        self.asked += 1
        self.hits += settings in self.held
        self.held[settings] = None
        self.held.move_to_end(settings)
        if len(self.held) > self.size:
            self.held.popitem(last=False)


class Watch:
    """Processor time and memory of the server and of this client over a stretch of time."""

    def __init__(self, server: AppServer) -> None:
        self.processes = {"server": psutil.Process(server.pid), "client": psutil.Process()}
        self.restart()

    def restart(self) -> None:
        """Count from here."""
        self.began = time.perf_counter()
        self.spent = {name: self._seconds(name) for name in self.processes}

    def shares(self) -> dict[str, float]:
        """Processor seconds a second."""
        elapsed = time.perf_counter() - self.began
        return {name: (self._seconds(name) - self.spent[name]) / elapsed for name in self.processes}

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
    rows, bars, phases = [], [], {}
    with running_app("app.py") as server:
        watch, cached = Watch(server), CacheModel()
        async with AsyncExitStack() as stack:
            first = await _learner(stack, server, 0)
            for _run in range(WARM_UP_RUNS):
                await first.change(cached)
            memory = watch.memory_mib()
            rows.append(["app", 1, len(first.times), *quantiles(first.times), len(first.failures), *[None] * 4, memory])
            learners: list[Learner] = []
            for visitors, seconds in PLAYED_S.items():
                learners += [await _learner(stack, server, 1 + number) for number in range(len(learners), visitors)]
                phase = await _played(learners, watch, cached, seconds)
                phases[visitors] = phase
                rows.append(_row("app", phase))
                grown = phase["memory_mib"] - memory
                memory = phase["memory_mib"]
                bars.append(report.bar(f"memory of the visitors up to {visitors}", grown, 50.0, "MiB a 50"))
        await asyncio.sleep(3)
        left = watch.memory_mib()
    with running_app(BARE_APP) as server:
        async with AsyncExitStack() as stack:
            rows.append(_row("bare", await _bare(stack, server, max(PLAYED_S))))
    most = phases[max(PLAYED_S)]
    title = f"{max(PLAYED_S)} visitors"
    bars = [
        report.bar(f"{title}: p95 of a rerun", most["p95"], 100.0, "ms"),
        report.bar(f"{title}: failures", most["failures"], 0, "runs"),
        *bars,
    ]
    return {
        "title": "A class",
        "about": (
            f"Each visitor changes a control every {EVERY_S:.0f} s: temperature 40 %, a choice 25 %, the sentence "
            "20 %, another head 15 %. A rerun lasts from sending the change to `script_finished`, all messages "
            "received. Clients share the cores with the server; processor time is in cores. `bare`: the slider of the "
            "bare app."
        ),
        "columns": [
            *("app", "visitors", "reruns", "p50 ms", "p95 ms", "p99 ms", "failures"),
            *("cache hits, %", "KB a rerun", "server, cores", "clients, cores", "server, MiB"),
        ],
        "rows": rows,
        "bars": bars,
        "memory_mib_after_all_left": left,
        "failures": [failure for learner in learners for failure in learner.failures][:20],
    }


async def _learner(stack: AsyncExitStack, server: AppServer, number: int) -> Learner:
    session = await stack.enter_async_context(Session(server.url))
    return Learner(session, random.Random(number))


async def _played(learners: list[Learner], watch: Watch, cached: CacheModel, seconds: float) -> dict[str, Any]:
    for learner in learners:
        learner.times.clear()
        learner.received.clear()
        learner.failures.clear()
    watch.restart()
    cached.asked = cached.hits = 0
    await asyncio.gather(*(every(partial(learner.change, cached), seconds, learner.random) for learner in learners))
    times = [time for learner in learners for time in learner.times]
    received = [size for learner in learners for size in learner.received]
    p50, p95, p99 = quantiles(times)
    return {
        "visitors": len(learners),
        "n": len(times),
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "failures": sum(len(learner.failures) for learner in learners),
        "hit_share": cached.hits / max(cached.asked, 1),
        "kib": sum(received) / max(len(received), 1) / 1024,
        **watch.shares(),
        "memory_mib": watch.memory_mib(),
    }


async def every(change: Callable[[], Any], seconds: float, randomness: random.Random) -> None:
    """Call `change` every EVERY_S, from a random moment of the first interval on; late calls are not made up for."""
    due = time.perf_counter() + EVERY_S * randomness.random()
    end = time.perf_counter() + seconds
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await change()
        due = max(due + EVERY_S, time.perf_counter())


async def _bare(stack: AsyncExitStack, server: AppServer, visitors: int) -> dict[str, Any]:
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
    p50, p95, p99 = quantiles([run.elapsed_ms for run in runs])
    return {
        "visitors": visitors,
        "n": len(runs),
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "failures": sum(bool(run.problem) for run in runs),
        "hit_share": None,
        "kib": sum(run.received for run in runs) / len(runs) / 1024,
        **watch.shares(),
        "memory_mib": watch.memory_mib(),
    }


def _row(name: str, phase: dict[str, Any]) -> list[Any]:
    hits = None if phase["hit_share"] is None else 100 * phase["hit_share"]
    values = [phase[key] for key in ("visitors", "n", "p50", "p95", "p99", "failures")]
    return [name, *values, hits, *(phase[key] for key in ("kib", "server", "client", "memory_mib"))]


def quantiles(times: list[float]) -> tuple[float, float, float]:
    """Median, 95th and 99th percentile."""
    return report.quantile(times, 0.5), report.quantile(times, 0.95), report.quantile(times, 0.99)
