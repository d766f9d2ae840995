"""`make soak`: a class and its races for twenty minutes, while one thing after the other breaks.

Two apps behind nginx, PostgreSQL on a small disk, a scheduler with two workers. The three races are of one plan, so
each says what the others' curves must be: whoever goes on exactly where it was has the same scores at the same steps.
"""

import argparse
import asyncio
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, TypeVar

from websockets.exceptions import WebSocketException

from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.race import evaluation_steps
from attnlab.training.running.cluster import EmbeddedCluster
from attnlab.training.store import Point, StoreFault
from attnlab.ui.kit.visitor import COOKIE, new_secret
from benchmarks import report
from benchmarks.faults import Disk, Replica, kill_a_worker, small_disk
from benchmarks.load import EVERY_S, quantiles
from benchmarks.session import Session
from benchmarks.visitor import GIVE_UP_S, Learner, fill_cache
from tests.nginx import Front, find_nginx, running_nginx
from tests.postgres import Postgres, find_postgres
from tests.training.running.certificates import certificate_files

MINUTES = 20.0
VISITORS, RACES, WORKERS = 50, 3, 2
WORKER_DIES_EVERY_S = 30.0
APP_AWAY_S = 10.0
FULL_S = 20.0
RETRY_S = 0.25
WARM_S = 90.0
REST_S = 90.0
"""Longer than a session waits for its browser."""
ENDED_S = 120.0
LOOK_S = 10.0
GROWN_MIB = 50.0
APP_DIES, DATABASE_RESTARTS, DISK_FULL = (0.2, 0.7), 0.35, 0.5
"""When, as shares of the whole time."""
FAULTS = (OSError, WebSocketException, TimeoutError)
"""Of a connection to an app that is gone."""
LOST = "nothing came"
GONE = (LOST, "answered with 502", "answered with 504")
"""What a visitor of an app that is killed may see for a moment."""
BACK_S = 5.0
ENDED = {"stopped", "finished"}
PAGES = ("compare", "variants", "blocks", "training", "translate", "classify")
PLAN = RacePlan(
    task_name="reverse", sizes={"length": 5}, contenders=("transformer", "gru"), budget=4000, num_layers=1, steps=6_000
)


T = TypeVar("T")


@dataclass
class Noted:
    """What visitors have seen."""

    pictures: list[float] = field(default_factory=list)  # ms
    runs: list[float] = field(default_factory=list)  # ms
    away: list[float] = field(default_factory=list)  # s, from a connection that was lost to a page that is whole again
    problems: list[str] = field(default_factory=list)

    def take(self, learner: Learner) -> None:
        """All that one has noted since it was asked last."""
        self.pictures += learner.pictures
        self.runs += learner.runs
        self.problems += [failure for failure in learner.failures if not any(sign in failure for sign in GONE)]
        learner.restart()

    def problem(self, text: str) -> None:
        """If it is one."""
        if text:
            self.problems.append(text)


@dataclass
class Site:
    """All that runs."""

    front: Front
    apps: list[Replica]
    database: Postgres
    disk: Disk
    broken: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Soak, and write `RESULTS.md` and JSON."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    arguments.add_argument("--minutes", type=float, default=MINUTES)
    measured = report.stamp()
    result = run(60 * arguments.parse_args().minutes) | {"measured": measured}
    report.check("soak", result)
    report.save("soak", result)
    print(report.markdown(result))
    report.write_results(("soak",))


def run(seconds: float) -> dict[str, Any]:
    """Break things for so long, and judge.

    Raises:
        SystemExit: nginx or PostgreSQL is missing.
    """
    nginx, postgres = find_nginx(), find_postgres()
    if nginx is None or postgres is None:
        raise SystemExit("no nginx or no PostgreSQL: on Debian, apt-get install nginx-light postgresql")
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk())
        disk.folder.chmod(0o755)
        (disk.folder / "postgres").mkdir()
        # A little log ahead, so that what fills the disk is what is kept.
        database = Postgres(postgres, disk.folder / "postgres", max_wal_size="64MB", min_wal_size="32MB", fsync="on")
        stack.callback(database.stop)
        database.start()
        cluster = EmbeddedCluster(WORKERS)
        stack.callback(cluster.close)
        certificates = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attnlab-soak-")))
        env = {"ATTNLAB_STORE": database.url, "ATTNLAB_SCHEDULER": cluster.address}
        env |= certificate_files(cluster.security, certificates)
        apps = [Replica(env) for _ in range(2)]
        for app in apps:
            stack.callback(app.end)
        front = stack.enter_context(running_nginx(nginx, [app.server.url for app in apps]))
        store = RunStore(database.url)
        stack.callback(store.close)
        return asyncio.run(_soaked(Site(front, apps, database, disk), store, seconds))


