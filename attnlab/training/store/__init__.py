"""The run store: one truth, in SQL, for everything that outlives a click. No Streamlit, no torch.

A worker claims a run, adds points and snapshots and reads commands; a page polls what is newer than the last it has.
Either may die at any moment. Everything a page shows is read from here.

    store = RunStore("sqlite:///runs.db")  # or st.connection("runs", type="sql").engine
    run = store.runs.create(RunConfig("copy", ("attention",)), owner=session, name="First try")

    store.queue.claim(worker)  # in a worker
    store.points.append(run.id, worker, [Point("attention", step=10, loss=0.7)])

    page = store.points.thinned(run.id)  # in a page, then:
    page = store.points.after(run.id, page.cursor)
"""

from sqlalchemy import URL, Engine

from attnlab.training.store.commands import Commands
from attnlab.training.store.curves.points import Points
from attnlab.training.store.datasets import Datasets
from attnlab.training.store.errors import (
    LimitReachedError,
    NotHeldError,
    NotOwnerError,
    StoreBusy,
    StoreError,
    StoreFault,
    StoreFull,
    StoreReadOnly,
    StoreTorn,
    StoreUnreachable,
    UnknownRunError,
)
from attnlab.training.store.queue import Queue
from attnlab.training.store.runs import Runs
from attnlab.training.store.snapshots import Snapshots
from attnlab.training.store.sql.database import BUSY_TIMEOUT_S, Clock, Database, database_time
from attnlab.training.store.upkeep.export import Export
from attnlab.training.store.upkeep.keeping import Keeping
from attnlab.training.store.values import (
    ACTIVE,
    ADMINISTRATOR,
    ENDED,
    START,
    Caller,
    Command,
    CommandKind,
    Counters,
    Cursor,
    Point,
    PointPage,
    Run,
    RunConfig,
    Snapshot,
    SnapshotInfo,
    Status,
    changed_settings,
)


class RunStore:
    """The store, in its parts: `runs`, `queue`, `points`, `snapshots`, `datasets`, `commands`, `export`, `keeping`.

    Safe to share between threads; each process opens its own.

    Args:
        source: an address (sqlite:///file or postgresql://...), or an engine.
        clock: tells the time in a transaction, by default the database's own; tests bring theirs.
        busy_timeout_s: how long to wait for somebody else's lock before `StoreBusy`.

    Raises:
        StoreError: an address that will not do, or a store with a newer schema.
        StoreFault: the database cannot be reached, or is busy or full.
    """

    def __init__(
        self, source: Engine | URL | str, *, clock: Clock = database_time, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self.database = Database(source, busy_timeout_s)
        self.runs = Runs(self.database, clock)
        self.queue = Queue(self.database, clock)
        self.points = Points(self.database, clock)
        self.snapshots = Snapshots(self.database, clock)
        self.datasets = Datasets(self.database, clock)
        self.commands = Commands(self.database, clock)
        self.export = Export(self.runs, self.points, self.snapshots)
        self.keeping = Keeping(self.database, clock, self.datasets)

    def close(self) -> None:
        """Give the connections back to the system."""
        self.database.engine.dispose()


__all__ = [
    "ACTIVE",
    "ADMINISTRATOR",
    "ENDED",
    "START",
    "Caller",
    "Clock",
    "Command",
    "CommandKind",
    "Counters",
    "Cursor",
    "LimitReachedError",
    "NotHeldError",
    "NotOwnerError",
    "Point",
    "PointPage",
    "Run",
    "RunConfig",
    "RunStore",
    "Snapshot",
    "SnapshotInfo",
    "Status",
    "StoreBusy",
    "StoreError",
    "StoreFault",
    "StoreFull",
    "StoreReadOnly",
    "StoreTorn",
    "StoreUnreachable",
    "UnknownRunError",
    "changed_settings",
]
