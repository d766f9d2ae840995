"""`/health`: whether the store and the workers answer, for whoever has to be woken if they do not.

The app itself lives wherever this answers at all; `/_stcore/health`, which is Streamlit's, says no more than that.
"""

import asyncio
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.training import StoreError, StoreFault
from attnlab.ui.operations.workers import count_workers
from attnlab.ui.races import runs

OK, AT_REST, NONE, UNREACHABLE = "ok", "at rest", "none", "unreachable"
WELL = {OK, AT_REST}
STORE_TIMEOUT_S = 6.0
KEPT_S = 1.0
"""Whoever asks all the time is given the last answer: nobody can keep the database busy from outside."""


async def store_state() -> str:
    """Whether the run store can be read."""
    try:
        async with asyncio.timeout(STORE_TIMEOUT_S):
            await run_in_threadpool(_read_store)
    except (StoreFault, StoreError, TimeoutError):
        return UNREACHABLE
    return OK


def _read_store() -> None:
    run_store.store().queue.waiting()


async def workers_state() -> str:
    """Whether runs find somebody who trains them; workers of the app's own rest until somebody needs them."""
    try:
        if scheduler := runs.scheduler():
            return OK if await count_workers(*scheduler) else NONE
    except (OSError, SpecError):
        return UNREACHABLE if runs.scheduler_is_elsewhere() else AT_REST
    return AT_REST


async def checked() -> dict[str, str]:
    """How store and workers are, and in one word how all is."""
    store, workers = await asyncio.gather(store_state(), workers_state())
    return {"status": OK if {store, workers} <= WELL else "failing", "store": store, "workers": workers}


class Health:
    """The route's answer, found by one request at a time."""

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._found_at = -KEPT_S

    async def __call__(self, _request: Request) -> Response:
        """200 if all is well, otherwise 503; what is not is in the answer."""
        async with self._asking:
            if time.monotonic() - self._found_at >= KEPT_S:
                self._found, self._found_at = await checked(), time.monotonic()
        status = 200 if self._found["status"] == OK else 503
        return JSONResponse(self._found, status, headers={"Cache-Control": "no-store"})


ROUTES = [Route("/health", Health().__call__)]
