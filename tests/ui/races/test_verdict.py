"""What is said of a race that is over."""

import pytest

from attnlab.charts import contender_name
from attnlab.looks.run_store import Final
from attnlab.models import describe
from attnlab.prose import page_prose
from attnlab.tasks import Floor
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import Evaluation
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.shown.races import RACES
from attnlab.training.shown.translation_plans import small_plan
from attnlab.ui.races.verdict import floor_under, handicap, verdicts

WORDS = page_prose("training")
TRANSLATION = "translation"


def plan_of(name: str) -> RacePlan:
    """A race that ships; the pairs of the translation take seconds to draw."""
    if name == TRANSLATION:
        return small_plan()
    return RACES[name] if name in RACES else CLASSIFICATIONS[name]


@pytest.mark.parametrize("name", [*RACES, *CLASSIFICATIONS, TRANSLATION])
def test_each_contender_is_told_by_its_own_numbers(name: str) -> None:
    plan = plan_of(name)
    for key in plan.contenders:
        sentence = handicap(plan, key, WORDS["lanes"])
        assert "{" not in sentence
        facts = describe(plan.model_config(key), plan.task.info.seq_len)
        numbers = {f"{facts.seq_len}", f"{facts.state_size or facts.d_model:,}", f"{facts.receptive_field}"}
        assert not any(character.isdigit() for character in sentence) or any(one in sentence for one in numbers)


def test_the_best_is_told_first_and_who_has_learned_nothing_is_compared_with_the_floor() -> None:
    plan = RACES["recall"]
    ends = {"lstm": 0.245, "transformer": 0.999, "tcn": 0.6}
    told = verdicts(
        {key: Final(400, Evaluation(0.1, score, 1000), 0.003, False) for key, score in ends.items()}, plan, WORDS
    )
    assert [sentence.split(":")[0].split(" has")[0].strip("*") for sentence in told] == [
        contender_name(key) for key in ("transformer", "tcn", "lstm")
    ]
    assert told[0].startswith(
        WORDS["verdict"]["learned"].split("{why}")[0].format(name="Transformer", score="99.9%").strip()
    )
    assert WORDS["floors"]["in context"] in told[2]
    assert all(
        handicap(plan, key, WORDS["lanes"]) in sentence
        for key, sentence in zip(("transformer", "tcn", "lstm"), told, strict=True)
    )


def test_a_loss_is_better_where_it_is_lower_and_a_diverged_contender_is_not_told() -> None:
    plan = RACES["markov_chain"]
    ends = {"transformer": 0.6, "lstm": 0.52}
    found = {key: Final(400, Evaluation(0.1, score, 1000), 0.003, False) for key, score in ends.items()}
    assert ["LSTM" in sentence for sentence in verdicts(found, plan, WORDS)] == [True, False]
    assert len(verdicts(found | {"lstm": Final(9, Evaluation(0.1, None, 0), 0.003, False)}, plan, WORDS)) == 1


def test_the_floor_that_is_named_is_the_lowest_that_a_score_is_not_above() -> None:
    floors = (Floor("chance", 1.0, 0.1), Floor("memoryless", 1.0, 0.25), Floor("bayes", 0.5))
    assert [floor and floor.name for floor in (floor_under(score, floors) for score in (0.11, 0.2, 0.26, 0.4))] == [
        "chance",
        "memoryless",
        "memoryless",
        None,
    ]


@pytest.mark.parametrize("name", [*CLASSIFICATIONS, TRANSLATION])
def test_readers_and_translators_are_told_too_and_a_floor_that_is_not_beaten_is_named(name: str) -> None:
    plan = plan_of(name)
    floor = next(one for one in plan.task.info.floors if one.metric is not None)
    ends = {key: Final(9, Evaluation(1.0, floor.metric, 100), 0.01, False) for key in plan.contenders}
    told = verdicts(ends, plan, WORDS)
    assert len(told) == len(plan.contenders)
    assert all(WORDS["floors"].get(floor.name, floor.name) in sentence for sentence in told)
