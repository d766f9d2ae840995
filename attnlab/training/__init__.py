"""Training: runs that outlive a click, in a store that every page and worker shares. No Streamlit."""

from attnlab.training.store import (
    Counters,
    NotHeldError,
    NotOwnerError,
    Point,
    Run,
    RunConfig,
    RunStore,
    Snapshot,
    StoreError,
    StoreFault,
    UnknownRunError,
)

__all__ = [
    "Counters",
    "NotHeldError",
    "NotOwnerError",
    "Point",
    "Run",
    "RunConfig",
    "RunStore",
    "Snapshot",
    "StoreError",
    "StoreFault",
    "UnknownRunError",
]
