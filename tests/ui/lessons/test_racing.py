"""The race of a step: begun from the card, watched, and what it came to decides; what ships does where none was run."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from safetensors.torch import save

from attnlab.lessons import lesson
from attnlab.lessons.raced import raced_in
from attnlab.prose import page_prose
from attnlab.settings.learn.lessons import Lessons
from attnlab.training import Point, RunStore, Snapshot
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import Evaluation
from attnlab.training.shown.races import RACES
from attnlab.ui.lessons.racing import StepRace, card_with_race, plan_of_step, race_of

WORDS = page_prose("lessons")["card"]
WHO = lesson("who_wins")
RACE, PARITY, TASK, CLIMB = WHO.steps[1:]
TURNED = {"transformer": 0.2, "lstm": 0.9, "tcn": 0.5}
OPEN: Mapping[str, Any] = {"acts": ["commit"], "ask": {"kind": "order"}, "said": []}


def finished(store: RunStore, plan: RacePlan, ends: Mapping[str, float]) -> str:
    """A run of a plan that has ended with these scores."""
    run = store.runs.create(plan.to_config(), owner="somebody", name="a race").id
    store.queue.claim("worker", run)
    store.points.append(run, "worker", [Point(key, 50, metric=score / 2) for key, score in ends.items()])
    for key, score in ends.items():
        told: dict[str, Any] = {"test": Evaluation(0.1, score, 1000).to_json(), "peak": 0.01, "untuned": False}
        store.snapshots.save(run, "worker", [Snapshot(key, plan.steps, save({"w": torch.zeros(1)}), told)])
    store.queue.mark(run, "worker", "finished")
    return run


def card(race: StepRace, guess: Any = None, *, revealed: bool = False) -> dict[str, Any]:
    return card_with_race(dict(OPEN), RACE, race, guess, Lessons(revealed=revealed), WORDS)


def test_questions_about_a_race_as_it_is_trained_have_one_and_no_others() -> None:
    assert plan_of_step(RACE) == plan_of_step(CLIMB) == RACES["recall"]
    assert plan_of_step(PARITY) is None  # it asks about longer tests, which no run makes
    assert plan_of_step(TASK) is None
    assert plan_of_step(lesson("rows").steps[0]) is None


def test_the_end_of_a_race_that_was_run_is_read_from_the_store(store: RunStore) -> None:
    raced = raced_in(store, finished(store, RACES["recall"], TURNED))
    assert raced is not None
    assert {row["contender"]: row["median"] for row in raced.rows} == TURNED
    assert raced.score_at("lstm", 60) == pytest.approx(0.45)
    assert raced.seeds == 1


@pytest.mark.parametrize("kind", ["unknown", "underway", "another", "half"])
def test_what_is_no_race_of_the_step_or_not_over_decides_nothing(kind: str, store: RunStore) -> None:
    if kind == "unknown":
        run = "222222222222"
    elif kind == "underway":
        run = store.runs.create(RACES["recall"].to_config(), owner="somebody", name="a race").id
    elif kind == "another":
        run = finished(store, RACES["sort"], TURNED)
    else:
        run = finished(store, RACES["recall"], {"lstm": 0.9})
    raced = race_of(RACE, Lessons(race_run=run)).raced
    assert raced is None


def test_the_card_offers_a_race_then_waits_then_asks_what_it_says() -> None:
    assert card(StepRace())["acts"] == ["race", "commit"]
    run: Any = object()
    underway = card(StepRace(run), guess=("lstm",))
    assert (underway["acts"], underway["ask"]) == (["shipped"], None)
    assert underway["said"][0]["text"] == WORDS["race_runs"]
    raced: Any = object()
    assert card(StepRace(run, raced), guess=("lstm",))["acts"] == ["raced"]
    assert card(StepRace(run, raced))["acts"] == ["commit"]  # who has not guessed yet guesses first
    assert card(StepRace(run, raced), ("lstm",), revealed=True)["said"][-1]["text"] == WORDS["raced_once"]
    assert card(StepRace(), ("lstm",), revealed=True)["said"] == []


def test_a_race_that_was_run_decides_the_later_question_about_it_and_no_other(store: RunStore) -> None:
    settings = Lessons(race_run=finished(store, RACES["recall"], TURNED))
    assert race_of(CLIMB, settings).raced == race_of(RACE, settings).raced is not None
    assert race_of(PARITY, settings) == StepRace()
