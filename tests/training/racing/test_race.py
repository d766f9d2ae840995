import math
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import FAMILIES, FamilyName
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.events import ChunkDone, Diverged, Evaluated, Event, Finished, SnapshotDue
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import Race, evaluation_steps
from attnlab.training.snapshots import pack, snapshot_steps
from tests.training.small_plans import small_plan


def of(events: list[Event], kind: type[Event], family: FamilyName) -> list[Any]:
    return [event for event in events if isinstance(event, kind) and event.contender == family]


def outcome(race: Race, events: list[Event], family: FamilyName) -> tuple[Any, ...]:
    """Everything about a contender that no clock has a part in."""
    losses = [loss for event in of(events, ChunkDone, family) for loss in event.result.losses]
    race.learners[family].seconds = 0.0
    return losses, of(events, Evaluated, family), pack(race.learners[family])


def raced(plan: RacePlan) -> dict[FamilyName, tuple[Any, ...]]:
    race = Race(plan)
    events = list(race.events())
    return {family: outcome(race, events, family) for family in plan.families}


@pytest.mark.parametrize("mode", ["task", "causal", "trailing_blanks"])
def test_the_same_plan_gives_the_same_numbers_twice_and_every_family_alone(mode: Any) -> None:
    plan = small_plan(FAMILIES, mode=mode, dropout=0.1, steps=4)
    together = raced(plan)
    assert raced(plan) == together
    for family in FAMILIES:
        assert raced(replace(plan, contenders=(family,))) == {family: together[family]}


def test_contenders_of_one_family_train_side_by_side_as_each_would_alone() -> None:
    keys = ("transformer", "transformer.heads-1", "transformer.scale-off.residual-off", "gru.layers-2.lr-0.02")
    plan = small_plan(keys, dropout=0.1, steps=4, budget=5000)
    race = Race(plan)
    together = {key: outcome(race, events, key) for events in [list(race.events())] for key in keys}
    assert len({str(losses) for losses, _, _ in together.values()}) == len(keys)
    for key in keys:
        alone = Race(replace(plan, contenders=(key,)))
        assert outcome(alone, list(alone.events()), key) == together[key]


def test_the_order_of_contenders_changes_nothing() -> None:
    plan = small_plan(("gru", "tcn", "transformer"), dropout=0.1)
    assert raced(replace(plan, contenders=("transformer", "gru", "tcn"))) == raced(plan)


def test_another_seed_gives_other_numbers() -> None:
    assert raced(small_plan(("gru",), seed=1))["gru"][0] != raced(small_plan(("gru",)))["gru"][0]


def test_contenders_stop_at_the_same_steps_for_snapshots_and_scores() -> None:
    plan = small_plan(("transformer", "gru", "tcn"), steps=40)
    events = list(Race(plan).events())
    for family in plan.families:
        assert tuple(event.step for event in of(events, SnapshotDue, family)) == snapshot_steps(40)
        assert tuple(event.step for event in of(events, Evaluated, family)) == evaluation_steps(plan)
        assert of(events, Finished, family) == [Finished(family, 40)]
        assert of(events, ChunkDone, family)[-1].result.step == 40


def test_a_snapshot_is_due_while_the_contender_stands_at_its_step() -> None:
    race = Race(small_plan())
    for event in race.events():
        if isinstance(event, SnapshotDue | Evaluated | Finished):
            assert race.learners[event.contender].step == event.step


def test_at_one_step_scores_come_before_the_snapshot_and_the_end_comes_last() -> None:
    events = list(Race(small_plan(("gru",))).events())
    assert [type(event) for event in events[:3]] == [Evaluated, SnapshotDue, ChunkDone]
    assert [type(event) for event in events[-4:]] == [ChunkDone, Evaluated, SnapshotDue, Finished]


def test_whoever_has_seen_the_fewest_examples_comes_next() -> None:
    race = Race(small_plan(("transformer", "gru", "tcn"), steps=60))
    race.learners["gru"]._affordable = 50
    for event in race.events():
        if isinstance(event, ChunkDone):
            before = event.result.step - len(event.result.losses)
            others = [
                one.step for one in race.learners.values() if one.contender != event.contender and not one.finished
            ]
            assert before <= min(others, default=60)


