from itertools import islice

import pytest

from attnlab.models import reach
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.race import Race
from attnlab.training.shown.races import RACES
from attnlab.training.shown.ready import Ready
from attnlab.training.store import RunConfig
from attnlab.training.tuning.rates import best_rate


@pytest.mark.parametrize("name", RACES)
def test_a_race_as_shown_starts_and_can_be_stored(name: str) -> None:
    plan = RACES[name]
    assert RacePlan.from_config(RunConfig.from_json(plan.to_config().to_json())) == plan
    assert len(list(islice(Race(plan).events(), 5))) == 5


@pytest.mark.parametrize("name", RACES)
def test_every_rate_of_a_race_as_shown_is_a_tuned_one(name: str) -> None:
    plan = RACES[name]
    assert not plan.lr
    assert all(best_rate(plan.task_name, family).tuned for family in plan.families)


def test_there_are_six_or_more_and_all_have_contenders_to_compare() -> None:
    assert len(RACES) >= 6
    assert all(len(plan.families) >= 2 for plan in RACES.values())


def test_only_the_short_convolution_is_too_short() -> None:
    for name, plan in RACES.items():
        if "tcn" in plan.families:
            field = reach(plan.model_config("tcn"))
            assert field is not None
            assert (field < plan.task.info.span - 1) == (name == "short_tcn")


def test_a_plan_is_made_when_it_is_asked_for_and_once() -> None:
    made = []

    def maker() -> RacePlan:
        made.append("one")
        return RACES["sort"]

    ready = Ready({"one": maker})
    assert (list(ready), len(ready), "one" in ready, "two" in ready, made) == (["one"], 1, True, False, [])
    assert ready["one"] is ready["one"]
    assert made == ["one"]
