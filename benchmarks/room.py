"""A room of a class: how soon 100 students hear that the teacher has moved, and what they cost while nothing happens.

The students are streams of server-sent events in one asyncio process, on the same cores as the servers; at the second
of two processes they hear of a move by the database alone. They do not fetch the picture, which is the same for all.
"""

import asyncio
import http.client
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks import report
from tests.browser.server import AppServer, running_app

SEATS = 100
MOVES = 40
EVERY_S = 0.37
"""Between two moves: in no step with the five looks a second that a process takes."""
IDLE_S = 20.0
SETTLE_S = 3.0
MOST_MS = 300.0
MOST_IDLE = 0.05
COLUMNS = ["students", "n", "missed", "p50 ms", "p95 ms", "idle, of a core"]


@dataclass
class Student:
    """One stream: when it heard of each move, by the link that it was told."""

    heard: dict[str, float] = field(default_factory=dict)

    async def listen(self, server: AppServer, code: str) -> None:
        """Read events until it is cancelled."""
        parts = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            request = f"GET /room/{code}/events HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n\r\n"
            writer.write(request.encode())
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    self.heard.setdefault(json.loads(line.removeprefix(b"data: "))["link"], time.perf_counter())
        finally:
            writer.close()


class Teacher:
    """Who makes a room and moves."""

    def __init__(self, server: AppServer) -> None:
        self.netloc, self.cookie = urlsplit(server.url).netloc, ""
        answer, cookie = self._post("/room", {})
        self.cookie = cookie.partition(";")[0]
        self.code: str = json.loads(answer)["code"]

    def move(self, link: str) -> None:
        """Be elsewhere."""
        self._post(f"/room/{self.code}", {"page": "", "link": link})

    def _post(self, path: str, body: dict[str, str]) -> tuple[bytes, str]:
        with closing(http.client.HTTPConnection(self.netloc, timeout=30)) as connection:
            headers = {"Content-Type": "application/json", "Cookie": self.cookie}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            assert answer.status in {201, 204}, answer.read()
            return answer.read(), answer.headers.get("set-cookie", "")


def run() -> dict[str, Any]:
    """Measure and judge."""
    measured = {count: _measured(count) for count in (1, 2)}
    rows = [row for count, (waited, idle) in measured.items() for row in _rows(count, waited, idle)]
    alone, (both, idle) = measured[1], measured[2]
    every = [time_ms for waits in both for time_ms in waits]
    return {
        "title": "A room of a class",
        "about": (
            f"A teacher moves {MOVES} times, {1 / EVERY_S:.1f} times a second; {SEATS} students follow by server-sent "
            f"events: milliseconds from before the post until each has the event. Then nothing happens for {IDLE_S:g} "
            "seconds: processor time of each server, all students of the row connected. Store: SQLite."
        ),
        "columns": COLUMNS,
        "rows": rows,
        "bars": [
            report.bar(f"{SEATS} students: p95", report.quantile(alone[0][0], 0.95), MOST_MS, "ms"),
            report.bar(f"{SEATS} students of two processes: p95", report.quantile(every, 0.95), MOST_MS, "ms"),
            report.bar(f"{SEATS} students, idle", alone[1][0], MOST_IDLE, "cores"),
            report.bar(f"{SEATS} students of two processes, idle, each", max(idle), MOST_IDLE, "cores"),
        ],
    }


def _rows(processes: int, waited: Sequence[Sequence[float]], idle: Sequence[float]) -> list[list[Any]]:
    seats = SEATS // processes
    names = ["one process"] if processes == 1 else ["at the teacher's of two processes", "at the other of them"]
    return [
        [
            f"{seats}, {name}",
            len(waits),
            seats * MOVES - len(waits),
            report.quantile(waits, 0.5),
            report.quantile(waits, 0.95),
            share,
        ]
        for name, waits, share in zip(names, waited, idle, strict=True)
    ]


def _measured(processes: int) -> tuple[list[list[float]], list[float]]:
    """By process: how long its students waited, in milliseconds, and its share of a core while idle."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="attnlab-room-"))
        env = {"ATTNLAB_STORE": f"sqlite:///{folder}/runs.db"}
        servers = [stack.enter_context(running_app("app.py", env=env)) for _ in range(processes)]
        return asyncio.run(_led(servers))


async def _led(servers: Sequence[AppServer]) -> tuple[list[list[float]], list[float]]:
    teacher = Teacher(servers[0])
    by_server = [[Student() for _ in range(SEATS // len(servers))] for _ in servers]
    async with AsyncExitStack() as stack:
        for server, students in zip(servers, by_server, strict=True):
            for student in students:
                task = asyncio.create_task(student.listen(server, teacher.code))
                stack.callback(task.cancel)
        every = [student for students in by_server for student in students]
        while not all(student.heard for student in every):
            await asyncio.sleep(0.1)
        posted: dict[str, float] = {}
        for move in range(1, MOVES + 1):
            link = f"seed={move}"
            posted[link] = time.perf_counter()
            await asyncio.to_thread(teacher.move, link)
            await asyncio.sleep(EVERY_S)
        await asyncio.sleep(SETTLE_S)
        idle = await _idle(servers)
    waited = [
        [
            (student.heard[link] - at) * 1e3
            for student in students
            for link, at in posted.items()
            if link in student.heard
        ]
        for students in by_server
    ]
    return waited, idle


async def _idle(servers: Sequence[AppServer]) -> list[float]:
    """Processor seconds a second of each server."""
    processes = [psutil.Process(server.pid) for server in servers]

    def spent() -> list[float]:
        return [sum(process.cpu_times()[:2]) for process in processes]

    before, began = spent(), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    elapsed = time.perf_counter() - began
    return [(now - then) / elapsed for now, then in zip(spent(), before, strict=True)]
