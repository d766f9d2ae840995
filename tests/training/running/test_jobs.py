"""Runs in the hands of a real cluster: trained once; gone on with when a worker is killed or hangs."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed.comm.core import CommClosedError
from sqlalchemy import update

from attnlab.training.running.cluster import LOOPBACK, EmbeddedCluster
from attnlab.training.running.jobs import Jobs
from attnlab.training.running.notes import note
from attnlab.training.running.preload import is_news
from attnlab.training.running.supervisor import TICK_S, Supervisor
from attnlab.training.store import Run, RunStore, StoreBusy, StoreUnreachable
from attnlab.training.store.sql import schema
from attnlab.training.store.sql.columns import EPOCH
from tests.products import alike, slow
from tests.training.clock import FakeClock
from tests.training.running.test_access import certificate_files
from tests.training.small_plans import small_plan
from tests.training.store.test_faults import locked
from tests.waiting import PATIENCE_S, eventually

SHORT = small_plan(("gru",), steps=5)
ENDLESS = small_plan(("gru", "tcn"), steps=100_000)
SHORT_LIVED_S = 8
"""Of a cluster that ends by itself: on a busy machine seconds pass until its scheduler has heard of the first run."""


OTHERS: set[int] = set()
"""Processes that tests before these have started and left to the end, such as the cluster of a page they ran."""


@pytest.fixture(scope="module", autouse=True)
def others_are_known() -> None:
    OTHERS.update(child.pid for child in psutil.Process().children())


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('jobs') / 'runs.db'}"


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[RunStore]:
    opened = RunStore(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def jobs(url: str) -> Iterator[Jobs]:
    started = Jobs(url, workers=1, start=lambda workers: EmbeddedCluster(workers, hang_timeout_s=1))
    yield started
    started.close()
    assert cluster_processes() == []


@pytest.fixture
def cluster_at_work(store: RunStore, jobs: Jobs) -> None:
    """The cluster has started, whichever test comes first in this process: it has trained a run."""
    run = started(store)
    hand_over(store, jobs, run)
    assert ended(store, run).status == "finished"


class NoCluster:
    """In the place of Jobs: notes what it is asked for, at once."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.resubmitted: list[str] = []

    def submit(self, run_id: str) -> None:
        self.submitted.append(run_id)

    def resubmit(self, run_id: str) -> None:
        self.resubmitted.append(run_id)

    def in_background(self, call: Callable[[], object]) -> None:
        call()


def started(store: RunStore, plan: Any = SHORT, lease_s: float = 3600) -> str:
    return store.runs.create(plan.to_config(), owner="anna", name="run", limit=99, lease_s=lease_s).id


def hand_over(store: RunStore, jobs: Jobs, run: str) -> None:
    """Submit it until a worker has it, as a supervisor does: the worker of the run before may just be ending."""

    def is_taken() -> bool:
        jobs.submit(run)
        return store.runs.get(run).status != "queued"

    eventually(is_taken)


def ended(store: RunStore, run: str) -> Run:
    eventually(lambda: not store.runs.get(run).is_active)
    return store.runs.get(run)


def resumable_contenders(store: RunStore, run: str) -> set[str]:
    """Those with a snapshot after step 0 that training can go on from."""
    return {info.contender for info in store.snapshots.listed(run) if info.step and info.meta["resumable"]}


def cluster_processes() -> list[psutil.Process]:
    """Of this test's own cluster: PostgreSQL, and an app that a browser test has started, are children here too."""
    mine = [child for child in psutil.Process().children() if not is_foreign(child)]
    return [process for child in mine for process in (child, *child.children(recursive=True))]


def is_foreign(process: psutil.Process) -> bool:
    try:
        return process.pid in OTHERS or "postgres" in process.name() or "streamlit" in process.cmdline()
    except psutil.Error:  # it has ended; a zombie has no command line
        return True


def worker_process() -> psutil.Process:
    """The youngest: one that is being replaced may not have gone yet."""
    found = [child for child in cluster_processes() if any("spawn_main" in word for word in child.cmdline())]
    return max(found, key=lambda child: child.create_time())


# --- a real cluster ---------------------------------------------------------------------------------------------------


def test_a_run_that_is_submitted_twenty_times_is_trained_once(store: RunStore, jobs: Jobs) -> None:
    run = started(store)
    for _ in range(20):
        jobs.submit(run)
    hand_over(store, jobs, run)
    first = ended(store, run)
    assert (first.status, first.attempts, first.message) == ("finished", 1, "")
    jobs.submit(run)
    other = started(store)
    hand_over(store, jobs, other)
    ended(store, other)  # which came after
    assert store.runs.get(run) == first
    assert jobs.trouble == ""


