"""Who trains: runs are handed to Dask, which keeps them in order and replaces workers that die.

Nothing here is needed to see a run: the store has everything. Importing this imports Dask.
"""

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from distributed import Client, fire_and_forget
from sqlalchemy import make_url

from attnlab.engine import SpecError
from attnlab.training.running.access import security_of
from attnlab.training.running.capacity import num_workers
from attnlab.training.running.cluster import EmbeddedCluster
from attnlab.training.running.node import train_run
from attnlab.training.running.notes import note
from attnlab.training.store import RunStore

ADDRESS_VARIABLE = "ATTNLAB_SCHEDULER"
CONNECT_TIMEOUT_S = 10
RESTART_TIMEOUT_S = 10

log = logging.getLogger(__name__)
# A scheduler that ended because it was idle is no fault; what is one comes here as an exception.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


class Jobs:
    """Runs on their way to workers: an embedded cluster started when first needed, or a scheduler elsewhere.

    Every call returns at once: one background thread does what takes time. What went wrong there is in `trouble`.

    Args:
        store_url: address of the run store as workers on this machine, or of that scheduler, can use it, with its
            password if it has one.
        address: of a scheduler such as "tls://host:8786"; by default that of $ATTNLAB_SCHEDULER, else the embedded
            cluster. Another machine's needs a certificate (`access.py`). Its workers need this package and the store.
        workers: of the embedded cluster; each trains one run at a time. By default as `capacity.py` says.
        start: makes the embedded cluster.
    """

    def __init__(
        self,
        store_url: str,
        address: str | None = None,
        *,
        workers: int | None = None,
        start: Callable[[int], EmbeddedCluster] = EmbeddedCluster,
    ) -> None:
        self.trouble = ""
        """A sentence for a page; empty if all is well."""
        self._store_url = _absolute(store_url)
        self._address = address or os.environ.get(ADDRESS_VARIABLE) or None
        self._workers, self._start = workers, start
        self._token = secrets.token_hex(4)  # two apps at one scheduler must not share names
        self._cluster: EmbeddedCluster | None = None
        self._client: Any = None  # a Client, which is typed in part
        self._futures: dict[str, Any] = {}
        self._submitted = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="jobs")

    def ensure(self) -> None:
        """Have workers ready: a page calls this when it is opened, so that they are there when play is pressed."""
        self.in_background(self._connected)

    def submit(self, run_id: str) -> None:
        """Have a run trained, if a worker is free for it. Twenty times the same run is once."""
        self.in_background(lambda: self._submit(run_id))

    def resubmit(self, run_id: str) -> None:
        """Have a run trained whose worker was silent for too long: if that hangs, it is ended and replaced."""
        self.in_background(lambda: self._resubmit(run_id))

    def in_background(self, call: Callable[[], object]) -> None:
        """Have something done in the thread that has the time."""
        with suppress(RuntimeError):  # closed
            self._thread.submit(self._guarded, call)

    def close(self) -> None:
        """End the embedded cluster and what it trains; a later app goes on from the latest snapshots.

        That costs its runs no attempt. Runs at a scheduler elsewhere go on.
        """
        self._thread.shutdown(wait=True, cancel_futures=True)
        embedded = self._cluster is not None
        self._guarded(self._disconnect)
        if embedded:
            self._guarded(self._give_back)

    def _give_back(self) -> None:
        store = RunStore(self._store_url)
        try:
            store.queue.give_back(f"{self._token}-")
        finally:
            store.close()

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except SpecError as refused:
            self.trouble = str(refused)
        except Exception:  # Dask raises of every kind, and nobody waits for this
            log.exception("jobs")
            self.trouble = note("no_scheduler" if self._address else "no_workers")

    def _submit(self, run_id: str) -> None:
        client = self._connected()
        for known in [run for run, future in self._futures.items() if future.done()]:
            del self._futures[known]
        # No more than can be trained at once: who comes later may be first in turn (`Queue.waiting`).
        if run_id in self._futures or len(self._futures) >= self._slots(client):
            return
        self._submitted += 1
        job = f"{self._token}-{run_id}-{self._submitted}"
        future = client.submit(train_run, self._store_url, run_id, job, key=job, pure=False)
        fire_and_forget(future)  # type: ignore[no-untyped-call]  # it goes on if this app does not
        self._futures[run_id] = future

    def _slots(self, client: Any) -> int:
        if self._address is None:
            return self._workers or num_workers()
        threads: Mapping[str, int] = client.nthreads()
        return max(1, sum(threads.values()))

    def _resubmit(self, run_id: str) -> None:
        client = self._connected()
        if (future := self._futures.pop(run_id, None)) is not None and not future.done():
            holders = [worker for worker, keys in client.processing().items() if future.key in keys]
            client.restart_workers(holders, timeout=RESTART_TIMEOUT_S, raise_for_error=False)
        self._submit(run_id)

    def _connected(self) -> Any:
        """A client that is; a new one, and a new cluster, where the old one is gone."""
        if self._client is not None and self._client.status == "running":
            return self._client
        self._disconnect()
        options = {"timeout": CONNECT_TIMEOUT_S, "set_as_default": False, "name": "attnlab"}
        if self._address is None:
            self._cluster = self._start(self._workers or num_workers())
            options |= {"address": self._cluster.address, "security": self._cluster.security}
        else:
            options |= {"address": self._address, "security": security_of(self._address)}
        self._client = Client(**options)  # type: ignore[no-untyped-call]
        self.trouble = ""
        return self._client

    def _disconnect(self) -> None:
        client, cluster = self._client, self._cluster
        self._client = self._cluster = None
        self._futures = {}
        try:
            if client is not None:
                client.close()
        finally:
            if cluster is not None:
                cluster.close()


def _absolute(store_url: str) -> str:
    """The same store from every working directory."""
    url = make_url(store_url)
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string(hide_password=False)
