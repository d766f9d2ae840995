"""The queue: claims, positions, leases of the audience, heartbeats of the workers."""

import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from attnlab.training.store import ACTIVE, ENDED, Counters, NotHeldError, Run, RunConfig, RunStore, Snapshot, StoreError
from tests.training.clock import FakeClock

CONFIG = RunConfig("copy", ("rnn",))
WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"


def queued(store: RunStore, count: int, lease_s: float = 600) -> list[Run]:
    options: dict[str, Any] = {"owner": "anna", "name": "run", "lease_s": lease_s, "limit": 100}
    return [store.runs.create(CONFIG, **options) for _ in range(count)]


def in_order(runs: list[Run]) -> list[str]:
    return [run.id for run in sorted(runs, key=lambda run: (run.created, run.id))]


def test_runs_are_claimed_first_come_first_served(store: RunStore, clock: FakeClock) -> None:
    runs = []
    for _ in range(5):
        runs += queued(store, 1)
        clock.advance(1)
    claimed = [store.queue.claim(f"worker {number}") for number in range(6)]
    assert [run.id if run else None for run in claimed] == [*in_order(runs), None]
    first = claimed[0]
    assert first is not None
    assert (first.status, first.worker, first.started, first.attempts) == ("running", "worker 0", clock.now, 1)


def test_the_position_counts_down_and_a_claimed_run_has_none(store: RunStore) -> None:
    order = in_order(queued(store, 3))
    assert [store.queue.position(run) for run in order] == [1, 2, 3]
    store.queue.claim("worker")
    assert [store.queue.position(run) for run in order] == [None, 1, 2]


def test_nobody_has_two_races_before_everyone_has_one(store: RunStore, clock: FakeClock) -> None:
    names = {}
    for name in ("anna 1", "anna 2", "ben 1", "anna 3", "ben 2", "cleo 1"):
        clock.advance(1)
        owner = name.split()[0]
        names[store.runs.create(CONFIG, owner=owner, name=name, lease_s=86_400, limit=9).id] = name
    turns = ["anna 1", "ben 1", "cleo 1", "anna 2", "ben 2", "anna 3"]
    assert [names[run] for run in store.queue.waiting()] == turns
    assert [store.queue.position(run) for run in store.queue.waiting()] == [1, 2, 3, 4, 5, 6]
    for turn in turns[:3]:
        claimed = store.queue.claim("worker")
        assert claimed is not None
        assert claimed.name == turn
        store.queue.mark(claimed.id, "worker", "finished")
    dora = store.runs.create(CONFIG, owner="dora", name="dora 1", lease_s=86_400)
    assert store.queue.position(dora.id) == 1  # all others had one
    clock.advance(3600)
    assert names[store.queue.waiting()[0]] == "anna 2"  # that was long ago


def test_a_named_run_is_claimed_once(store: RunStore) -> None:
    runs = in_order(queued(store, 3))
    claimed = store.queue.claim("one", runs[2])
    assert claimed is not None
    assert claimed.id == runs[2]
    assert store.queue.claim("two", runs[2]) is None
    assert store.runs.get(runs[2]).worker == "one"


def test_nobody_claims_or_waits_behind_a_run_that_nobody_watches(store: RunStore, clock: FakeClock) -> None:
    (forgotten,) = queued(store, 1, lease_s=60)
    clock.advance(60)
    (watched,) = queued(store, 1)
    assert store.queue.position(watched.id) == 1
    claimed = store.queue.claim("worker")
    assert claimed is not None
    assert claimed.id == watched.id
    assert store.queue.claim("worker", forgotten.id) is None


def test_how_long_a_run_usually_takes_is_measured_from_those_that_finished(store: RunStore, clock: FakeClock) -> None:
    assert store.queue.usual_s() is None
    for seconds, status in ((10, "finished"), (70, "finished"), (20, "finished"), (900, "stopped")):
        (run,) = queued(store, 1, lease_s=3600)
        store.queue.claim("worker", run.id)
        assert store.queue.num_trained() == 1
        clock.advance(seconds)
        store.queue.mark(run.id, "worker", status)  # type: ignore[arg-type]
    assert store.queue.num_trained() == 0
    assert store.queue.usual_s() == 20


# --- what a worker says -----------------------------------------------------------------------------------------------


