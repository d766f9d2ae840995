"""A page looks after a run as often as there is something to see."""

import pytest

from attnlab.training import RunStore
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.races.polling import FAR_S, RACE_S, Stage, poll_s, race_poll_s, stage_of

PLAN = RacePlan(task_name="reverse", contenders=("gru",), budget=2000, steps=4)


def test_who_waits_behind_others_asks_seldom_and_the_next_one_often(store: RunStore) -> None:
    first, second = (store.runs.create(PLAN.to_config(), owner=owner, name="run").id for owner in ("anna", "ben"))

    def stages() -> list[Stage]:
        return [stage_of(store, store.runs.get(run)) for run in (first, second)]

    assert stages() == ["next", "far"]
    store.queue.claim("worker", first)
    assert stages() == ["live", "next"]
    store.queue.mark(first, "worker", "paused")
    assert stages() == ["paused", "next"]
    store.queue.mark(first, "worker", "finished")
    assert stages() == ["over", "next"]


@pytest.mark.parametrize(
    ("stage", "seconds"), [("far", FAR_S), ("next", RACE_S), ("live", RACE_S), ("paused", RACE_S), ("over", None)]
)
def test_the_pace_of_a_stage(stage: Stage, seconds: float | None) -> None:
    assert race_poll_s(stage) == seconds
    assert FAR_S > 5 * RACE_S


def test_what_is_made_of_snapshots_is_looked_at_while_there_are_new_ones(store: RunStore) -> None:
    run = store.runs.create(PLAN.to_config(), owner="anna", name="run").id
    assert poll_s(None, 1.5) is None
    assert poll_s(store.runs.get(run), 1.5) is None
    store.queue.claim("worker", run)
    assert poll_s(store.runs.get(run), 1.5) == 1.5
    store.queue.mark(run, "worker", "finished")
    assert poll_s(store.runs.get(run), 1.5) is None
