"""Points: what goes in comes out, pages poll what is new, only the holder writes."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attnlab.training.store import START, Counters, Cursor, NotHeldError, Point, RunConfig, RunStore, StoreError
from attnlab.training.store.curves import points as points_file
from tests.training.clock import FakeClock

CONTENDERS = ("attention", "rnn")
WHOLE = st.integers(0, 2**63 - 1)
NUMBER = st.none() | st.floats()
POINTS = st.builds(
    Point,
    contender=st.sampled_from(CONTENDERS),
    step=WHOLE,
    examples=WHOLE,
    seconds=st.floats(),
    loss=NUMBER,
    metric=NUMBER,
    lr=NUMBER,
    grad_norm=NUMBER,
    tokens_per_s=NUMBER,
    extras=st.dictionaries(st.sampled_from(["train loss", "nan", "größe", "a.b"]), st.floats()),
)


@pytest.fixture
def run(store: RunStore) -> str:
    """A run held by "worker"."""
    store.runs.create(RunConfig("copy", CONTENDERS), owner="anna", name="run", lease_s=600)
    claimed = store.queue.claim("worker")
    assert claimed is not None
    return claimed.id


def bits(value: Any) -> Any:
    """Comparable with ==, so that NaN equals NaN and -0.0 differs from 0.0."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return {name: bits(item) for name, item in value.items()} if isinstance(value, dict) else (type(value), value)


def written(point: Point) -> list[Any]:
    """A point but for the number that the store gives it."""
    return [bits(getattr(point, name)) for name in Point.__slots__ if name != "seq"]


# --- round trips ------------------------------------------------------------------------------------------------------


@given(new=st.lists(POINTS, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_point_comes_back_bit_for_bit(store: RunStore, run: str, new: list[Point]) -> None:
    last = store.points.append(run, "worker", new)
    page = store.points.after(run, Cursor(last - len(new)))
    assert [written(point) for point in page.points] == [written(point) for point in new]
    assert [point.seq for point in page.points] == list(range(last - len(new) + 1, last + 1))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, 1.7976931348623157e308, None])
def test_numbers_that_databases_lose_survive(store: RunStore, run: str, value: float | None) -> None:
    names = ("loss", "metric", "lr", "grad_norm", "tokens_per_s")
    extras = {} if value is None else {"extra": value}
    store.points.append(
        run, "worker", [Point("rnn", 0, seconds=value or 0.0, extras=extras, **dict.fromkeys(names, value))]
    )
    for page in (store.points.after(run), store.points.thinned(run)):
        (point,) = page.points
        assert [bits(getattr(point, name)) for name in names] == [bits(value)] * 5
        assert bits(point.extras) == bits(extras)


def test_numbers_of_numpy_are_numbers(store: RunStore, run: str) -> None:
    store.points.append(run, "worker", [Point("rnn", np.int64(3), loss=np.float32(0.5))])  # type: ignore[arg-type]
    (point,) = store.points.after(run).points
    assert (point.step, point.loss, type(point.step), type(point.loss)) == (3, 0.5, int, float)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("step", -1, "between 0 and 9223372036854775807"),
        ("step", 2**63, "between 0 and 9223372036854775807"),
        ("examples", 10**30, "between 0 and 9223372036854775807"),
        ("step", 1.0, "a whole number"),
        ("step", True, "a whole number"),
        ("step", None, "a whole number"),
        ("seconds", None, "a number"),
        ("loss", "0.5", "a number"),
        ("loss", 10**400, "a number of double precision"),
        ("grad_norm", 1j, "a number"),
        ("contender", "a\0b", "one of the run's: attention, rnn"),
        ("contender", "\ud800", "one of the run's: attention, rnn"),
        ("contender", ["rnn"], "one of the run's: attention, rnn"),
        ("extras", dict.fromkeys(map(str, range(33)), 0.0), "at most 32 numbers"),
        ("extras", {"a\0": 1.0}, "text without line breaks and control characters"),
    ],
)
def test_a_value_that_a_database_cannot_hold_is_refused_by_name(
    store: RunStore, run: str, field: str, value: Any, allowed: str
) -> None:
    good, bad = Point("rnn", 1, loss=0.5), Point(**{"contender": "rnn", "step": 2, field: value})
    with pytest.raises(StoreError, match=allowed) as refused:
        store.points.append(run, "worker", [good, bad])
    assert refused.value.field == field
    assert store.points.after(run).points == ()  # all or none
    assert store.points.append(run, "worker", [good]) == 1


