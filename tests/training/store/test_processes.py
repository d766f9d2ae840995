"""The store between processes that live and die. Each is `python -m` of this file, as workers are started."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attnlab.training.store import LimitReachedError, Point, RunConfig, RunStore, Snapshot
from attnlab.training.store.values import START
from tests.every_file import ROOT

CONFIG = RunConfig("copy", ("attention", "rnn"))
BATCH = 50
PATIENCE_S = 240  # of a busy machine
WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


# --- what the other processes do --------------------------------------------------------------------------------------


def open_store(url: str) -> None:
    """Open it, all at once."""
    RunStore(url).runs.history()


def claim_all(url: str, worker: str) -> None:
    """Claim until there is nothing left; print what was claimed."""
    store = RunStore(url)
    go()
    number = 0
    while claimed := store.queue.claim(f"{worker} {number}"):
        print(claimed.id)
        number += 1


def press_start(url: str) -> None:
    """Start twenty runs of one session; print how many were allowed."""
    store = RunStore(url)
    go()
    allowed = 0
    for _ in range(20):
        with suppress(LimitReachedError):
            store.runs.create(CONFIG, owner="anna", name="run", limit=3)
            allowed += 1
    print(allowed)


def write(url: str, run: str, batches: str) -> None:
    """Add batches, and a snapshot with each; print each batch that is saved."""
    store = RunStore(url)
    go()
    for batch in range(int(batches)):
        steps = range(batch * BATCH, (batch + 1) * BATCH)
        store.points.append(run, "writer", [Point(CONFIG.contenders[step % 2], step, loss=step / 7) for step in steps])
        store.snapshots.save(run, "writer", [Snapshot("rnn", batch, WEIGHTS)])
        print(batch, flush=True)


def poll(url: str, run: str, until: str) -> None:
    """Read what is new until there are so many; print what was seen."""
    store = RunStore(url)
    go()
    cursor = START
    seen: list[int] = []
    while len(seen) < int(until):
        page = store.points.after(run, cursor, limit=130)
        seen += [point.step for point in page.points]
        cursor = page.cursor
        store.points.thinned(run, 100)
    print(*seen)


def go() -> None:
    """Say that the imports are done, and wait for the others."""
    print("ready", flush=True)
    sys.stdin.readline()


# --- how they are started ---------------------------------------------------------------------------------------------


@contextmanager
def processes(*calls: tuple[str, ...]) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes at the same starting line, gone when the block ends."""
    command = [sys.executable, "-m", "tests.training.store.test_processes"]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen([*command, *call], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for call in calls
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def output(process: subprocess.Popen[str]) -> list[str]:
    """The lines that a process printed until it ended well."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return out.splitlines()


# --- the laws ---------------------------------------------------------------------------------------------------------


def test_processes_that_open_an_empty_store_together_make_one(database_url: str) -> None:
    command = [sys.executable, "-m", "tests.training.store.test_processes", "open_store", database_url]
    opened = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in opened:
        _, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, err


def test_two_workers_never_claim_the_same_run(store: RunStore, database_url: str) -> None:
    runs = {store.runs.create(CONFIG, owner="anna", name="run", limit=100, lease_s=86_400).id for _ in range(60)}
    with store.database.writing() as connection:  # the processes live today, the store's clock does not
        connection.exec_driver_sql("UPDATE runs SET lease_until = 9000000000000000")
    with processes(("claim_all", database_url, "one"), ("claim_all", database_url, "two")) as workers:
        one, two = (output(worker) for worker in workers)
    assert sorted(one + two) == sorted(runs)  # each once, none forgotten
    for run in store.runs.history(limit=100):
        assert run.attempts == 1
        assert run.worker is not None
        assert run.id in (one if run.worker.startswith("one") else two)


def test_a_session_that_presses_start_everywhere_keeps_its_limit(store: RunStore, database_url: str) -> None:
    with processes(("press_start", database_url), ("press_start", database_url)) as pages:
        allowed = [int(output(page)[0]) for page in pages]
    assert sum(allowed) == len(store.runs.history()) == 3


def test_a_writer_and_readers_at_once(store: RunStore, database_url: str) -> None:
    run = store.runs.create(CONFIG, owner="anna", name="run", lease_s=86_400).id
    store.queue.claim("writer", run)
    total = 20 * BATCH
    readers = [("poll", database_url, run, str(total))] * 2
    with processes(("write", database_url, run, "20"), *readers) as (writer, *polling):
        assert len(output(writer)) == 20
        for reader in polling:
            assert output(reader) == [" ".join(map(str, range(total)))]  # each point once, in order


def test_a_writer_that_is_killed_leaves_a_consistent_store(store: RunStore, database_url: str) -> None:
    batches = 5
    run = store.runs.create(CONFIG, owner="anna", name="run", lease_s=86_400).id
    store.queue.claim("writer", run)
    with processes(("write", database_url, run, "1000000")) as (writer,):
        assert writer.stdout is not None
        for _ in range(batches):
            writer.stdout.readline()
        time.sleep(0.01)  # somewhere in the middle of the next
        writer.kill()  # SIGKILL
        confirmed = batches + len(writer.communicate()[0].splitlines())
    points = store.points.after(run, limit=20_000).points
    saved = [point.step for point in points]
    assert saved == list(range(len(saved)))
    assert len(saved) % BATCH == 0  # whole batches
    assert len(saved) >= confirmed * BATCH  # nothing that was saved is lost
    assert store.runs.get(run).last_seq == len(saved)
    snapshots = store.snapshots.listed(run)
    assert [info.step for info in snapshots] == list(range(len(snapshots)))
    assert len(snapshots) >= confirmed
    assert store.snapshots.load(run, "rnn", snapshots[-1].step).weights == WEIGHTS

    next_worker = store.queue.claim("next", run, takeover=True)
    assert next_worker is not None
    store.points.rewind(run, "next", dict.fromkeys(CONFIG.contenders, 10))
    assert store.points.append(run, "next", [Point("rnn", 11)]) == 12


if __name__ == "__main__":
    roles = {role.__name__: role for role in (open_store, claim_all, press_start, write, poll)}
    roles[sys.argv[1]](*sys.argv[2:])
