import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from attnlab.cli import sweep
from attnlab.cli.sweeps import sweep_file
from attnlab.cli.sweeps.comparison import summarised
from attnlab.cli.sweeps.sweep_job import Compute, train_alone
from attnlab.machine import machine
from attnlab.training.grid import GRID
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.shown.told import TOLD
from attnlab.training.store import RunConfig
from tests.cli.conftest import Said
from tests.products import slow
from tests.training.small_plans import small_plan

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


def test_a_sweep_of_the_grid_has_every_curve_of_the_choosing_page() -> None:
    plans = sweep.swept_plans(options("--grid", "--seeds", "3"))
    assert list(plans) == list(GRID)
    assert all(each == [replace(GRID[name], seed=3)] for name, each in plans.items())


def test_a_sweep_takes_contenders_with_settings_and_keeps_them_apart() -> None:
    asked = options("--tasks", "sort", "--seeds", "0", "--contender", "gru:layers=1", "--contender", "gru:layers=3")
    (plan,) = sweep.swept_plans(asked)["sort"]
    assert plan.contenders == ("gru.layers-1", "gru.layers-3")
    swept = sweep_file.Swept()
    assert sweep.trained({"tiny": [small_plan(("gru.layers-1.lr-0.1", "gru.layers-2"))]}, here, swept)
    rows = [row for row in summarised(swept.runs) if row["view"] == "examples"]
    assert [row["contender"] for row in rows] == ["gru.layers-1.lr-0.1", "gru.layers-2"]
    assert {row["family"] for row in rows} == {"gru"}


def test_both_views_train_every_contender_with_every_seed() -> None:
    plans = {"tiny": [small_plan(("gru", "tcn"), seed=seed, lr={"gru": 0.02}) for seed in (0, 1)]}
    swept = sweep_file.Swept()
    assert sweep.trained(plans, here, swept)
    assert [(run["view"], run["seed"], run["family"]) for run in swept.runs] == [
        (view, seed, family) for view in ("examples", "seconds") for seed in (0, 1) for family in ("gru", "tcn")
    ]
    assert all(run["steps"] == 11 for run in swept.runs if run["view"] == "examples")
    assert all(run["seconds"] >= 0.1 for run in swept.runs if run["view"] == "seconds")
    assert {run["lr"] for run in swept.runs if run["family"] == "gru"} == {0.02}
    json.dumps(swept.runs, allow_nan=False)


def test_a_contender_trained_alone_is_the_contender_of_the_race() -> None:
    alone = train_alone(small_plan(("gru",)).to_config().to_json())
    swept = sweep_file.Swept()
    sweep.trained({"tiny": [small_plan(("tcn", "gru"))]}, here, swept)
    (raced,) = [run for run in swept.runs if run["family"] == "gru" and run["view"] == "examples"]
    assert (raced["loss"], raced["metric"]) == (alone["loss"], alone["metric"])


def test_ctrl_c_keeps_what_has_ended() -> None:
    def interrupted(configs: Sequence[str]) -> Ended:
        yield 1, train_alone(configs[1])
        raise KeyboardInterrupt

    swept = sweep_file.Swept()
    assert not sweep.trained({"tiny": [small_plan(("gru", "tcn"))]}, interrupted, swept)
    assert [run["family"] for run in swept.runs] == ["tcn"]
    assert len(summarised(swept.runs)) == 1


@slow
def test_on_a_real_cluster_the_table_is_printed_and_written(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "RACES", {"tiny": small_plan(("gru",))})
    path = tmp_path / "comparison.json"
    code, out, _ = said("sweep", "--tasks", "tiny", "--seeds", "0,1", "--steps", "3", "--json", str(path))
    assert code == 0
    assert out.splitlines()[2].split()[:3] == ["tiny", "examples", "gru"]
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["complete"] is True
    assert [(row["view"], row["seeds"]) for row in found["rows"]] == [("examples", 2), ("seconds", 2)]
    assert found["tasks"]["tiny"]["settings"]["steps"] == 3


# --- going on where a file ends ---------------------------------------------------------------------------------------