async def _soaked(site: Site, store: RunStore, seconds: float) -> dict[str, Any]:
    warm = Noted()
    for app in site.apps:
        await fill_cache(app.server.url)
        for page in PAGES:
            async with Session(app.server.url, page=page):
                pass  # what a page imports and opens once is not what a class leaves behind
    await _a_class(site.front.url, WARM_S, warm)
    await asyncio.sleep(REST_S)
    before = site.apps[1].memory_mib()  # of the one that lives through it all
    races: list[str] = []
    noted, watched = Noted(), Noted()
    until = time.perf_counter() + seconds
    await asyncio.gather(
        _a_class(site.front.url, seconds, noted),
        *(_races(site.front.url, store, f"soak {number}", races, until, watched) for number in range(RACES)),
        _workers_die(site, until),
        _the_rest_breaks(site, seconds),
    )
    await asyncio.sleep(REST_S)
    grown = site.apps[1].memory_mib() - before
    return _judged(site, store, races, noted, watched, grown, seconds)


# --- visitors ---------------------------------------------------------------------------------------------------------


async def _a_class(url: str, seconds: float, noted: Noted) -> None:
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_learns(url, number, until, noted) for number in range(VISITORS)))


async def _learns(url: str, number: int, until: float, noted: Noted) -> None:
    """Change a control now and then; where the app is gone, come back with the same link, as a browser does."""
    learner = Learner(url, number, cookie=f"attention_lab={number:032x}")
    chance, lost = random.Random(number), 0.0
    while time.perf_counter() < until:
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await learner.__aenter__()
            if lost:
                noted.away.append(time.perf_counter() - lost)
                lost = 0.0
            while time.perf_counter() < until and not any(LOST in failure for failure in learner.failures):
                await asyncio.sleep(EVERY_S * chance.uniform(0.5, 1.5))
                await learner.change()
        except FAULTS:
            await asyncio.sleep(RETRY_S)
        lost = lost or time.perf_counter()
        noted.take(learner)
        with suppress(*FAULTS):
            await learner.__aexit__()


async def _races(url: str, store: RunStore, owner: str, races: list[str], until: float, noted: Noted) -> None:
    """Start a race, look on until it has ended, and start the next; the last is stopped when the time is over."""
    while time.perf_counter() < until:
        race = await _told(lambda: store.runs.create(PLAN.to_config(), owner=owner, name="soak").id)
        races.append(race)
        await _watched(url, store, race, until, noted)
    if await _told(lambda: store.runs.get(race).is_active):
        await _told(lambda: store.commands.send(race, "stop", by=owner))
        await _watched(url, store, race, until + ENDED_S, noted)


async def _told(ask: Callable[[], T]) -> T:
    """What the store says, as soon as it can say anything."""
    while True:
        try:
            return await asyncio.to_thread(ask)
        except StoreFault:
            await asyncio.sleep(RETRY_S)


async def _watched(url: str, store: RunStore, race: str, until: float, noted: Noted) -> None:
    """Look on while it lasts, which is also what sees to it that somebody trains it."""
    while time.perf_counter() < until and await _told(lambda: store.runs.get(race).is_active):
        await _look(url, race, noted)
        await asyncio.sleep(RETRY_S)


async def _look(url: str, race: str, noted: Noted) -> None:
    """Have its page on the screen for a while."""
    until = time.perf_counter() + LOOK_S
    with suppress(*FAULTS):
        async with Session(url, f"run={race}", page="training", cookie=f"{COOKIE}={new_secret()}") as page:
            noted.problem(page.first.problem)
            while page.repeats and time.perf_counter() < until:
                for fragment, seconds in list(page.repeats.items()):
                    await asyncio.sleep(seconds / len(page.repeats))
                    async with asyncio.timeout(GIVE_UP_S):
                        noted.problem((await page.repeat(fragment)).problem)


# --- what breaks ------------------------------------------------------------------------------------------------------


async def _workers_die(site: Site, until: float) -> None:
    chance = random.Random(0)
    while time.perf_counter() + WORKER_DIES_EVERY_S < until:
        await asyncio.sleep(WORKER_DIES_EVERY_S)
        if await asyncio.to_thread(kill_a_worker, chance):
            site.broken["a worker is killed"] += 1


async def _the_rest_breaks(site: Site, seconds: float) -> None:
    """One after the other, each at its share of the time."""
    began = time.perf_counter()
    for share, breaks in sorted([*((share, _app_dies) for share in APP_DIES), *OTHERS], key=lambda one: one[0]):
        await asyncio.sleep(max(0.0, began + share * seconds - time.perf_counter()))
        await breaks(site)


async def _app_dies(site: Site) -> None:
    await asyncio.to_thread(site.apps[0].kill)
    site.broken["an app is killed"] += 1
    await asyncio.sleep(APP_AWAY_S)
    await asyncio.to_thread(site.apps[0].start)


async def _database_restarts(site: Site) -> None:
    await asyncio.to_thread(site.database.stop, signal.SIGINT)
    await asyncio.to_thread(site.database.start)
    site.broken["the database restarts"] += 1


