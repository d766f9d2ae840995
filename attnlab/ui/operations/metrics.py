"""`/metrics`: how many visitors, runs and workers there are and how long pictures take, for Prometheus.

Each process tells of itself; runs are the store's, and the same wherever they are asked.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.training import StoreError, StoreFault
from attnlab.training.store.upkeep.counting import runs_by_status
from attnlab.ui.operations.workers import count_workers
from attnlab.ui.races import runs

TOKEN_VARIABLE = "ATTNLAB_METRICS_TOKEN"  # noqa: S105 - the name of a setting
STREAMLITS_OWN = "/_stcore/metrics"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
PICTURE_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
VISITORS = Gauge("attnlab_visitors", "Pages that are open at this process.", registry=REGISTRY)
RUNS = Gauge("attnlab_runs", "Runs in the store.", ["status"], registry=REGISTRY)
QUEUE = Gauge("attnlab_queue_length", "Runs that wait for a worker.", registry=REGISTRY)
WORKERS = Gauge("attnlab_workers", "Processes that train runs, or could.", registry=REGISTRY)
STORE_UP = Gauge("attnlab_store_up", "1 if the run store answers.", registry=REGISTRY)
PICTURE_SECONDS = Histogram(
    "attnlab_picture_seconds",
    "From the request for a picture to its last byte.",
    ["of"],
    buckets=PICTURE_BOUNDS_S,
    registry=REGISTRY,
)


def may_read(host: str, headers: Mapping[str, str], token: str) -> bool:
    """Whether somebody may see the metrics: who has the token, or asks on this machine and for himself.

    Args:
        host: where the request comes from. A proxy on this machine is not who asks: it says that it forwards.
        headers: of the request, by names in small letters.
        token: the one to have; empty if there is none.
    """
    if token and secrets.compare_digest(headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        return True
    return _is_loopback(host) and not any(name in headers for name in FORWARDED)


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None  # as a server of both kinds sees IPv4
    return (mapped or address).is_loopback


class Measured:
    """Times the pictures, and keeps metrics, ours and Streamlit's, from those who may not read them.

    Args:
        app: what answers.
        prefix: what stands before every path, such as "/lab".
    """

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        self.app, self.picture = app, f"{prefix}/picture"
        self.guarded = {f"{prefix}/metrics", f"{prefix}{STREAMLITS_OWN}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        path = scope["path"] if scope["type"] == "http" else None
        if path in self.guarded and not _allowed(Request(scope)):
            await Response(status_code=403)(scope, receive, send)
            return
        began = time.perf_counter()
        await self.app(scope, receive, send)
        if path == self.picture:
            of = "blocks" if Request(scope).query_params.get("of") == "blocks" else "attention"
            PICTURE_SECONDS.labels(of).observe(time.perf_counter() - began)


def _allowed(request: Request) -> bool:
    host = request.client.host if request.client else ""
    return may_read(host, request.headers, os.environ.get(TOKEN_VARIABLE, ""))


async def _serve(_request: Request) -> Response:
    VISITORS.set(_visitors())
    await asyncio.gather(run_in_threadpool(_ask_store), _ask_scheduler())
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def _visitors() -> int:
    told = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return sum(stat.value for stat in told[ACTIVE_SESSIONS_FAMILY] if isinstance(stat, GaugeStat))


def _ask_store() -> None:
    try:
        store = run_store.store()
        counts, waiting = runs_by_status(store.database), len(store.queue.waiting())
    except (StoreFault, StoreError):
        STORE_UP.set(0)  # the others stay as they were last known
        return
    STORE_UP.set(1)
    QUEUE.set(waiting)
    for status, count in counts.items():
        RUNS.labels(status).set(count)


async def _ask_scheduler() -> None:
    try:
        scheduler = runs.scheduler()
        WORKERS.set(await count_workers(*scheduler) if scheduler else 0)
    except (OSError, SpecError):
        WORKERS.set(0)


ROUTES = [Route("/metrics", _serve)]
