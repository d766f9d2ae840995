"""Snapshots: whole or not at all, bit for bit, the latest at hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from sqlalchemy import event

from attnlab.training.store import NotHeldError, RunConfig, RunStore, Snapshot, StoreError
from attnlab.training.store import snapshots as snapshots_file
from tests.training.clock import FakeClock

WEIGHTS: dict[str, np.ndarray[Any, Any]] = {
    "q_proj": np.array([[1.5, -0.0], [np.nan, np.inf]], dtype=np.float32),
    "bias": np.arange(7),
}


@pytest.fixture
def run(store: RunStore) -> str:
    """A run held by "worker"."""
    store.runs.create(RunConfig("copy", ("attention", "rnn")), owner="anna", name="run", lease_s=600)
    claimed = store.queue.claim("worker")
    assert claimed is not None
    return claimed.id


def snapshot(contender: str = "rnn", step: int = 0, size: int = 3, **meta: Any) -> Snapshot:
    return Snapshot(contender, step, save({"w": np.full(size, step, dtype=np.int64)}), meta)


def test_weights_come_back_bit_for_bit(store: RunStore, run: str, clock: FakeClock) -> None:
    kept = Snapshot("rnn", 2**31, save(WEIGHTS, {"note": "ß"}), {"loss": 0.25, "layers": [2, 3], "none": None})
    store.snapshots.save(run, "worker", [kept])
    read = store.snapshots.load(run, "rnn", 2**31)
    assert read == kept
    for name, array in load(read.weights).items():
        assert array.dtype == WEIGHTS[name].dtype
        assert array.tobytes() == WEIGHTS[name].tobytes()
    (info,) = store.snapshots.listed(run)
    assert (info.contender, info.step, info.created) == ("rnn", 2**31, clock.now)
    assert (info.size, info.meta) == (len(kept.weights), kept.meta)


def test_the_list_and_the_latest_read_no_weights(store: RunStore, run: str) -> None:
    store.snapshots.save(run, "worker", [snapshot()])
    asked: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    store.snapshots.listed(run)
    store.snapshots.latest(run)
    assert not [statement for statement in asked if "weights" in statement]
    store.snapshots.load(run, "rnn", 0)
    assert [statement for statement in asked if "weights" in statement]


def test_the_latest_of_each_contender_is_where_training_resumes(store: RunStore, run: str) -> None:
    assert store.snapshots.latest(run) == {}
    for step in (9, 100, 20):
        store.snapshots.save(run, "worker", [snapshot("rnn", step), snapshot("attention", step // 2)])
    assert {name: info.step for name, info in store.snapshots.latest(run).items()} == {"rnn": 100, "attention": 50}
    assert [info.step for info in store.snapshots.listed(run, "rnn")] == [9, 20, 100]
    assert [info.contender for info in store.snapshots.listed(run)] == ["attention"] * 3 + ["rnn"] * 3


def test_the_same_step_again_replaces(store: RunStore, run: str) -> None:
    store.snapshots.save(run, "worker", [snapshot(note="first")])
    store.snapshots.save(run, "worker", [snapshot(note="second")])
    assert [info.meta for info in store.snapshots.listed(run)] == [{"note": "second"}]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda: Snapshot("rnn", 1, b""), "safetensors, whole"),
        (lambda: Snapshot("rnn", 1, b"\x80\x04pickled...."), "safetensors, whole"),
        (lambda: Snapshot("rnn", 1, snapshot().weights[:-1]), "safetensors, whole"),
        (lambda: Snapshot("rnn", 1, snapshot().weights + b"\0"), "safetensors, whole"),
        (lambda: Snapshot("rnn", 1, b"\xff" * 8 + b"{}"), "safetensors, whole"),
        (lambda: Snapshot("rnn", 1, b"\x02\0\0\0\0\0\0\0[]"), "safetensors, whole"),
        (lambda: snapshot("rnn", -1), "between 0"),
        (lambda: snapshot("rnn", 2**63 - 1, 1, x=math.nan), "a finite number"),
        (lambda: snapshot("cnn"), "one of the run's: attention, rnn"),
        (lambda: snapshot("rnn", 1, size=2_000), "at most 10000 bytes$"),
        (lambda: snapshot("rnn", 1, size=1_000), "at most 12000 bytes in one run"),
    ],
)
def test_one_bad_snapshot_and_none_is_saved(
    store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch, broken: Callable[[], Snapshot], reason: str
) -> None:
    monkeypatch.setattr(snapshots_file, "MAX_SNAPSHOT_BYTES", 10_000)
    monkeypatch.setattr(snapshots_file, "MAX_SNAPSHOTS_BYTES", 12_000)
    store.snapshots.save(run, "worker", [snapshot("rnn", 0, size=500)])
    before = store.snapshots.listed(run)
    with pytest.raises(StoreError, match=reason):
        store.snapshots.save(run, "worker", [snapshot("attention", 1), broken()])
    assert store.snapshots.listed(run) == before


def test_a_worker_that_lost_the_run_saves_nothing(store: RunStore, run: str) -> None:
    store.queue.claim("other", run, takeover=True)
    with pytest.raises(NotHeldError):
        store.snapshots.save(run, "worker", [snapshot()])
    assert store.snapshots.listed(run) == []


def test_a_snapshot_that_is_not_there_is_refused_by_name(store: RunStore, run: str) -> None:
    store.snapshots.save(run, "worker", [snapshot("rnn", 5)])
    with pytest.raises(StoreError, match=r"snapshot \('rnn at step 6'\) must be one that was saved"):
        store.snapshots.load(run, "rnn", 6)


def test_an_ordinary_snapshot_of_eight_megabytes_fits(store: RunStore, run: str) -> None:
    large = snapshot("rnn", 7, size=2**20)
    store.snapshots.save(run, "worker", [large])
    assert store.snapshots.load(run, "rnn", 7) == large
