"""The classifiers that come with the app, and the races they come from."""

from typing import cast

import pytest

from attnlab.models import CLASSIFIER_FAMILIES, FamilyName
from attnlab.tasks import Classification, Reading, example_data
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.verdicts import verdicts
from attnlab.training.shipped_classifier import PATH, shipped
from attnlab.training.shown.classify_plans import CLASSIFICATIONS, on_rows
from attnlab.training.store import RunConfig
from attnlab.training.tuning.rates import best_rate


def test_all_four_fit_half_a_megabyte() -> None:
    assert tuple(shipped()) == CLASSIFIER_FAMILIES
    assert PATH.stat().st_size < 500_000


def test_they_are_those_of_the_race_as_it_comes() -> None:
    plan = CLASSIFICATIONS["sentiment"]
    for family, one in shipped().items():
        assert one.model.config == plan.model_config(family)
        assert one.reader.symbols == plan.task.info.symbols


@pytest.mark.parametrize("family", ["transformer", "lstm"])
def test_who_knows_the_order_is_right_where_a_distant_not_flips_the_verdict(family: FamilyName) -> None:
    task = cast("Classification", CLASSIFICATIONS["sentiment"].task)
    batch = task.examples("test")
    shares = verdicts(shipped()[family].model, batch).within(task.subsets(batch))
    assert all(share is not None and share >= 0.98 for share in shares.values())


@pytest.mark.parametrize("family", ["transformer", "lstm", "text_cnn"])
def test_they_hold_in_sentences_without_an_aside_which_none_of_them_has_seen(family: FamilyName) -> None:
    one = shipped()[family]
    for opinion, positive in (("good", True), ("bad", False)):
        for negation in ("", "not "):
            said = one.classify(f"i would {negation}say that the film was really {opinion}")
            assert (said["positive"] > 0.5) == (positive != bool(negation))


def test_a_bag_of_words_is_near_chance_there() -> None:
    task = cast("Classification", CLASSIFICATIONS["sentiment"].task)
    batch = task.examples("test")
    share = verdicts(shipped()["bag_of_words"].model, batch).within(task.subsets(batch))["negated"]
    assert share is not None
    assert 0.45 <= share <= 0.55


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_a_race_as_it_comes_can_be_stored_and_its_rates_are_tuned(name: str) -> None:
    plan = CLASSIFICATIONS[name]
    assert RacePlan.from_config(RunConfig.from_json(plan.to_config().to_json())) == plan
    assert all(best_rate(plan.task_name, family).tuned for family in plan.families)


def test_the_learners_rows_are_learned() -> None:
    plan = on_rows(example_data(), Reading())
    learner = Learner(plan, "text_cnn")
    before = learner.advance(1).loss
    assert learner.advance(80).losses[-1] < 0.5 * before
