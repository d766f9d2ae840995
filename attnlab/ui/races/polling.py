"""How often a page looks after a run: as often as there is something to see.

A class that presses Start at once has sixty pages that wait. If each asked as often as the page of a race that trains,
the asking alone would fill the server.
"""

from typing import Literal

from attnlab.training.store import Run, RunStore

Stage = Literal["far", "next", "live", "paused", "over"]
"""Waiting behind others, waiting as the next one, with a worker, paused, ended."""
RACE_S = 0.4
FAR_S = 4.0


def stage_of(store: RunStore, run: Run) -> Stage:
    """Where a run stands on its way. Raises as the store."""
    if run.status == "queued":
        return "next" if (store.queue.position(run.id) or 1) == 1 else "far"
    if run.status == "paused":
        return "paused"
    return "live" if run.is_active else "over"


def race_poll_s(stage: Stage) -> float | None:
    """Seconds between two looks at the race itself; None where nothing will come."""
    return {"far": FAR_S, "next": RACE_S, "live": RACE_S, "paused": RACE_S, "over": None}[stage]


def poll_s(run: Run | None, every_s: float) -> float | None:
    """Seconds between two looks at what is made of a run's snapshots: there are new ones while it trains."""
    return every_s if run is not None and run.is_active and run.status != "queued" else None