async def _disk_is_full(site: Site) -> None:
    """For a while; a database that ended over it is started again, as its service would."""
    if not site.disk.own:
        return
    await asyncio.to_thread(site.disk.fill)
    await asyncio.sleep(FULL_S)
    site.disk.free()
    site.broken["the disk is full"] += 1
    if not site.database.is_running:
        await asyncio.to_thread(site.database.start)
        site.broken["the database ended over it"] += 1


OTHERS = ((DATABASE_RESTARTS, _database_restarts), (DISK_FULL, _disk_is_full))


# --- the verdict ------------------------------------------------------------------------------------------------------


def curve(store: RunStore, race: str) -> list[Point]:
    """All of its points."""
    page = store.points.after(race)
    found = [*page.points]
    while page.more:
        page = store.points.after(race, page.cursor)
        found += page.points
    return found


def faults_of(points: Sequence[Point], plan: RacePlan) -> list[str]:
    """Steps that a curve has twice, that it lacks, or that do not fit the examples seen."""
    faults = []
    for contender in plan.contenders:
        own = [point for point in points if point.contender == contender]
        trained = [point.step for point in own if point.loss is not None]
        scored = [point.step for point in own if point.metric is not None]
        last = max(trained, default=0)
        due = [step for step in evaluation_steps(plan) if step < last]  # the last chunk's score may not have been told
        faults += [f"{contender}: {step} again" for before, step in pairwise(trained) if step <= before]
        faults += [f"{contender}: {step} scored {count} times" for step, count in Counter(scored).items() if count > 1]
        faults += [f"{contender}: {step} is missing" for step in due if step not in scored]
        faults += [
            f"{contender}: {point.examples} examples at {point.step}"
            for point in own
            if point.examples != point.step * plan.batch_size
        ]
    return faults


def scores_of(points: Sequence[Point]) -> dict[tuple[str, int], tuple[float, ...]]:
    """By contender and step."""
    return {
        (point.contender, point.step): (point.metric, point.extras["test_loss"])
        for point in points
        if point.metric is not None
    }


def disagreeing(curves: Sequence[Mapping[tuple[str, int], tuple[float, ...]]]) -> list[tuple[str, int]]:
    """Where curves that should be the same are not, as far as both go."""
    return [
        place
        for one, other in combinations(curves, 2)
        for place in one.keys() & other.keys()
        if one[place] != other[place]
    ]


def _judged(
    site: Site,
    store: RunStore,
    races: Sequence[str],
    noted: Noted,
    watched: Noted,
    grown: float,
    seconds: float,
) -> dict[str, Any]:
    found = [store.runs.get(race) for race in races]
    curves = [curve(store, race) for race in races]
    faults = [fault for points in curves for fault in faults_of(points, PLAN)]
    different = disagreeing([scores_of(points) for points in curves])
    rows: list[list[Any]] = [
        *([what, str(count)] for what, count in site.broken.items()),
        ["changes of visitors", str(len(noted.runs))],
        ["a picture, p50, p95 and p99 in ms", ", ".join(f"{ms:.0f}" for ms in quantiles(noted.pictures))],
        ["a run, p50, p95 and p99 in ms", ", ".join(f"{ms:.0f}" for ms in quantiles(noted.runs))],
        ["visitors who came back", str(len(noted.away))],
        ["races", ", ".join(f"{count} {how}" for how, count in Counter(run.status for run in found).items())],
        ["workers that they had", str(sum(run.claims for run in found))],
        ["points of their curves", str(sum(map(len, curves)))],
        ["memory of the app that was killed last, MiB", site.apps[0].memory_mib()],
    ]
    return {
        "title": "Soak",
        "about": (
            f"{seconds / 60:.0f} minutes: {VISITORS} visitors of two apps behind nginx, {RACES} races of one plan at "
            f"any time and {WORKERS} workers, PostgreSQL on a disk that is filled for {FULL_S:.0f} s. Clients share "
            "the cores."
        ),
        "columns": ["what", "measured"],
        "rows": rows,
        "bars": [
            report.bar("races that were lost", sum(run.status not in ENDED for run in found), 0, "races"),
            report.bar("steps missing or twice in a curve", len(faults), 0, "steps"),
            report.bar("scores in which races of one plan differ", len(different), 0, "scores"),
            report.bar("problems that visitors saw", len(noted.problems), 0, "problems"),
            report.bar("problems that watchers of a race saw", len(watched.problems), 0, "problems"),
            report.bar("the last visitor is back after", max(noted.away, default=0.0), BACK_S, "s"),
            report.bar("the surviving app has grown, after all left", grown, GROWN_MIB, "MiB"),
        ],
        "lost": [f"{run.status}: {run.message}" for run in found if run.status not in ENDED],
        "faults": faults[:20],
        "different": different[:20],
        "problems": (noted.problems + watched.problems)[:20],
    }


if __name__ == "__main__":
    main()
