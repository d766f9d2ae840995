"""The process: `streamlit run app.py`. It warms up once, then every session runs `attnlab/ui/site.py`."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
import torch
from starlette.middleware import Middleware
from streamlit.runtime import get_instance

from attnlab.paths import ROOT
from attnlab.ui import document, picture, room
from attnlab.ui.canvases import component
from attnlab.ui.crowd.last_words import hear_out
from attnlab.ui.crowd.leaving import give_back, raise_descriptor_limit
from attnlab.ui.crowd.pace import Pace
from attnlab.ui.crowd.reconnecting import know_again
from attnlab.ui.crowd.spared import spare_runs
from attnlab.ui.crowd.turnstile import put_up
from attnlab.ui.crowd.uploads import Uploads, bounds
from attnlab.ui.crowd.widget_guard import guard_widgets
from attnlab.ui.headers import SecurityHeaders, frame_ancestors
from attnlab.ui.language import speaking_in
from attnlab.ui.offered import refuse_unknown
from attnlab.ui.operations import health, logs, metrics
from attnlab.ui.prefix import prefix, routes_below_prefix
from attnlab.ui.races import runs


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Pay once, before the first visitor, for imports and torch's first kernels."""
    from attnlab.ui.warmup import start_workers, warm_up

    # Small matrices, many sessions: a second thread per operation costs more than it brings.
    torch.set_num_threads(1)
    raise_descriptor_limit()
    guard_widgets()
    know_again()
    spare_runs()
    put_up(speaking_in)
    hear_out()
    warm_up()
    start_workers()
    # What is alive now lives as long as the process; no collection need look at it again.
    gc.collect()
    gc.freeze()
    giving_back = asyncio.create_task(give_back(get_instance()))
    yield {}
    giving_back.cancel()
    runs.end()


logs.set_up()
runs.limits()  # refused now, not when the first run is to go
refuse_unknown()
routes = routes_below_prefix(
    [
        *document.ROUTES,
        *component.ROUTES,
        *picture.ROUTES,
        *room.ROUTES,
        *health.ROUTES,
        *metrics.ROUTES,
    ]
)
app = st.App(
    ROOT / "attnlab" / "ui" / "site.py",
    lifespan=lifespan,
    routes=routes,
    middleware=[
        Middleware(SecurityHeaders, ancestors=frame_ancestors(), prefix=prefix()),
        Middleware(logs.RequestLog, paths=frozenset(route.path for route in routes)),
        Middleware(metrics.Measured, prefix=prefix()),
        Middleware(Pace),
        Middleware(Uploads, bounds=bounds(), prefix=prefix()),
    ],
)
