"""What a soak says of the curves of races that went on after faults."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from attnlab.training.racing.race import evaluation_steps
from attnlab.training.store import Point
from benchmarks.soak import disagreeing, faults_of, scores_of
from tests.training.small_plans import small_plan

PLAN = small_plan(("gru",), steps=40)
DUE = evaluation_steps(PLAN)


def trained(step: int) -> Point:
    return Point("gru", step, step * PLAN.batch_size, 0.1 * step, loss=1.0)


def scored(step: int, metric: float = 0.5) -> Point:
    return Point("gru", step, step * PLAN.batch_size, 0.1 * step, metric=metric, extras={"test_loss": 1 - metric})


def whole(last: int = 40) -> list[Point]:
    due = [step for step in DUE if step <= last]
    return [point for step in due for point in ([trained(step)] if step else []) + [scored(step)]]


def test_a_whole_curve_has_no_fault_wherever_it_ends() -> None:
    assert len(DUE) > 5
    for last in DUE:
        assert faults_of(whole(last), PLAN) == []


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        ([*whole(), trained(DUE[3])], f"gru: {DUE[3]} again"),
        ([*whole(), scored(DUE[3])], f"gru: {DUE[3]} scored 2 times"),
        ([point for point in whole() if point != scored(DUE[3])], f"gru: {DUE[3]} is missing"),
        ([replace(point, examples=3) if point.step == 40 else point for point in whole()], "gru: 3 examples at 40"),
    ],
)
def test_each_fault_of_a_curve_is_found(points: Sequence[Point], fault: str) -> None:
    assert fault in faults_of(points, PLAN)


def test_races_of_one_plan_are_compared_where_both_have_been() -> None:
    same, other = scores_of(whole()), scores_of([scored(DUE[2], 0.6), *whole(DUE[4])[6:]])
    assert disagreeing([same, scores_of(whole(DUE[4]))]) == []
    assert disagreeing([same, other]) == [("gru", DUE[2])]
