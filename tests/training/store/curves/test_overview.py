"""Overviews: few points, the same picture. Each law is shown to fail on a decimation that loses what matters."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from attnlab.training.store import Point, PointPage, RunConfig, RunStore, StoreError
from attnlab.training.store.curves import overview as overview_file
from attnlab.training.store.curves.thinning import Indices, extremes, thinned_indices
from attnlab.training.store.sql.schema import overview
from tests.products import slow

CONTENDERS = ("attention", "rnn", "cnn")
Decimation = Callable[[Sequence[str], Sequence[Sequence[float | None]], int], Indices]


# --- the pure part ----------------------------------------------------------------------------------------------------


def test_extremes_worked_by_hand() -> None:
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
    values = [3.0, 1.0, 2.0, None, math.nan, 5.0, math.nan, None, None]
    # group 0: minimum at 1, maximum at 0; group 1: its only number at 5, its first NaN at 4; group 2: nothing
    assert extremes(groups, values).tolist() == [0, 1, 4, 5]


def test_infinity_is_a_maximum_and_nothing_is_nothing() -> None:
    assert extremes(np.array([0, 0, 0]), [1.0, math.inf, -math.inf]).tolist() == [1, 2]
    assert extremes(np.array([], dtype=np.int64), []).tolist() == []
    assert extremes(np.array([7]), [None]).tolist() == []


def spike_is_kept(decimation: Decimation, spike: float) -> bool:
    """Whether one odd value in 20,011 is among at most 300 that are kept, wherever it stands."""
    total, most = 20_011, 300
    contenders = [CONTENDERS[n % 3] for n in range(total)]
    for place in (1, 777, 10_000, total - 2):
        loss: list[float | None] = [1 / (1 + n) for n in range(total)]
        loss[place] = spike
        kept = decimation(contenders, [loss, [None] * total], most)
        assert len(kept) <= most
        if place not in kept:
            return False
    return True


def every_nth(contenders: Sequence[str], measures: Sequence[Sequence[float | None]], most: int) -> Indices:
    return np.arange(0, len(contenders), len(contenders) // most + 1)


def highest_only(contenders: Sequence[str], measures: Sequence[Sequence[float | None]], most: int) -> Indices:
    return np.argsort([-math.inf if value is None else value for value in measures[0]])[-most:]


@pytest.mark.parametrize("spike", [50.0, -50.0, math.inf, -math.inf, math.nan])
def test_a_spike_is_never_lost(spike: float) -> None:
    assert spike_is_kept(thinned_indices, spike)


@pytest.mark.parametrize(("broken", "spike"), [(every_nth, 50.0), (every_nth, math.nan), (highest_only, -50.0)])
def test_a_decimation_that_loses_spikes_is_found_out(broken: Decimation, spike: float) -> None:
    assert not spike_is_kept(broken, spike)


@given(
    codes=st.lists(st.integers(0, 3), min_size=1, max_size=300),
    most=st.integers(8, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_curves_shrink_to_the_size_asked_for_with_both_ends(codes: list[int], most: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    odd = [math.nan, math.inf, -math.inf, None]
    values = [odd[n % 4] if n < 20 else float(n) for n in random.integers(0, 100, len(codes))]
    contenders = [f"model {code}" for code in codes]
    kept = thinned_indices(contenders, [values, values[::-1]], most)
    assert len(kept) <= most
    assert (np.diff(kept) > 0).all()
    if len(codes) <= most:
        assert len(kept) == len(codes)
    for contender in set(contenders):
        places = [n for n, name in enumerate(contenders) if name == contender]
        assert {places[0], places[-1]} <= set(kept.tolist())


# --- in the store -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(store: RunStore) -> str:
    """A run held by "worker"."""
    store.runs.create(RunConfig("copy", CONTENDERS), owner="anna", name="run", lease_s=600)
    claimed = store.queue.claim("worker")
    assert claimed is not None
    return claimed.id


def noisy(count: int, start: int = 0) -> list[Point]:
    random = np.random.default_rng(start)
    loss, metric = random.random(count), random.random(count)
    return [
        Point(CONTENDERS[n % 3], n // 3, loss=float(loss[n - start]), metric=float(metric[n - start]))
        for n in range(start, start + count)
    ]


def append(store: RunStore, run: str, points: Sequence[Point], batch: int) -> None:
    for start in range(0, len(points), batch):
        store.points.append(run, "worker", points[start : start + batch])


def levels(store: RunStore, run: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    query = (
        select(overview.c.level, overview.c.seq).where(overview.c.run == run).order_by(overview.c.level, overview.c.seq)
    )
    with store.database.reading() as connection:
        for level, seq in connection.execute(query).all():
            found.setdefault(level, []).append(seq)
    return found


def expected_levels(points: Sequence[Point]) -> dict[int, list[int]]:
    """From all points at once, each level on its own."""
    found = {}
    level, last = 1, points[-1].seq
    while (size := overview_file.block_size(level)) <= last:
        whole = [point for point in points if point.seq <= last // size * size]
        groups = np.array([(point.seq - 1) // size * 3 + CONTENDERS.index(point.contender) for point in whole])
        kept = {
            int(n) for values in ([p.loss for p in whole], [p.metric for p in whole]) for n in extremes(groups, values)
        }
        found[level] = [whole[n].seq for n in sorted(kept)]
        level += 1
    return found


@pytest.mark.parametrize("total", [20_000, pytest.param(200_000, marks=slow)])
def test_many_points_draw_from_a_few_thousand_rows(total: int, store: RunStore, run: str) -> None:
    points = noisy(total)
    spikes = {3: math.nan, total // 4: 1e9, total // 2 + 1: -1e9, total - 999: math.inf}
    for place, value in spikes.items():
        points[place] = Point(points[place].contender, points[place].step, loss=value)
    append(store, run, points, 10_000)
    page = store.points.thinned(run, 2_000)
    assert 1_000 < len(page.points) <= 2_000
    assert {place + 1 for place in spikes} <= {point.seq for point in page.points}
    for contender in CONTENDERS:
        steps = [point.step for point in page.points if point.contender == contender]
        assert steps == sorted(steps)
        assert (steps[0], steps[-1]) == (0, max(p.step for p in points if p.contender == contender))
        # no stretch of the axis is empty
        assert np.diff(steps).max() < total / 3 / 20
    assert rows_read(store, lambda: store.points.thinned(run, 2_000)) <= 6_000
    assert rows_read(store, lambda: store.points.thinned(run, 100)) <= 600
    assert store.points.after(run, page.cursor).points == ()


def rows_read(store: RunStore, call: Callable[[], PointPage]) -> int:
    """Rows of points that the call's queries find, asked again one by one."""
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, _context: object, _many: bool) -> None:
        if statement.startswith("SELECT points."):
            asked.append((f"SELECT count(*) FROM ({statement}) AS asked", parameters))

    event.listen(store.database.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(store.database.engine, "before_cursor_execute", note)
    assert asked
    with store.database.reading() as connection:
        return sum(connection.exec_driver_sql(query, parameters).scalar_one() for query, parameters in asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("total", [0, 1, 63, 127, 128, 129, 511, 513, 2_047, 2_048, 2_049])
def test_a_short_run_is_its_own_overview(store: RunStore, run: str, total: int) -> None:
    points = noisy(total)
    append(store, run, points, 100)
    page = store.points.thinned(run, 3_000)
    assert [(point.contender, point.step, point.loss) for point in page.points] == [
        (point.contender, point.step, point.loss) for point in points
    ]
    few = store.points.thinned(run, 80)
    assert len(few.points) == min(total, 80) or 40 <= len(few.points) <= 80


@pytest.mark.parametrize(("batch", "total"), [(1_000, 2_200), (137, 1_100), (128, 1_100), (7, 600)])
def test_levels_do_not_depend_on_how_points_arrive(store: RunStore, run: str, batch: int, total: int) -> None:
    append(store, run, noisy(total), batch)
    assert levels(store, run) == expected_levels(store.points.after(run).points)


@pytest.mark.parametrize("steps", [{"rnn": 300}, {"attention": 200, "rnn": 100, "cnn": 399}, {"cnn": 0}, {"rnn": 700}])
def test_levels_are_right_after_a_rewind(store: RunStore, run: str, steps: dict[str, int]) -> None:
    append(store, run, noisy(1_400), 700)
    store.points.rewind(run, "worker", steps)
    assert levels(store, run) == expected_levels(store.points.after(run).points)
    append(store, run, noisy(700, start=5_000), 350)
    store.points.rewind(run, "worker", {"attention": 250, "rnn": 290, "cnn": 300})
    append(store, run, noisy(300, start=9_000), 300)
    assert levels(store, run) == expected_levels(store.points.after(run).points)


def test_levels_of_a_rewind_without_care_are_found_out(
    store: RunStore, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(store, run, noisy(2_200), 550)
    monkeypatch.setattr(overview_file, "rebuild", lambda *_: None)
    store.points.rewind(run, "worker", {"rnn": 300})
    assert levels(store, run) != expected_levels(store.points.after(run).points)


@pytest.mark.parametrize("most", [0, 79, 20_001, -1, 2.5])
def test_an_overview_has_bounds(store: RunStore, run: str, most: int) -> None:
    with pytest.raises(StoreError, match=r"^most "):
        store.points.thinned(run, most)
