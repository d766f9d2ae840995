"""What one visitor can take from the others: floods of heavy pictures and of runs, and what stays when all have left.

The attackers, and the visitor who only wants to look, are clients of one asyncio process on the cores of the server.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import quote, urlencode

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks import report
from benchmarks.session import Session
from tests.browser.server import AppServer, running_app

HEAVY_AT_ONCE = (40, 200)
LOOKS = 40
"""Pictures that the visitor asks for, one after the other, while the heavy ones are on their way."""
VISITORS = 300
AFTERWARDS_S = 60
GONE_S = 80
"""Longer than a session waits for its browser."""
FLOODED_S = 8.0
RUNS_A_SECOND = 1000
MEBIBYTE = 2**20
WORDS = " ".join(f"w{number}" for number in range(128))
WIDEST = {"sentence": WORDS, "heads": 16, "d_model": 256, "d_k": 128, "d_v": 128, "dtype": "float64"}
FLOODS: dict[str, tuple[int, dict[str, Any]]] = {
    "of the page": (1, {}),
    "of a heavy page": (1, WIDEST),
    "by 20 connections": (20, {}),
}
"""How many connections ask, and for which link."""


class Server:
    """A server seen from outside."""

    def __init__(self, server: AppServer) -> None:
        self.url, self.process = server.url, psutil.Process(server.pid)

    def memory_mib(self) -> float:
        """Resident."""
        return float(self.process.memory_info().rss) / MEBIBYTE

    def descriptors(self) -> int:
        """Open now."""
        return int(self.process.num_fds())

    async def picture(self, address: str = "10.0.0.1", **link: Any) -> tuple[int, int, float]:
        """Status, bytes and ms of `/picture`, over a socket of its own, as a proxy on this machine passes it on.

        Args:
            address: of whom it is for.
            link: what is asked for.
        """
        began = time.perf_counter()
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (f"GET /picture?{urlencode(link)} HTTP/1.1", f"Host: {host}", f"X-Forwarded-For: {address}")
        writer.write("\r\n".join((*head, "Connection: close", "\r\n")).encode())
        answer = await reader.read()
        writer.close()
        status, _, body = answer.partition(b"\r\n\r\n")
        return int(status.split(b" ", 2)[1]), len(body), (time.perf_counter() - began) * 1e3


def run() -> dict[str, Any]:
    """Measure and judge."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    rows: list[list[Any]] = []
    bars: list[dict[str, Any]] = []
    for measured in (_heavy_pictures, _floods, _all_leave):
        with running_app("app.py") as server:
            found, judged = await measured(Server(server))
        rows += found
        bars += judged
    return {
        "title": "Hostile visitors",
        "about": (
            f"Heavy: 128 tokens, 16 heads of 128, float64, each another and from elsewhere. Meanwhile one visitor asks "
            f"for {LOOKS} pictures of a usual sentence, another each time. A flood: one connection asks for "
            f"{RUNS_A_SECOND} runs a second. Clients share the cores with the server."
        ),
        "columns": ["what", "measured"],
        "rows": rows,
        "bars": bars,
    }


# --- heavy pictures ---------------------------------------------------------------------------------------------------


async def _heavy_pictures(server: Server) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    rows: list[list[Any]] = []
    bars = []
    await server.picture()
    memory = server.memory_mib()
    for at_once in HEAVY_AT_ONCE:
        heavy = [asyncio.create_task(_heavy_one(server, 1000 * at_once + n)) for n in range(at_once)]
        looked, most = await _meanwhile(server, heavy)
        statuses = Counter(task.result()[0] for task in heavy)
        largest = max(task.result()[1] for task in heavy) / 1024
        times = [ms for _, _, ms in looked]
        p95 = report.quantile(times, 0.95)
        await asyncio.sleep(AFTERWARDS_S)
        after = server.memory_mib() - memory
        told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
        rows += [
            [f"{at_once} heavy at once: answers", told],
            [f"{at_once} heavy at once: the largest answer, KB", largest],
            [f"{at_once} heavy at once: a visitor's picture, p50 ms", report.quantile(times, 0.5)],
        ]
        bars += [
            report.bar(f"{at_once} heavy at once: a visitor's picture, p95", p95, 300.0, "ms"),
            report.bar(f"{at_once} heavy at once: the longest", max(times), 1000.0, "ms"),
            report.bar(f"{at_once} heavy at once: memory, at most", most - memory, 600.0, "MiB more"),
            report.bar(f"{at_once} heavy at once: memory a minute later", after, 200.0, "MiB more"),
        ]
    bars.append(report.bar("the widest picture", largest, 1024.0, "KB"))
    return rows, bars