def resumed_sweep(
    path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, **races: RacePlan
) -> tuple[int, list[str]]:
    """Sweep in this process; the exit code, and who was trained: "race seed contender view"."""
    trained: list[str] = []

    @contextmanager
    def cluster(_address: str | None, _workers: int) -> Iterator[Compute]:
        def compute(configs: Sequence[str]) -> Ended:
            for number, config in enumerate(configs):
                plan = RacePlan.from_config(RunConfig.from_json(config))
                trained.append(f"{plan.seed} {plan.contenders[0]}{' seconds' if plan.seconds else ''}")
                yield number, train_alone(config)

        yield compute

    monkeypatch.setattr(sweep, "on_cluster", cluster)
    for module in (sweep, sweep_file):
        monkeypatch.setattr(module, "RACES", races)
    return sweep.run(options("--json", str(path), "--tasks", ",".join(races), *arguments)), trained


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_resumed_sweep_trains_what_is_missing_and_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, only = tmp_path / "sweep.json", "--examples-only"
    races = {"tiny": small_plan(("gru", "tcn"))}
    resumed_sweep(path, monkeypatch, only, "--seeds", "0,1", **races)
    code, trained = resumed_sweep(path, monkeypatch, only, "--seeds", "0,1,2", "--resume", **races)
    assert (code, trained) == (0, ["2 gru", "2 tcn"])
    resumed = read(path)
    assert resumed_sweep(path, monkeypatch, only, "--seeds", "0,1,2", **races)[1][:2] == ["0 gru", "0 tcn"]
    at_once = read(path)
    for found in (resumed, at_once):
        for each in (*found["rows"], *found["runs"]):
            del each["seconds"]
    assert resumed["rows"] == at_once["rows"]
    assert resumed["runs"] == at_once["runs"]
    assert resumed["complete"] is True
    assert "tiny" in capsys.readouterr().out


def test_equal_seconds_of_a_resumed_sweep_are_those_of_the_runs_that_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, races = tmp_path / "sweep.json", {"tiny": small_plan(("gru",))}
    resumed_sweep(path, monkeypatch, "--seeds", "0", "--examples-only", **races)
    assert resumed_sweep(path, monkeypatch, "--seeds", "0", "--resume", **races)[1] == ["0 gru seconds"]
    assert [row["view"] for row in read(path)["rows"]] == ["examples", "seconds"]


def test_a_resumed_sweep_leaves_other_tasks_and_trains_anew_what_another_plan_or_machine_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, only = tmp_path / "sweep.json", ("--examples-only", "--seeds", "0")
    other, tiny = small_plan(("tcn",)), small_plan(("gru", "rnn"))
    resumed_sweep(path, monkeypatch, *only, other=other, tiny=tiny)
    assert resumed_sweep(path, monkeypatch, *only, "--resume", tiny=tiny)[1] == []
    assert resumed_sweep(path, monkeypatch, *only, "--resume", tiny=replace(tiny, steps=7))[1] == ["0 gru", "0 rnn"]
    assert [(run["task"], run["steps"]) for run in read(path)["runs"]] == [("other", 11), ("tiny", 7), ("tiny", 7)]
    monkeypatch.setattr(sweep_file, "machine", lambda: {"processor": "another"})
    assert resumed_sweep(path, monkeypatch, *only, "--resume", tiny=replace(tiny, steps=7))[1] == ["0 gru", "0 rnn"]
    measured = {name: about["measured"]["examples"]["machine"] for name, about in read(path)["tasks"].items()}
    assert measured == {"other": machine(), "tiny": {"processor": "another"}}


def test_what_is_missing_alone_is_trained_whichever_machine_made_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, only = tmp_path / "sweep.json", ("--examples-only", "--seeds", "0,1")
    races = {name: small_plan(("gru",)) for name in ("one", "two")}
    resumed_sweep(path, monkeypatch, *only, one=races["one"])
    resumed_sweep(path, monkeypatch, "--examples-only", "--seeds", "0", "--resume", two=races["two"])
    monkeypatch.setattr(sweep_file, "machine", lambda: {"processor": "another"})
    assert resumed_sweep(path, monkeypatch, *only, "--missing", **races)[1] == ["0 gru", "1 gru"]
    measured = {name: about["measured"]["examples"]["machine"] for name, about in read(path)["tasks"].items()}
    assert measured == {"one": machine(), "two": {"processor": "another"}}
    assert read(path)["complete"] is True