def test_2_to_the_31_is_an_ordinary_step(store: RunStore, run: str) -> None:
    steps = [2**31 - 1, 2**31, 2**31 + 1, 2**63 - 1]
    store.points.append(run, "worker", [Point("rnn", step, examples=step) for step in steps])
    assert [(point.step, point.examples) for point in store.points.after(run).points] == [
        (step, step) for step in steps
    ]


def test_batches_and_runs_have_an_end(store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match=r"^points \(10001\) must be at most 10000 in one batch"):
        store.points.append(run, "worker", [Point("rnn", 0)] * 10_001)
    monkeypatch.setattr(points_file, "MAX_POINTS", 5)
    store.points.append(run, "worker", [Point("rnn", 0)] * 5)
    with pytest.raises(StoreError, match=r"^points \(6\) must be at most 5 in one run"):
        store.points.append(run, "worker", [Point("rnn", 0)])
    assert store.runs.get(run).last_seq == 5


# --- polling ----------------------------------------------------------------------------------------------------------


def test_a_page_that_polls_sees_every_point_once_in_order(store: RunStore, run: str) -> None:
    seen: list[int] = []
    cursor = START
    for step in range(0, 60, 3):
        store.points.append(run, "worker", [Point(CONTENDERS[step % 2], step + offset) for offset in range(3)])
        page = store.points.after(run, cursor, limit=2)
        assert page.more
        seen += [point.step for point in page.points]
        cursor = page.cursor
    while True:
        page = store.points.after(run, cursor, limit=7)
        seen += [point.step for point in page.points]
        cursor = page.cursor
        if not page.more:
            break
    assert seen == list(range(60))
    assert store.points.after(run, cursor).points == ()
    assert store.points.after(run, cursor).cursor == cursor


def test_points_go_with_a_heartbeat_and_counters(store: RunStore, run: str, clock: FakeClock) -> None:
    clock.advance(9)
    store.points.append(run, "worker", [Point("rnn", 4)], Counters(4, 128, 0.5))
    assert (store.runs.get(run).heartbeat, store.runs.get(run).counters) == (clock.now, Counters(4, 128, 0.5))


def test_a_worker_that_lost_the_run_adds_nothing(store: RunStore, run: str) -> None:
    store.points.append(run, "worker", [Point("rnn", 1)])
    store.queue.claim("other", run, takeover=True)
    with pytest.raises(NotHeldError) as refused:
        store.points.append(run, "worker", [Point("rnn", 2)], Counters(2))
    assert refused.value.got == "worker"
    with pytest.raises(NotHeldError):
        store.points.rewind(run, "worker", {"rnn": 0})
    assert [point.step for point in store.points.after(run).points] == [1]
    assert store.runs.get(run).counters == Counters()


# --- going back to a snapshot -----------------------------------------------------------------------------------------


def test_after_a_rewind_pages_start_again(store: RunStore, run: str) -> None:
    store.points.append(run, "worker", [Point(CONTENDERS[n % 2], n // 2) for n in range(20)])
    cursor = store.points.after(run).cursor
    store.points.rewind(run, "worker", {"attention": 4, "rnn": 7})
    store.points.append(run, "worker", [Point("attention", 5, loss=9.0)])
    page = store.points.after(run, cursor)
    assert page.restarted
    kept = [("attention", n) for n in range(5)] + [("rnn", n) for n in range(8)] + [("attention", 5)]
    assert sorted((point.contender, point.step) for point in page.points) == sorted(kept)
    assert page.points[-1].loss == 9.0
    after = store.points.after(run, page.cursor)
    assert (after.points, after.restarted) == ((), False)


def test_a_rewind_with_nothing_to_take_back_disturbs_nobody(store: RunStore, run: str) -> None:
    store.points.append(run, "worker", [Point("rnn", n) for n in range(5)])
    cursor = store.points.after(run).cursor
    store.points.rewind(run, "worker", {"rnn": 4, "attention": 0})
    store.points.rewind(run, "worker", {})
    assert not store.points.after(run, cursor).restarted


def test_a_rewind_to_before_the_start_leaves_nothing(store: RunStore, run: str) -> None:
    store.points.append(run, "worker", [Point("rnn", n + 1) for n in range(300)])
    store.points.rewind(run, "worker", {"rnn": 0})
    assert store.points.after(run).points == ()
    assert store.points.thinned(run).points == ()
    assert store.points.append(run, "worker", [Point("rnn", n + 1) for n in range(300)]) == 300