def test_a_beat_tells_how_far_the_run_has_come(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("worker")
    clock.advance(5)
    counters = Counters(step=2**31, examples=2**63 - 1, seconds=4.25)
    assert store.queue.beat(run.id, "worker", counters).counters == counters
    clock.advance(5)
    assert store.queue.beat(run.id, "worker").counters == counters
    assert store.runs.get(run.id).heartbeat == clock.now


@pytest.mark.parametrize("counters", [Counters(step=-1), Counters(examples=2**63), Counters(seconds=float("nan"))])
def test_impossible_counters_are_refused_by_name(store: RunStore, counters: Counters) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("worker")
    with pytest.raises(StoreError, match=r"^counters\.(step|examples|seconds) \(.+\) must be"):
        store.queue.beat(run.id, "worker", counters)
    assert store.runs.get(run.id).counters == Counters()


def test_paused_and_running_again_keep_the_worker(store: RunStore) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("worker")
    for status in ("paused", "running"):
        marked = store.queue.mark(run.id, "worker", status)
        assert (marked.status, marked.worker, marked.ended) == (status, "worker", None)


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_run_is_nobodys(store: RunStore, clock: FakeClock, status: Any) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("worker")
    clock.advance(7)
    ended = store.queue.mark(run.id, "worker", status, "a\0b\ud800 <b>" + "x" * 5_000)
    assert (ended.status, ended.worker, ended.ended, ended.is_active) == (status, None, clock.now, False)
    assert ended.message.startswith("a\ufffdb\ufffd <b>xxx")
    assert ended.message.endswith("x…")
    assert len(ended.message) == 2_000
    for call in (
        lambda: store.queue.beat(run.id, "worker"),
        lambda: store.queue.mark(run.id, "worker", "running"),
        lambda: store.points.append(run.id, "worker", []),
        lambda: store.commands.take(run.id, "worker"),
    ):
        with pytest.raises(NotHeldError, match=f"holds the run, which is {status}"):
            call()
    assert store.queue.claim("worker", run.id) is None
    assert store.queue.claim("worker", run.id, takeover=True) is None


@pytest.mark.parametrize("status", ["queued", "", "FINISHED", None, "a\0b"])
def test_a_worker_cannot_set_any_other_status(store: RunStore, status: Any) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("worker")
    with pytest.raises(StoreError, match=r"^status \(.*\) must be one of running, paused, finished"):
        store.queue.mark(run.id, "worker", status)


# --- leases -----------------------------------------------------------------------------------------------------------


def test_a_run_is_abandoned_when_its_lease_has_passed_and_not_a_moment_before(
    store: RunStore, clock: FakeClock
) -> None:
    waiting, running = in_order(queued(store, 2, lease_s=100))
    store.queue.claim("worker", running)
    moment = timedelta(microseconds=1)
    until = store.queue.renew_lease(running, 150)
    assert until == clock.now + timedelta(seconds=150)
    assert store.queue.abandoned(clock.now + timedelta(seconds=100) - moment) == []
    assert store.queue.abandoned(clock.now + timedelta(seconds=100)) == [waiting]
    assert store.queue.abandoned(until) == [waiting, running]
    assert store.runs.get(waiting).status == "queued"  # asking changes nothing

    clock.advance(120)
    assert store.queue.stop_abandoned() == [waiting]
    assert store.queue.stop_abandoned() == []
    assert (store.runs.get(waiting).status, store.runs.get(running).status) == ("abandoned", "running")
    assert store.runs.get(waiting).ended == clock.now


def test_a_worker_learns_that_its_run_was_abandoned(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=100)
    store.queue.claim("worker")
    clock.advance(100)
    store.queue.beat(run.id, "worker")  # a worker's life is no audience
    assert store.queue.stop_abandoned() == [run.id]
    with pytest.raises(NotHeldError, match="abandoned"):
        store.queue.beat(run.id, "worker")


def test_of_two_pages_the_more_patient_counts(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=0)
    long = store.queue.renew_lease(run.id, 500)
    assert store.queue.renew_lease(run.id, 90) == long
    assert store.runs.get(run.id).lease_until == long
    clock.advance(450)
    assert store.queue.renew_lease(run.id, 90) == long + timedelta(seconds=40)


def test_a_page_that_still_shows_an_ended_run_does_not_revive_it(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=10)
    clock.advance(10)
    store.queue.stop_abandoned()
    assert store.queue.renew_lease(run.id, 500) == run.lease_until
    assert store.runs.get(run.id).status == "abandoned"


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e9, "90", True])
def test_a_lease_has_bounds(store: RunStore, seconds: Any) -> None:
    (run,) = queued(store, 1)
    with pytest.raises(StoreError, match=r"^seconds "):
        store.queue.renew_lease(run.id, seconds)


