import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from attnlab.cli import sweep
from attnlab.cli.comparison import summarised
from attnlab.cli.sweep_job import train_alone
from attnlab.training.plan import RacePlan
from attnlab.training.races import RACES
from attnlab.training.store import RunConfig
from tests.cli.conftest import Said
from tests.training.plans import small_plan

Ended = Iterator[tuple[int, dict[str, Any]]]


def here(configs: Sequence[str]) -> Ended:
    """What a cluster does, in this process; the last ends first."""
    for number in reversed(range(len(configs))):
        yield number, train_alone(configs[number])


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    sweep.add_options(parser)
    return parser.parse_args(arguments)


def test_a_sweep_has_every_budget_and_seed_of_every_task() -> None:
    plans = sweep.swept_plans(
        options("--tasks", "sort,adding", "--budgets", "9000,25000", "--seeds", "4,7", "--steps", "9")
    )
    assert list(plans) == ["sort", "adding"]
    for each in plans.values():
        assert {(plan.budget, plan.seed) for plan in each} == {(9000, 4), (9000, 7), (25_000, 4), (25_000, 7)}
        assert all(plan.steps == 9 for plan in each)
    assert plans["adding"][0].task_name == "adding"


def test_a_races_own_settings_hold_where_nothing_else_is_said() -> None:
    (plan,) = sweep.swept_plans(options("--tasks", "recall", "--seeds", "0"))["recall"]
    assert plan == RACES["recall"]


def test_both_views_train_every_contender_with_every_seed() -> None:
    plans = {"tiny": [small_plan(("gru", "tcn"), seed=seed, lr={"gru": 0.02}) for seed in (0, 1)]}
    runs: list[dict[str, Any]] = []
    assert sweep.trained(plans, here, runs)
    assert [(run["view"], run["seed"], run["family"]) for run in runs] == [
        (view, seed, family) for view in ("examples", "seconds") for seed in (0, 1) for family in ("gru", "tcn")
    ]
    assert all(run["steps"] == 11 for run in runs if run["view"] == "examples")
    assert all(run["seconds"] >= 0.1 for run in runs if run["view"] == "seconds")
    assert {run["lr"] for run in runs if run["family"] == "gru"} == {0.02}
    json.dumps(runs, allow_nan=False)


def test_a_contender_trained_alone_is_the_contender_of_the_race() -> None:
    alone = train_alone(small_plan(("gru",)).to_config().to_json())
    runs: list[dict[str, Any]] = []
    sweep.trained({"tiny": [small_plan(("tcn", "gru"))]}, here, runs)
    (raced,) = [run for run in runs if run["family"] == "gru" and run["view"] == "examples"]
    assert (raced["loss"], raced["metric"]) == (alone["loss"], alone["metric"])


def test_ctrl_c_keeps_what_has_ended() -> None:
    def interrupted(configs: Sequence[str]) -> Ended:
        yield 1, train_alone(configs[1])
        raise KeyboardInterrupt

    runs: list[dict[str, Any]] = []
    assert not sweep.trained({"tiny": [small_plan(("gru", "tcn"))]}, interrupted, runs)
    assert [run["family"] for run in runs] == ["tcn"]
    assert len(summarised(runs)) == 1


def test_on_a_real_cluster_the_table_is_printed_and_written(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "RACES", {"tiny": small_plan(("gru",))})
    path = tmp_path / "comparison.json"
    code, out, _ = said("sweep", "--tasks", "tiny", "--seeds", "0,1", "--steps", "3", "--json", str(path))
    assert code == 0
    assert out.splitlines()[2].split()[:3] == ["tiny", "examples", "gru"]
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["complete"], found["seeds"]) == (True, [0, 1])
    assert [(row["view"], row["seeds"]) for row in found["rows"]] == [("examples", 2), ("seconds", 2)]
    assert found["tasks"]["tiny"]["settings"]["steps"] == 3


SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "comparison.json"


def test_the_shipped_comparison_is_whole_and_its_rows_follow_from_its_runs() -> None:
    found = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert found["complete"] is True
    assert found["rows"] == summarised(found["runs"])
    assert {row["task"] for row in found["rows"]} == set(found["tasks"])
    for row in found["rows"]:
        assert row["seeds"] == len(found["seeds"]) >= 5
        assert row["low"] <= row["median"] <= row["high"]
    for run in found["runs"]:  # the settings that the file names can still be run
        about = found["tasks"][run["task"]]
        settings = {**about["settings"], "lr": {}, "budget": run["budget"], "seed": run["seed"]}
        plan = RacePlan.from_config(RunConfig(about["task"], (run["family"],), settings, 1))
        assert plan.model_config(run["family"]).family == run["family"]
