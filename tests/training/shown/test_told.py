"""The shipped comparison is of the races as they are today, and what is told of a race is told of its contenders."""

import json
from dataclasses import replace
from typing import Any

import pytest

from attnlab.paths import ASSETS
from attnlab.tasks import LONGER_TESTS
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.shown.told import NEEDED, SEEDS, TOLD, Told
from attnlab.training.store import RunConfig

SHIPPED: dict[str, Any] = json.loads((ASSETS / "comparison.json").read_text(encoding="utf-8"))


def stale(name: str, shipped: dict[str, Any]) -> list[str]:
    """What of a race's entry another plan has made: the race itself, or runs of who learns otherwise today."""
    about, plan = shipped["tasks"][name], RACES[name]
    runs = [run for run in shipped["runs"] if run["task"] == name]
    settings = {**about["settings"], "budget": runs[0]["budget"], "seed": plan.seed}
    contenders = tuple(dict.fromkeys(run["contender"] for run in runs))
    made = RacePlan.from_config(RunConfig(about["task"], contenders, settings, 1))
    others = {run["contender"] for run in runs if run["lr"] != made.rate(run["contender"]).lr}
    return [name] * (made != plan) + sorted(f"{name}: {key}" for key in others)


def test_no_entry_of_the_shipped_comparison_is_stale() -> None:
    found = [each for name in SHIPPED["tasks"] for each in stale(name, SHIPPED)]
    assert not found, f"make these anew with `python -m attnlab sweep`: {', '.join(found)}"


@pytest.mark.parametrize("change", [{"steps": 399}, {"clip": 0.5}, {"contenders": ("rnn", "lstm")}, {"budget": 25_500}])
def test_an_entry_of_another_plan_is_stale(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "RACES", {**RACES, "parity": replace(RACES["parity"], **change)})
    assert stale("parity", SHIPPED) == ["parity"]


def test_runs_at_another_learning_rate_are_stale() -> None:
    runs = [run | {"lr": 0.5} if run["contender"] == "rnn" else run for run in SHIPPED["runs"]]
    assert stale("parity", {**SHIPPED, "runs": runs}) == ["parity: rnn"]


def test_of_every_race_something_is_told_and_of_its_contenders_alone() -> None:
    assert set(TOLD) == set(RACES)
    for name, told in TOLD.items():
        assert {one.contender for one in told} <= set(RACES[name].contenders)
        assert {one.tested_length for one in told} <= {None, *LONGER_TESTS.get(RACES[name].task_name, ())}
        assert len({(one.contender, one.tested_length) for one in told}) == len(told)
        assert all((one.at_least is None) != (one.at_most is None) for one in told)


def test_bounds_hold_at_their_limits_and_nothing_holds_without_a_score() -> None:
    least, most = Told(contender="gru", at_least=0.9), Told(contender="gru", at_most=0.9)
    assert [least.holds(score) for score in (0.89, 0.9, 0.91, None)] == [False, True, True, False]
    assert [most.holds(score) for score in (0.89, 0.9, 0.91, None)] == [True, True, False, False]


def test_ten_seeds_of_the_shipped_comparison_end_as_told() -> None:
    rows = [row for row in SHIPPED["rows"] if row["as_told"] is not None and row["seeds"] >= SEEDS]
    weak = [
        (row["task"], row["contender"], row["tested_length"], row["as_told"]) for row in rows if row["as_told"] < NEEDED
    ]
    assert rows
    assert weak == []