async def _heavy_one(server: Server, number: int) -> tuple[int, int, float]:
    """From an address of its own."""
    return await server.picture(f"10.1.{number // 250}.{number % 250}", **WIDEST, seed=number)


async def _meanwhile(server: Server, heavy: list[asyncio.Task[Any]]) -> tuple[list[tuple[int, int, float]], float]:
    """What a visitor sees while these are on their way, and the most memory that they take, in MiB."""
    most = [server.memory_mib()]
    watch = asyncio.create_task(_watched(server, most))
    looked = [await server.picture(sentence=f"the cat sat on mat {number}") for number in range(LOOKS)]
    await asyncio.gather(*heavy)
    watch.cancel()
    return looked, max(most)


async def _watched(server: Server, most: list[float]) -> None:
    while True:
        most.append(server.memory_mib())
        await asyncio.sleep(0.05)


# --- floods of runs ---------------------------------------------------------------------------------------------------


async def _floods(server: Server) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    alone = [await _first_page(server) for _ in range(3)]
    rows: list[list[Any]] = [["a first page, nobody else there, s", sorted(alone)[1]]]
    bars = []
    for name, (connections, link) in FLOODS.items():
        flood = asyncio.gather(*(_flood(server, urlencode(link, quote_via=quote)) for _ in range(connections)))
        await asyncio.sleep(FLOODED_S / 4)
        first = [await _first_page(server) for _ in range(2)]
        flood.cancel()
        with suppress(asyncio.CancelledError, ConnectionClosed, TimeoutError):
            await flood
        bars.append(report.bar(f"a first page beside a flood {name}", max(first), 2.0, "s"))
        await asyncio.sleep(FLOODED_S)
    return rows, bars


async def _first_page(server: Server) -> float:
    """Seconds until a page has come with everything on it, or until the connection was given up."""
    began = time.perf_counter()
    with suppress(ConnectionClosed, TimeoutError):
        async with Session(server.url):
            return time.perf_counter() - began
    return time.perf_counter() - began


async def _flood(server: Server, query: str) -> None:
    """One connection that asks for whole runs and reads what comes, for as long as it is let."""
    address = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    streamlit = [Subprotocol("streamlit")]
    async with connect(address, subprotocols=streamlit, compression=None, max_size=None, max_queue=None) as socket:
        reading = asyncio.create_task(_read(socket.recv))
        asked = 0
        while True:
            message = BackMsg()
            message.rerun_script.query_string = f"{query}&seed={asked}"
            with suppress(ConnectionClosed):
                await socket.send(message.SerializeToString())
            asked += 1
            if reading.done():
                return
            await asyncio.sleep(1 / RUNS_A_SECOND)


async def _read(receive: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    with suppress(ConnectionClosed):
        while True:
            await receive()


# --- when all have left -----------------------------------------------------------------------------------------------


async def _all_leave(server: Server) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    async with Session(server.url):
        pass
    before, memory = server.descriptors(), server.memory_mib()
    async with AsyncExitStack() as stack:
        for _ in range(VISITORS):
            await stack.enter_async_context(Session(server.url))
        there = server.descriptors()
    await asyncio.sleep(GONE_S)
    left = server.descriptors() - before
    rows = [
        [f"{VISITORS} visitors: descriptors, a visitor", (there - before) / VISITORS],
        [f"{VISITORS} visitors have left: memory, MiB more", server.memory_mib() - memory],
    ]
    return rows, [report.bar(f"{VISITORS} visitors have left: descriptors that stay", left, 10, "more")]
