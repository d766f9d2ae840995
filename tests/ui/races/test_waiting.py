"""What a page says of a run that waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.tasks import example_data
from attnlab.training import Counters, Point, RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.races import before_start
from attnlab.ui.races.before_start import _how_long, seconds_of
from attnlab.ui.races.race import _said_of, _waiting, minutes_left, waiting_s

SAID = page_prose("training")["run"]
PLAN = RacePlan(task_name="reverse", contenders=("gru",), budget=2000, steps=4)


def told(place: int, trained: int, usual_s: float | None) -> str:
    queue = SimpleNamespace(position=lambda _run: place, num_trained=lambda: trained, usual_s=lambda: usual_s)
    store: Any = SimpleNamespace(queue=queue)
    run: Any = SimpleNamespace(id="2" * 12)
    return _waiting(store, run, SAID)


@pytest.mark.parametrize(
    ("place", "trained", "usual_s", "sentence", "minutes"),
    [
        (1, 0, 60, "queued_starting", None),  # nobody is before it
        (1, 1, None, "queued", None),  # the next one: no worker is started for it
        (3, 0, 60, "queued", None),
        (1, 1, 60, "queued_minute", 1),
        (3, 1, 60, "queued_minutes", 3),
        (3, 2, 600, "queued_minutes", 15),
    ],
)
def test_who_waits_is_told_where_and_how_long(
    place: int, trained: int, usual_s: float | None, sentence: str, minutes: int | None
) -> None:
    assert told(place, trained, usual_s) == SAID[sentence].format(place=place, minutes=minutes)


def test_more_workers_make_shorter_waits() -> None:
    waits = [waiting_s(7, trained, 60) for trained in (1, 2, 3, 7)]
    assert waits == [390, 210, 150, 30]


def test_a_paused_race_that_has_left_its_worker_says_that_it_will_wait(store: RunStore) -> None:
    run = store.runs.create(PLAN.to_config(), owner="anna", name="run").id
    store.queue.claim("worker", run)
    store.queue.mark(run, "worker", "paused")
    assert _said_of(store.runs.get(run), PLAN) == "paused"
    store.queue.release(run, "worker")
    app = AppTest.from_file(str(PAGES / "training.py"), default_timeout=60)
    app.query_params["run"] = run
    app.run()
    assert not app.exception
    assert [bar.proto.text for bar in app.get("progress")] == [SAID["paused_left"].format(step=0)]  # type: ignore[union-attr]


@pytest.mark.parametrize("measures", [False, True])
def test_a_race_beside_a_measurement_says_so_before_it_starts_and_while_it_trains(
    measures: bool, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[str] = []
    measurement = SimpleNamespace(mark_raced=lambda: marked.append("raced"))
    monkeypatch.setattr(before_start, "is_measuring", lambda: measures)
    monkeypatch.setattr(before_start, "background", lambda: measurement)
    run = store.runs.create(PLAN.to_config(), owner="anna", name="run").id
    store.queue.claim("worker", run)
    said = []
    for params in ({}, {"run": run}):
        app = AppTest.from_file(str(PAGES / "training.py"), default_timeout=60)
        app.query_params.update(params)
        app.run()
        assert not app.exception
        said.append(SAID["measuring"] in [caption.value for caption in app.caption])
        assert bool(marked) == (measures and bool(params))
    assert said == [measures, measures]


# --- how long it lasts ------------------------------------------------------------------------------------------------


def ran(
    seconds: float | None,
    step: int = 4,
    *,
    status: str = "finished",
    contenders: tuple[str, ...] = ("gru",),
    plan: RacePlan = PLAN,
) -> Any:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    config = plan.to_config()
    return SimpleNamespace(
        status=status,
        started=begun,
        ended=None if seconds is None else begun + timedelta(seconds=seconds),
        counters=SimpleNamespace(step=step, seconds=seconds or 0.0),
        config=replace(config, contenders=contenders),
    )


def test_a_race_lasts_as_long_as_those_like_it_took_a_step() -> None:
    longer = replace(PLAN, steps=40)
    runs = [ran(4), ran(8), ran(100), ran(1, status="stopped"), ran(None), ran(1, contenders=("lstm",))]
    assert seconds_of(longer, runs) == 80
    assert seconds_of(longer, runs[3:]) is None
    assert seconds_of(replace(PLAN, seconds=30.0), []) == 30


def test_a_table_of_others_tells_nothing_of_how_long_ones_own_will_last() -> None:
    small = RacePlan(task_name="classify_csv", contenders=("text_cnn",), data=b"text,label\n" + b"a,x\nb,x\nc,y\nd,y\n")
    large = replace(small, data=example_data(), steps=3 * small.steps)
    runs = [ran(1, small.steps, contenders=("text_cnn",), plan=small)]
    assert seconds_of(large, runs) is None
    assert seconds_of(replace(small, sizes={"max_tokens": 512}), runs) is None
    assert seconds_of(replace(small, seed=7, steps=3 * small.steps), runs) == pytest.approx(3)


def test_what_such_races_took_here_is_said_beside_start_and_that_nobody_knows(store: RunStore) -> None:
    said = page_prose("training")["lasting"]
    assert _how_long(PLAN) == said["unknown"]
    run = store.runs.create(PLAN.to_config(), owner="me", name="one").id
    store.queue.claim("worker", run)
    store.points.append(run, "worker", [Point("gru", 4)], Counters(4, 4, 1.0))
    store.queue.mark(run, "worker", "finished")
    assert _how_long(PLAN) == said["minute"]


@pytest.mark.parametrize(
    ("step", "seconds", "status", "minutes"),
    [
        (10, 60.0, "running", 9),
        (100, 60.0, "running", None),
        (99, 99.0, "running", 1),
        (4, 60.0, "running", None),
        (50, 60.0, "paused", None),
    ],
)
def test_a_race_says_how_long_it_will_go_on_once_it_knows(
    step: int, seconds: float, status: str, minutes: int | None
) -> None:
    run: Any = SimpleNamespace(status=status, worker="w", counters=SimpleNamespace(step=step, seconds=seconds))
    assert minutes_left(run, replace(PLAN, steps=100)) == minutes
    assert minutes_left(run, replace(PLAN, steps=100, seconds=5.0)) is None
    scored = step == 100 and status == "running"
    assert (_said_of(run, replace(PLAN, steps=100)) == "running_scored") == scored