def test_a_run_whose_worker_is_killed_goes_on_from_its_last_snapshot_and_says_so(store: RunStore, jobs: Jobs) -> None:
    run = started(store, ENDLESS)
    hand_over(store, jobs, run)
    eventually(lambda: resumable_contenders(store, run) == set(ENDLESS.families))
    worker_process().kill()
    eventually(lambda: store.runs.get(run).message)
    again = store.runs.get(run)
    assert again.message.startswith("Resumed at step ")
    assert again.message != "Resumed at step 0 after a worker ended."
    assert (again.status, again.claims) == ("running", 2)
    last = again.last_seq
    eventually(lambda: store.runs.get(run).last_seq > last)
    store.commands.send(run, "stop", by="anna")
    assert ended(store, run).status == "stopped"


def test_a_worker_that_hangs_is_replaced_even_if_it_holds_a_lock_of_the_store(store: RunStore, jobs: Jobs) -> None:
    run = started(store, ENDLESS)
    hand_over(store, jobs, run)
    eventually(lambda: store.runs.get(run).counters.step > 0)
    hung = worker_process()
    hung.suspend()  # now and then in the middle of a transaction
    eventually(lambda: store.runs.get(run).message)
    assert not alive(hung)
    assert store.runs.get(run).status == "running"
    store.commands.send(run, "stop", by="anna")
    assert ended(store, run).status == "stopped"