def test_equal_seconds_give_the_slow_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small_plan(("gru", "tcn"), seconds=1.0, steps=1)
    race = Race(plan)
    cost = {"gru": 0.1, "tcn": 0.02}

    def advance(self: Learner, steps: int) -> Any:
        result = trained(self, steps)
        self.seconds = self.step * cost[self.contender]
        return result

    trained = Learner.advance
    monkeypatch.setattr(Learner, "advance", advance)
    monkeypatch.setattr(Learner, "affordable_steps", 5)
    gru, tcn = race.learners["gru"], race.learners["tcn"]
    race.evaluation_steps = race.snapshot_steps = frozenset({0})
    events, gaps = [], []
    for event in race.events():
        events.append(event)
        gaps.append(gru.seconds - tcn.seconds)
    assert (race.learners["gru"].step, race.learners["tcn"].step) == (10, 50)
    assert max(map(abs, gaps)) <= 0.5 + 1e-9
    assert [type(event) for event in events if event.contender == "tcn"][-3:] == [Evaluated, SnapshotDue, Finished]
    assert race.finished


# --- between two events -----------------------------------------------------------------------------------------------


def test_a_race_that_was_left_goes_on_where_it_was() -> None:
    plan = small_plan(("gru", "tcn"))
    whole, left = Race(plan), Race(plan)
    events = list(whole.events())
    parts: list[Event] = []
    while not left.finished:
        parts += islice(left.events(), 2)
    for family in plan.families:
        assert outcome(left, parts, family) == outcome(whole, events, family)


def test_until_stops_everybody_there_and_no_event_is_lost() -> None:
    plan = small_plan(("gru", "tcn"))
    race = Race(plan)
    events = list(race.events(until=1))
    assert {learner.step for learner in race.learners.values()} == {1}
    events += race.events(until=7)
    assert {learner.step for learner in race.learners.values()} == {7}
    assert list(race.events(until=7)) == []
    assert not race.finished
    events += race.events()
    assert race.finished
    assert list(race.events()) == []
    whole = Race(plan)
    assert outcome(race, events, "gru") == outcome(whole, list(whole.events()), "gru")


def test_a_rate_is_changed_for_one_or_for_all() -> None:
    race = Race(small_plan(("gru", "tcn")))
    race.set_lr("gru", 0.5)
    assert race.learners["gru"].peak == 0.5
    assert race.learners["tcn"].peak != 0.5
    race.set_lr(None, 0.25)
    assert {learner.peak for learner in race.learners.values()} == {0.25}


@pytest.mark.parametrize(("family", "lr"), [("lstm", 0.1), ("", 0.1), ("gru", math.nan), (None, -1.0)])
def test_a_change_that_cannot_be_is_refused(family: Any, lr: float) -> None:
    with pytest.raises(SpecError):
        Race(small_plan()).set_lr(family, lr)


# --- resuming ---------------------------------------------------------------------------------------------------------


def test_a_race_resumed_from_snapshots_ends_as_if_it_had_not_stopped() -> None:
    plan = small_plan(("gru", "transformer"), dropout=0.1)
    first = Race(plan)
    kept: dict[FamilyName, bytes] = {}
    before: list[Event] = []
    for event in first.events():
        before.append(event)
        if isinstance(event, SnapshotDue):
            kept[event.contender] = pack(first.learners[event.contender])
            if event.step >= (4 if event.contender == "gru" else 5):
                break
    second = Race(plan, snapshots=kept)
    after = list(second.events())
    whole = Race(plan)
    events = list(whole.events())
    for family in plan.families:
        assert after[0] not in before
        start = second.learners[family]
        assert start.finished
        assert outcome(second, after, family)[2] == outcome(whole, events, family)[2]
        told = of(before, Evaluated, family) + of(after, Evaluated, family)
        assert {event.step: event for event in told} == {event.step: event for event in of(events, Evaluated, family)}


