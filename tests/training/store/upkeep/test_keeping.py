"""What the store holds, and what goes when that is too much."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from attnlab.training.running.supervisor import SWEEP_S, TICK_S, Supervisor
from attnlab.training.store import ADMINISTRATOR, Point, RunConfig, RunStore, Snapshot, StoreError
from attnlab.training.store.upkeep.keeping import (
    DAYS_VARIABLE,
    MB_VARIABLE,
    POINT_BYTES,
    Holding,
    Limits,
    beyond_limits,
    limits_in,
    total_size,
)
from tests.training.clock import FakeClock

CONFIG = RunConfig("copy", ("rnn",))
MEGABYTE = 10**6
DAY_S = 86_400.0


def weights(size: int) -> bytes:
    """Of so many bytes."""
    header = b'{"w":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (size, size)
    return len(header).to_bytes(8, "little") + header + bytes(size)


def ended(store: RunStore, name: str, *, megabytes: float = 1.0, config: RunConfig = CONFIG) -> str:
    run = store.runs.create(config, owner=name, name=name, lease_s=DAY_S).id
    store.queue.claim(name, run)
    store.snapshots.save(run, name, [Snapshot("rnn", 1, weights(round(megabytes * MEGABYTE)))])
    store.queue.mark(run, name, "finished")
    return run


def names(found: list[Holding]) -> list[str]:
    return [holding.run.name for holding in found]


def test_a_run_holds_its_weights_its_points_and_the_data_it_names(store: RunStore) -> None:
    digest = store.datasets.save(b"x" * 5000)
    config = RunConfig("csv", ("rnn",), {"data_digest": digest})
    empty = store.runs.create(CONFIG, owner="anna", name="empty", lease_s=DAY_S)
    full = store.runs.create(config, owner="bert", name="full", lease_s=DAY_S).id
    store.queue.claim("worker", full)
    store.points.append(full, "worker", [Point("rnn", step) for step in range(100)])
    saved = weights(3000)
    store.snapshots.save(full, "worker", [Snapshot("rnn", step, saved) for step in (1, 2)])
    of_full, of_empty = store.keeping.holdings()
    assert (of_full.run.id, of_empty.run.id) == (full, empty.id)
    assert of_empty.size == len(CONFIG.to_json())
    assert of_full.size == 2 * len(saved) + 100 * POINT_BYTES + len(config.to_json())
    assert (of_full.digest, of_full.data_size, of_empty.digest, of_empty.data_size) == (digest, 5000, None, 0)
    assert total_size([of_full, of_full, of_empty]) == 2 * of_full.size + of_empty.size + 5000  # the data once


def test_runs_go_when_they_ended_too_long_ago(store: RunStore, clock: FakeClock) -> None:
    for name in ("oldest", "old", "young"):
        ended(store, name)
        clock.advance(DAY_S)
    clock.advance(1)
    limits = Limits(days=2)
    assert names(store.keeping.forget(limits, dry_run=True)) == ["oldest", "old"]
    assert len(store.runs.history()) == 3
    assert names(store.keeping.forget(limits)) == ["oldest", "old"]
    assert [run.name for run in store.runs.history()] == ["young"]
    assert store.keeping.forget(limits) == []


def test_the_oldest_go_until_the_rest_has_room(store: RunStore, clock: FakeClock) -> None:
    for name in ("first", "second", "third"):
        ended(store, name)
        clock.advance(60)
    assert store.keeping.forget(Limits(megabytes=4)) == []
    assert names(store.keeping.forget(Limits(megabytes=2))) == ["first", "second"]  # each has a little more than 1 MB
    assert names(store.keeping.forget(Limits(megabytes=0))) == ["third"]


def test_pinned_and_unfinished_runs_stay_and_count(store: RunStore, clock: FakeClock) -> None:
    pinned = ended(store, "pinned")
    store.runs.pin(pinned, by="pinned")
    for _ in range(2):
        store.runs.create(CONFIG, owner="anna", name="waiting", lease_s=DAY_S)
    store.queue.claim("worker")
    clock.advance(60)
    ended(store, "ended")
    clock.advance(100 * DAY_S)
    assert names(store.keeping.forget(Limits(days=1, megabytes=1))) == ["ended"]
    assert sorted(run.name for run in store.runs.history()) == ["pinned", "waiting", "waiting"]
    store.runs.pin(pinned, by=ADMINISTRATOR, pinned=False)
    assert names(store.keeping.forget(Limits(days=1))) == ["pinned"]


def test_a_run_that_is_pinned_at_the_last_moment_stays(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ended(store, "anna")
    looked = store.keeping._looked

    def pinned_since() -> object:
        found = looked()
        store.runs.pin(run, by="anna")
        return found

    monkeypatch.setattr(store.keeping, "_looked", pinned_since)
    assert store.keeping.forget(Limits(megabytes=0)) == []
    assert store.runs.get(run).pinned


def test_data_that_another_run_names_make_no_room(store: RunStore, clock: FakeClock) -> None:
    digest = store.datasets.save(bytes(2 * MEGABYTE))
    config = RunConfig("csv", ("rnn",), {"data_digest": digest})
    for name in ("one", "two"):
        ended(store, name, config=config)
        clock.advance(60)
    found, now = store.keeping.holdings(), clock.now
    assert names(beyond_limits(found, Limits(megabytes=4), now)) == ["one"]  # 1 + 1 + 2 MB and a little
    assert names(beyond_limits(found, Limits(megabytes=3), now)) == ["one", "two"]
    clock.advance(601)
    store.keeping.forget(Limits(megabytes=3))
    with pytest.raises(StoreError):
        store.datasets.load(digest)


def test_of_all_processes_one_forgets_once_an_hour(store: RunStore, clock: FakeClock, database_url: str) -> None:
    other = RunStore(database_url, clock=clock)
    nothing = Limits(megabytes=0)
    ended(store, "first")
    assert names(other.keeping.forget_hourly(nothing)) == ["first"]
    ended(store, "second")
    clock.advance(3599)
    assert store.keeping.forget_hourly(nothing) == other.keeping.forget_hourly(nothing) == []
    clock.advance(1)
    assert names(store.keeping.forget_hourly(nothing)) == ["second"]
    assert other.keeping.forget_hourly(nothing) == []
    other.close()


@pytest.mark.parametrize(
    ("environment", "limits"),
    [
        ({}, Limits()),
        ({DAYS_VARIABLE: "", MB_VARIABLE: ""}, Limits()),
        ({DAYS_VARIABLE: "30"}, Limits(days=30)),
        ({DAYS_VARIABLE: "1", MB_VARIABLE: "0"}, Limits(days=1, megabytes=0)),
    ],
)
def test_limits_come_from_the_environment(environment: Mapping[str, str], limits: Limits) -> None:
    assert limits_in(environment) == limits
    assert limits.any is bool([text for text in environment.values() if text])


@pytest.mark.parametrize("variable", [DAYS_VARIABLE, MB_VARIABLE])
@pytest.mark.parametrize("text", ["-1", "1.5", "ten", " 3", "1e3", "٣", "9" * 30])
def test_a_limit_that_is_no_number_is_refused_by_its_name(variable: str, text: str) -> None:
    with pytest.raises(StoreError, match=rf"^{variable} \(.*\) must be a whole number between \d+ and \d+$"):
        limits_in({variable: text})


def test_no_day_at_all_is_refused() -> None:
    with pytest.raises(StoreError, match="between 1 and"):
        limits_in({DAYS_VARIABLE: "0"})


# --- in the app -------------------------------------------------------------------------------------------------------


class NoJobs:
    """Trains nothing."""

    def submit(self, _run: str) -> None:
        pass

    def in_background(self, call: object) -> None:
        assert callable(call)
        call()


def test_the_supervisor_keeps_to_the_limits(store: RunStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("attnlab.training.running.supervisor.time.monotonic", lambda: now[0])
    unlimited = Supervisor(store, NoJobs())  # type: ignore[arg-type]
    limited = Supervisor(store, NoJobs(), limits=Limits(days=1))  # type: ignore[arg-type]
    ended(store, "old")
    clock.advance(2 * DAY_S)
    unlimited.tick()
    assert len(store.runs.history()) == 1
    limited.tick()
    assert store.runs.history() == []
    asked: list[Limits] = []
    monkeypatch.setattr(store.keeping, "forget_hourly", lambda limits: asked.append(limits) or [])
    for _ in range(3):
        now[0] += SWEEP_S / 2
        limited.tick()
    assert asked == [Limits(days=1)]
    assert timedelta(seconds=TICK_S) < timedelta(seconds=SWEEP_S)