def test_times_carry_their_zone(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=60)
    with pytest.raises(StoreError, match=r"now .* must be a time with a time zone"):
        store.queue.abandoned(datetime(2030, 1, 1))  # noqa: DTZ001 - that is the mistake
    elsewhere = (clock.now + timedelta(seconds=60)).astimezone(timezone(timedelta(hours=-7)))
    assert store.queue.abandoned(elsewhere) == [run.id]
    assert store.runs.get(run.id).created.tzinfo is UTC


# --- machines that disagree about the time ----------------------------------------------------------------------------


@pytest.mark.parametrize("ahead_s", [20, 300, -300])
def test_an_app_whose_clock_is_wrong_takes_nothing_from_a_worker_that_has_just_beaten(
    database_url: str, monkeypatch: pytest.MonkeyPatch, ahead_s: int
) -> None:
    store = RunStore(database_url)
    (run,) = queued(store, 1, lease_s=120)
    store.queue.claim("worker", run.id)
    store.queue.beat(run.id, "worker")

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Wrong":
            return super().now(tz) + timedelta(seconds=ahead_s)

    for name, module in list(sys.modules.items()):
        if name.startswith("attnlab.training.") and hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", Wrong)
    assert store.queue.requeue_silent(15) == []
    assert store.queue.stop_abandoned() == []
    renewed = store.queue.renew_lease(run.id, 120)
    assert timedelta(0) <= renewed - run.lease_until < timedelta(seconds=15)
    monkeypatch.undo()
    store.close()


def test_runs_of_one_tick_of_the_clock_wait_in_the_order_they_were_made(store: RunStore) -> None:
    made = [run.id for run in queued(store, 20)]
    assert store.queue.waiting() == made
    assert [run.id for run in store.runs.history()] == made[::-1]


# --- dead workers -----------------------------------------------------------------------------------------------------


def test_a_run_whose_worker_fell_silent_waits_again_in_its_old_place(store: RunStore, clock: FakeClock) -> None:
    (first,) = queued(store, 1)
    store.queue.claim("one")
    clock.advance(20)
    queued(store, 1)
    assert store.queue.requeue_silent(20) == []
    clock.advance(0.001)
    assert store.queue.requeue_silent(20) == [first.id]
    assert store.queue.position(first.id) == 1
    with pytest.raises(NotHeldError, match="queued"):
        store.queue.beat(first.id, "one")
    again = store.queue.claim("two")
    assert again is not None
    assert (again.id, again.worker, again.attempts) == (first.id, "two", 2)
    assert again.started == first.created  # the first start counts


def test_a_run_that_kills_its_workers_fails_after_three(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=3600)
    for attempt in range(3):
        assert store.queue.claim(f"worker {attempt}") is not None
        clock.advance(60)
        assert store.queue.requeue_silent(30) == ([run.id] if attempt < 2 else [])
    failed = store.runs.get(run.id)
    assert (failed.status, failed.worker, failed.ended) == ("failed", None, clock.now)
    assert failed.message == "3 workers ended while they trained it."


