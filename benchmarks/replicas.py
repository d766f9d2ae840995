"""Two processes behind nginx: how soon all visitors of a killed one are back, and whether two carry twice a class.

As `benchmarks.load`, with the configuration that ships (`deploy/nginx.conf`) in between.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from typing import Any

from websockets.exceptions import WebSocketException

from benchmarks import report
from benchmarks.load import joined, learner, played, quantiles
from benchmarks.session import Session
from tests.browser.server import AppServer, running_app
from tests.nginx import Front, find_nginx, running_nginx

VISITORS = 20
BACK_S = 5.0
CLASS = 100
PLAYED_S = 40.0
RETRY_S = 0.25
GIVE_UP_S = 120.0
LINK = "heads=4&temperature=2.5"
MEASURED = ("picture", "run")
COLUMNS = ["what", "processes", "visitors", "n", "p50 ms", "p95 ms", "p99 ms", "failures"]


def run() -> dict[str, Any]:
    """Measure and judge.

    Raises:
        SystemExit: there is no nginx.
    """
    nginx = find_nginx()
    if nginx is None:
        raise SystemExit("no nginx: on Debian, apt-get install nginx-light")
    with _behind(nginx, 2) as (front, servers):
        back = asyncio.run(_returns(front, servers))
    classes = {count: _played(nginx, count) for count in (1, 2)}
    alone, together = classes[1], classes[2]
    return {
        "title": "Several processes",
        "about": (
            f"nginx with {VISITORS} visitors, about half of them at a process that is killed: from its death until a "
            f"visitor's page of the same link is whole again. Then classes as under *A class*: {CLASS} visitors at one "
            f"process, {2 * CLASS} at two, all on the same cores as their clients."
        ),
        "columns": COLUMNS,
        "rows": [
            ["back after a death", 2, VISITORS, len(back), *quantiles(back), None],
            *(row for count, outcome in classes.items() for row in _rows(count, *outcome)),
        ],
        "bars": [
            report.bar(f"{VISITORS} visitors: the last is back", max(back) / 1e3, BACK_S, "s"),
            *(
                report.bar(
                    f"{2 * CLASS} visitors of two processes: p95 of a {what}",
                    quantiles(two)[1],
                    1.1 * quantiles(one)[1],
                    "ms",
                )
                for what, one, two in zip(MEASURED, alone[:2], together[:2], strict=True)
            ),
            report.bar(f"{2 * CLASS} visitors: failures", together[2], alone[2], "changes"),
        ],
    }


def _rows(processes: int, pictures: list[float], runs: list[float], failures: int) -> Iterator[list[Any]]:
    for what, times in zip(MEASURED, (pictures, runs), strict=True):
        yield [what, processes, processes * CLASS, len(times), *quantiles(times), failures]


@contextmanager
def _behind(nginx: str, processes: int) -> Iterator[tuple[Front, list[AppServer]]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="attnlab-replicas-"))
        env = {"ATTNLAB_STORE": f"sqlite:///{folder}/runs.db"}
        servers = [stack.enter_context(running_app("app.py", env=env)) for _ in range(processes)]
        yield stack.enter_context(running_nginx(nginx, [server.url for server in servers])), servers


def _cookie(number: int) -> str:
    return f"attention_lab={number:032x}"


async def _returns(front: Front, servers: Sequence[AppServer]) -> list[float]:
    """Milliseconds from the death of a process until each visitor's page is whole, also of those who were elsewhere."""
    sessions = [Session(front.url, LINK, cookie=_cookie(number)) for number in range(VISITORS)]
    for session in sessions:
        await session.__aenter__()
    await asyncio.to_thread(os.kill, servers[0].pid, signal.SIGKILL)
    died = time.perf_counter()
    async with asyncio.timeout(GIVE_UP_S):
        return list(await asyncio.gather(*(_back(session, died) for session in sessions)))


async def _back(session: Session, died: float) -> float:
    """When a visitor's page is as it was: by a rerun, or by a new connection, tried as a browser does."""
    try:
        await session.rerun()
        await session.__aexit__(None, None, None)
        return (time.perf_counter() - died) * 1e3
    except WebSocketException:
        pass
    while True:
        try:
            async with Session(session.url, session.query, cookie=session.cookie) as again:
                assert not again.first.problem
                return (time.perf_counter() - died) * 1e3
        except (WebSocketException, OSError):
            await asyncio.sleep(RETRY_S)


def _played(nginx: str, processes: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of all pictures and runs of a class for each process, and how many changes failed."""
    with _behind(nginx, processes) as (front, _servers):
        return asyncio.run(_class(front, processes * CLASS))


async def _class(front: Front, visitors: int) -> tuple[list[float], list[float], int]:
    async with AsyncExitStack() as stack:
        learners = [await learner(stack, front.url, number, _cookie(number)) for number in range(visitors)]
        await played(learners, PLAYED_S)
    failures = sum(len(each.failures) for each in learners)
    return joined(learners, "pictures"), joined(learners, "runs"), failures