def test_resuming_from_step_zero_does_not_tell_it_again() -> None:
    plan = small_plan(("gru",))
    first = next(iter(Race(plan, snapshots={"gru": pack(Learner(plan, "gru"))}).events()))
    assert isinstance(first, ChunkDone)


def test_resuming_what_had_ended_says_so_and_trains_no_more() -> None:
    plan = small_plan(("gru",))
    done = Race(plan)
    list(done.events())
    assert list(Race(plan, snapshots={"gru": pack(done.learners["gru"])}).events()) == [Finished("gru", 11)]


def test_a_contender_goes_on_from_its_own_snapshot_and_from_no_other() -> None:
    plan = small_plan(("transformer.scale-off", "transformer.residual-off"))
    done = Race(plan)
    list(done.events())
    kept = {key: pack(learner) for key, learner in done.learners.items()}
    assert [event.contender for event in Race(plan, snapshots=kept).events()] == list(plan.contenders)
    swapped = dict(zip(plan.contenders, reversed(kept.values()), strict=True))
    with pytest.raises(SpecError, match="must be of the same model"):
        Race(plan, snapshots=swapped)


def test_a_snapshot_of_no_contender_is_refused() -> None:
    plan = small_plan(("gru", "tcn"))
    with pytest.raises(SpecError, match="contender"):
        Race(replace(plan, contenders=("gru",)), snapshots={"tcn": pack(Learner(plan, "tcn"))})


def test_learners_made_elsewhere_are_raced() -> None:
    plan = small_plan()
    learner = Learner(plan, "gru")
    race = Race(plan, learners={"gru": learner})
    assert race.learners["gru"] is learner
    assert race.learners["transformer"].contender == "transformer"


# --- diverging --------------------------------------------------------------------------------------------------------


def test_one_that_diverges_is_saved_and_said_and_the_others_go_on() -> None:
    plan = small_plan(("gru", "tcn"))
    race = Race(plan)
    calls = 0

    def poison(_module: object, _inputs: object, output: Tensor) -> Tensor:
        nonlocal calls
        calls += torch.is_grad_enabled()
        return output * math.nan if calls == 5 and torch.is_grad_enabled() else output

    race.learners["gru"].model.register_forward_hook(poison)
    events = list(race.events())
    mine = [event for event in events if event.contender == "gru"]
    assert [type(event) for event in mine[-3:]] == [ChunkDone, SnapshotDue, Diverged]
    assert mine[-1].step == mine[-2].step <= 4
    assert of(events, Finished, "tcn") == [Finished("tcn", 11)]
    assert race.finished
    alone = Race(replace(plan, contenders=("tcn",)))
    assert outcome(race, events, "tcn") == outcome(alone, list(alone.events()), "tcn")


def test_a_rate_far_too_high_diverges_or_ends_without_an_error() -> None:
    race = Race(small_plan(FAMILIES, lr=dict.fromkeys(FAMILIES, 10.0), warmup=0, weight_decay=1.0, steps=25))
    ends = [event for event in race.events() if isinstance(event, Diverged | Finished)]
    assert {event.contender for event in ends} == set(FAMILIES)
    for learner in race.learners.values():
        assert all(weight.isfinite().all() for weight in learner.weights)


# --- scores -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "batch_size"), [(1, 64), (10, 64), (300, 64), (3000, 64), (3000, 7), (100_000, 512)])
def test_scores_cost_a_twentieth_of_training_or_the_least_that_shows_a_curve(steps: int, batch_size: int) -> None:
    plan = small_plan(steps=steps, batch_size=batch_size)
    when = evaluation_steps(plan)
    assert when[0] == 0
    assert when[-1] == steps
    assert list(when) == sorted(set(when))
    assert len(when) * 256 / (3 * batch_size) <= max(0.05 * steps, 10 * 256 / (3 * batch_size)) * 1.1
    assert len(when) <= 102


def test_a_race_of_seconds_is_scored_ever_more_rarely() -> None:
    when = evaluation_steps(small_plan(seconds=10.0))
    late = [step for step in when if step > 500]
    assert max(later / earlier for earlier, later in pairwise(late)) < 1.07