def test_a_snapshot_that_goes_further_counts_attempts_anew(store: RunStore, clock: FakeClock) -> None:
    (run,) = queued(store, 1, lease_s=86_400)
    for attempt in range(7):  # more than it may have in vain
        worker = f"worker {attempt}"
        assert store.queue.claim(worker) is not None
        store.snapshots.save(run.id, worker, [Snapshot("rnn", attempt // 2, WEIGHTS)])  # twice the same step
        assert store.runs.get(run.id).attempts == 1 + attempt % 2
        clock.advance(60)
        assert store.queue.requeue_silent(30) == [run.id]
    assert store.runs.get(run.id).claims == 7


def test_a_run_that_is_given_back_waits_in_its_old_place_and_the_attempt_does_not_count(store: RunStore) -> None:
    mine, other = queued(store, 2)
    for number in range(9):
        store.queue.claim(f"app-{number}", mine.id)
        assert store.queue.give_back("app-") == [mine.id]
    given = store.runs.get(mine.id)
    assert (given.status, given.worker, given.attempts, given.claims) == ("queued", None, 0, 9)
    assert store.queue.waiting() == [mine.id, other.id]
    store.queue.claim("app%", mine.id)
    assert store.queue.give_back("app_") == []  # a name is no pattern
    assert store.queue.give_back("app%", "no room") == [mine.id]
    assert store.runs.get(mine.id).message == "no room"


def test_a_paused_run_without_a_worker_waits_for_an_order_and_then_in_its_turn(
    store: RunStore, clock: FakeClock
) -> None:
    first, second = (store.runs.create(CONFIG, owner=name, name=name, lease_s=86_400).id for name in ("anna", "bert"))
    store.queue.claim("worker", first)
    store.queue.mark(first, "worker", "paused")
    assert store.queue.num_trained() == 1
    assert store.queue.release(first, "worker")
    left = store.runs.get(first)
    assert (left.status, left.worker, left.attempts, left.claims) == ("paused", None, 0, 1)
    clock.advance(100)
    assert store.queue.num_trained() == 0
    assert store.queue.requeue_silent(10) == []  # nobody has to beat for it
    assert store.queue.waiting() == [second]
    assert store.queue.claim("another", first) is None
    with pytest.raises(NotHeldError):
        store.queue.beat(first, "worker")
    store.commands.send(first, "set_lr", 0.1, by="anna")
    assert store.runs.get(first).status == "paused"
    store.commands.send(first, "resume", by="anna")
    assert store.runs.get(first).status == "queued"
    assert store.queue.waiting() == [first, second]  # it was first to come
    assert store.queue.claim("another", first) is not None
    assert [command.kind for command in store.commands.take(first, "another")] == ["set_lr", "resume"]


@pytest.mark.parametrize("order", ["resume", "step", "stop", "set_lr"])
def test_a_run_keeps_its_worker_where_an_order_has_come_in_the_last_moment(store: RunStore, order: Any) -> None:
    run = store.runs.create(CONFIG, owner="anna", name="run", lease_s=86_400).id
    store.queue.claim("worker", run)
    store.queue.mark(run, "worker", "paused")
    store.commands.send(run, order, {"step": 3, "set_lr": 0.1}.get(order), by="anna")
    assert not store.queue.release(run, "worker")
    assert store.runs.get(run).worker == "worker"
    store.commands.acknowledge(run, "worker", store.commands.take(run, "worker"))
    assert store.queue.release(run, "worker")
    with pytest.raises(NotHeldError):
        store.queue.release(run, "worker")


def test_a_paused_run_without_a_worker_is_stopped_at_once(store: RunStore, clock: FakeClock) -> None:
    run = store.runs.create(CONFIG, owner="anna", name="run", lease_s=86_400).id
    store.queue.claim("worker", run)
    store.queue.mark(run, "worker", "paused")
    store.queue.release(run, "worker")
    store.commands.send(run, "stop", by="anna")
    assert (store.runs.get(run).status, store.runs.get(run).ended) == ("stopped", clock.now)


def test_leases_are_extended_for_those_who_could_not_be_heard(store: RunStore, clock: FakeClock) -> None:
    forgotten, watched = queued(store, 2, lease_s=100)
    clock.advance(800)
    store.queue.renew_lease(watched.id, 100)
    clock.advance(300)
    store.queue.extend_leases(50, passed_s=900)
    assert store.queue.stop_abandoned() == [forgotten.id]
    clock.advance(50)
    assert store.queue.stop_abandoned() == [watched.id]


def test_a_supervisor_hands_a_run_over_and_the_former_worker_is_refused(store: RunStore) -> None:
    (run,) = queued(store, 1)
    store.queue.claim("one")
    assert store.queue.claim("two", run.id) is None
    taken = store.queue.claim("two", run.id, takeover=True)
    assert taken is not None
    assert (taken.worker, taken.attempts) == ("two", 2)
    with pytest.raises(NotHeldError):
        store.queue.beat(run.id, "one")
    store.queue.beat(run.id, "two")


def test_only_a_named_run_is_taken_over(store: RunStore) -> None:
    with pytest.raises(StoreError, match="takeover"):
        store.queue.claim("two", takeover=True)


def test_every_status_is_either_active_or_ended() -> None:
    assert set(ACTIVE) | set(ENDED) == {
        "queued", "running", "paused", "finished", "stopped", "failed", "diverged", "abandoned",
    }  # fmt: skip
    assert not set(ACTIVE) & set(ENDED)