def test_equal_seconds_of_another_machine_stay_when_examples_alone_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, races = tmp_path / "sweep.json", {"tiny": small_plan(("gru",))}
    resumed_sweep(path, monkeypatch, "--seeds", "0", **races)
    here = machine()
    monkeypatch.setattr(sweep_file, "machine", lambda: {"processor": "another"})
    assert resumed_sweep(path, monkeypatch, "--seeds", "0", "--resume", "--examples-only", **races)[1] == ["0 gru"]
    measured = read(path)["tasks"]["tiny"]["measured"]
    assert {view: by["machine"] for view, by in measured.items()} == {
        "examples": {"processor": "another"},
        "seconds": here,
    }
    assert [row["view"] for row in read(path)["rows"]] == ["examples", "seconds"]


def interrupted_in(monkeypatch: pytest.MonkeyPatch, path: Path, seed: int) -> None:
    """Sweep the races "one" and "two", and press Ctrl-C when the second would begin."""

    @contextmanager
    def cluster(_address: str | None, _workers: int) -> Iterator[Compute]:
        begun: list[Sequence[str]] = []

        def compute(configs: Sequence[str]) -> Ended:
            begun.append(configs)
            if len(begun) > 1:
                raise KeyboardInterrupt
            yield from here(configs)

        yield compute

    monkeypatch.setattr(sweep, "on_cluster", cluster)
    monkeypatch.setattr(sweep, "RACES", {"one": small_plan(("gru", "tcn")), "two": small_plan(("tcn",))})
    asked = ("--json", str(path), "--tasks", "one,two", "--examples-only", "--seeds", str(seed))
    assert sweep.run(options(*asked)) == 130


def test_an_interrupted_sweep_keeps_what_has_ended_and_names_no_task_without_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sweep.json"
    interrupted_in(monkeypatch, path, 0)
    found = read(path)
    assert (found["complete"], list(found["tasks"]), len(found["runs"])) == (False, ["one"], 2)


def test_a_task_whose_turn_has_not_come_keeps_what_another_machine_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, three = tmp_path / "sweep.json", {name: small_plan(("tcn",)) for name in ("one", "two", "three")}
    resumed_sweep(path, monkeypatch, "--seeds", "0", "--examples-only", **three)
    monkeypatch.setattr(sweep_file, "machine", lambda: {"processor": "another"})
    found = sweep_file.read_swept(path)
    found.begin("one", [small_plan(("tcn",))], ("examples",))
    assert [run["task"] for run in found.runs] == ["two", "three"]


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"command": "race", "format": 1}', '{"command": "sweep"}'])
def test_what_no_sweep_has_written_cannot_be_resumed(
    content: str | None, said: Callable[..., Said], tmp_path: Path
) -> None:
    path = tmp_path / "sweep.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    code, out, err = said("sweep", "--tasks", "sort", "--seeds", "0", "--steps", "1", "--json", str(path), "--resume")
    assert (code, out) == (2, "")
    assert "resume" in err
    assert "must go with a file that a sweep has written" in err


@pytest.mark.parametrize("option", ["resume", "missing"])
def test_to_go_on_one_needs_to_be_told_where(option: str, said: Callable[..., Said]) -> None:
    code, _, err = said("sweep", "--tasks", "sort", f"--{option}")
    assert code == 2
    assert f"{option} must go with json" in err


def test_a_sweep_says_of_a_race_as_shown_alone_how_many_seeds_end_as_told() -> None:
    for changes, told in (((), True), (("--steps", "9"), False), (("--budgets", "9000"), False)):
        plans = sweep.swept_plans(options("--tasks", "sort", "--seeds", "0,1", *changes))
        found = sweep_file.Swept()
        found.begin("sort", plans["sort"])
        assert found.tasks["sort"]["as_shown"] is told


SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "comparison.json"


def test_the_shipped_comparison_is_whole_and_its_rows_follow_from_its_runs() -> None:
    found = read(SHIPPED)
    assert found["complete"] is True
    assert found["rows"] == summarised(found["runs"], TOLD)
    assert {row["task"] for row in found["rows"]} == set(found["tasks"])
    assert all(row["low"] <= row["median"] <= row["high"] for row in found["rows"])
    for about in found["tasks"].values():
        assert about["as_shown"] is True
        for by in about["measured"].values():
            assert set(by["machine"]) == set(machine())
            assert date.fromisoformat(by["date"])