@pytest.mark.usefixtures("cluster_at_work")
def test_a_scheduler_elsewhere_is_used_by_its_address(
    store: RunStore, jobs: Jobs, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cluster_processes()
    assert jobs._cluster is not None
    monkeypatch.setenv("ATTNLAB_SCHEDULER", jobs._cluster.address)
    for name, file in certificate_files(jobs._cluster.security, tmp_path).items():
        monkeypatch.setenv(name, file)
    second = Jobs(url)
    waiting = [started(store) for _ in range(3)]
    supervisor = Supervisor(store, second)  # a new app, which finds them in the store

    def all_ended() -> bool:
        supervisor.tick()
        return not any(store.runs.get(run).is_active for run in waiting)

    eventually(all_ended)
    assert [store.runs.get(run).status for run in waiting] == ["finished"] * 3
    second.close()
    assert cluster_processes() == before


def test_an_app_that_is_stopped_costs_its_run_nothing(store: RunStore, url: str) -> None:
    run = started(store, ENDLESS)
    app = Jobs(url)
    Supervisor(store, app).tick()
    eventually(lambda: store.runs.get(run).claims == 1)
    app.close()
    left = store.runs.get(run)
    assert (left.status, left.worker, left.attempts) == ("queued", None, 0)
    store.runs.delete(run, by="anna")


def test_an_audience_sits_through_a_restart_and_an_outage(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, jobs, now = FakeClock(), NoCluster(), 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    store = RunStore(url, clock=clock)
    run = started(store, lease_s=60)
    clock.advance(600)  # nobody could renew it
    supervisor = Supervisor(store, jobs)  # type: ignore[arg-type]
    supervisor.tick()
    assert store.runs.get(run).status == "queued"
    clock.advance(600)
    with monkeypatch.context() as outage:
        outage.setattr(store.queue, "requeue_silent", unreachable)
        now += TICK_S
        supervisor.tick()
    now += TICK_S
    supervisor.tick()
    assert store.runs.get(run).status == "queued"
    clock.advance(600)
    now += TICK_S
    supervisor.tick()
    assert store.runs.get(run).status == "abandoned"
    store.close()


def unreachable(*_: object) -> None:
    raise StoreUnreachable


@pytest.mark.parametrize("close", alike(["by itself", "by the app"], 1))
def test_a_race_from_submit_to_close_writes_nothing_to_the_log(
    close: str, store: RunStore, url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = cluster_processes()
    idle_timeout_s = SHORT_LIVED_S if close == "by itself" else 600
    racing = Jobs(url, start=lambda workers: EmbeddedCluster(workers, idle_timeout_s=idle_timeout_s))
    with caplog.at_level(logging.WARNING):
        run = started(store)
        racing.submit(run)
        assert ended(store, run).status == "finished"
        if close == "by itself":
            eventually(lambda: not living(before))
        racing.close()
    assert [record.getMessage() for record in caplog.records] == []
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def caught(fault: Exception, message: str = "Worker process died unexpectedly") -> logging.LogRecord:
    return logging.LogRecord("distributed.nanny", logging.ERROR, "", 0, message, (), (type(fault), fault, None))


def test_a_queue_that_closes_under_its_reader_is_no_news_and_all_else_is() -> None:
    """The race is Dask's, and rare: here each of its ends."""
    for fault in (
        TypeError("'NoneType' object cannot be interpreted as an integer"),
        OSError(9, "Bad file descriptor"),
    ):
        assert not is_news(caught(fault))
        assert is_news(caught(fault, "Failed to start worker"))
    assert is_news(caught(EOFError()))
    late = "Failed to communicate with scheduler during heartbeat."
    assert not is_news(caught(CommClosedError("ConnectionPool closing."), late))
    assert is_news(caught(OSError("no route"), late))
    nanny = logging.getLogger("distributed.nanny")
    assert is_news in nanny.filters
    assert nanny.filter(logging.LogRecord("distributed.nanny", logging.ERROR, "", 0, "Worker failed", (), None))


@pytest.mark.usefixtures("cluster_at_work")
def test_everything_listens_on_this_machine_only() -> None:
    processes = cluster_processes()
    listening = [
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert set(listening) == {LOOPBACK}


def test_workers_let_the_app_go_first(store: RunStore, jobs: Jobs) -> None:
    run = started(store, ENDLESS)
    hand_over(store, jobs, run)
    eventually(lambda: store.runs.get(run).counters.step > 0)
    process = worker_process()
    assert max(os.getpriority(os.PRIO_PROCESS, thread.id) for thread in process.threads()) >= 10
    store.commands.send(run, "stop", by="anna")
    ended(store, run)


@slow
def test_a_cluster_that_nobody_needs_ends_and_another_is_started_for_the_next_run(store: RunStore, url: str) -> None:
    before = cluster_processes()
    short_lived = Jobs(url, start=lambda workers: EmbeddedCluster(workers, idle_timeout_s=SHORT_LIVED_S))
    for _ in range(2):
        eventually(lambda: not living(before))
        run = started(store)
        hand_over(store, short_lived, run)
        assert ended(store, run).status == "finished"
    short_lived.close()
    assert not living(before)


def living(others: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in cluster_processes() if one not in others and alive(one)]


def alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


# --- without one ------------------------------------------------------------------------------------------------------


def test_a_cluster_ends_when_its_app_is_killed() -> None:
    code = "from attnlab.training.running.cluster import EmbeddedCluster as E; e = E(1); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as app:
        assert app.stdout is not None
        app.stdout.readline()
        family: list[psutil.Process] = []

        def is_complete() -> bool:
            family[:] = psutil.Process(app.pid).children(recursive=True)
            return sum("spawn_main" in " ".join(child.cmdline()) for child in family if alive(child)) == 1

        eventually(is_complete)
        assert len(family) >= 3  # scheduler, nanny, worker
        app.kill()
    _, left = psutil.wait_procs(family, timeout=PATIENCE_S)  # Dask's own idle timeout is longer
    assert left == []


def test_a_cluster_that_cannot_be_started_is_told_and_tried_again(url: str) -> None:
    tries: list[int] = []

    def fail(workers: int) -> Any:
        tries.append(workers)
        raise OSError("no more processes")

    broken = Jobs(url, start=fail, workers=3)
    broken.ensure()
    broken.submit("2" * 12)
    eventually(lambda: tries == [3, 3])
    broken.close()
    assert broken.trouble == note("no_workers")
    broken.submit("2" * 12)  # closed: nothing happens


def test_a_scheduler_that_is_not_there_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.training.running.jobs.CONNECT_TIMEOUT_S", 0.2)
    lonely = Jobs(url, f"tcp://{LOOPBACK}:1")
    lonely.submit("2" * 12)
    eventually(lambda: lonely.trouble)
    lonely.close()
    assert lonely.trouble == note("no_scheduler")


def test_a_store_beside_the_app_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = Jobs("sqlite:///runs.db")
    assert jobs._store_url == f"sqlite:///{tmp_path}/runs.db"
    jobs.close()
    password = "postgresql://anna:secret@host/name"
    assert Jobs(password)._store_url == password


def test_the_supervisor_submits_what_waits_in_order_and_leaves_the_rest(store: RunStore) -> None:
    jobs, running, waiting = NoCluster(), started(store), [started(store) for _ in range(3)]
    store.queue.claim("worker", running)
    forgotten = started(store)
    with store.database.writing() as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.id == forgotten).values(lease_until=EPOCH))
    Supervisor(store, jobs).tick()  # type: ignore[arg-type]
    assert jobs.submitted == waiting
    assert jobs.resubmitted == []
    assert store.runs.get(forgotten).status == "abandoned"
    Supervisor(store, jobs, silent_s=0).tick()  # type: ignore[arg-type]
    assert jobs.resubmitted == [running]
    for run in (running, *waiting):
        store.runs.delete(run, by="anna")


def test_however_often_pages_poll_the_supervisor_looks_now_and_then(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, run, now = NoCluster(), started(store), 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    supervisor = Supervisor(store, jobs)  # type: ignore[arg-type]
    for _ in range(100):
        supervisor.tick()
    assert jobs.submitted == [run]
    now = TICK_S
    supervisor.tick()
    assert jobs.submitted == [run, run]
    store.runs.delete(run, by="anna")


def test_the_supervisor_survives_a_locked_store(store: RunStore, url: str) -> None:
    impatient = RunStore(url, busy_timeout_s=0.05)
    jobs = NoCluster()
    with locked(url):
        with pytest.raises(StoreBusy):
            impatient.queue.stop_abandoned()
        Supervisor(impatient, jobs).tick()  # type: ignore[arg-type]
    assert jobs.submitted == []
    impatient.close()


def test_the_scheduler_needs_no_torch_and_the_store_no_dask() -> None:
    for module, without in (("attnlab.training.running.node", "torch"), ("attnlab.training", "distributed")):
        code = f"import {module}, sys; sys.exit({without!r} in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
