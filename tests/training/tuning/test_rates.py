import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from attnlab.tasks import TASKS
from attnlab.training.plans.checks import families_of
from attnlab.training.racing.loop import ChunkResult, Learner
from attnlab.training.tuning import rates, tune
from attnlab.training.tuning.rates import CANDIDATES, UNTUNED, Rate, best_rate, read_table
from tests.training.small_plans import small_plan


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A table of a test's own, which `best_rate` reads."""
    path = tmp_path / "rates.json"
    monkeypatch.setattr(rates, "read_table", lambda: read_table(path))
    rates.forget_table()
    yield path
    rates.forget_table()


def test_the_shipped_table_says_what_each_candidate_came_to_and_takes_the_best() -> None:
    table = read_table()
    assert table
    for task, families in table.items():
        assert task in TASKS
        for family, entry in families.items():
            assert family in families_of(task)
            losses = {float(lr): loss for lr, loss in entry["losses"].items() if loss is not None}
            assert set(map(float, entry["losses"])) == set(CANDIDATES)
            assert losses[entry["lr"]] == min(losses.values())
            assert best_rate(task, family) == Rate(entry["lr"], tuned=True, steps=entry["steps"])
            assert entry["steps"] >= 1


def test_every_family_is_tuned_on_every_task_but_where_no_rate_taught_it_anything() -> None:
    untuned = {task: [family for family in families_of(task) if not best_rate(task, family).tuned] for task in TASKS}
    assert {task: families for task, families in untuned.items() if families} == {
        "adding": ["rnn", "tcn", "window_attention", "linear_attention"],
        "copy_memory": ["window_attention"],
    }


def test_what_is_not_in_the_table_is_not_called_tuned(table: Path) -> None:
    assert not table.exists()
    assert best_rate("reverse", "gru") == Rate(UNTUNED, tuned=False)


def test_a_plan_takes_the_tables_rate_unless_it_has_its_own(table: Path) -> None:
    table.write_text(json.dumps({"rates": {"reverse": {"gru": {"lr": 0.02, "steps": 7}}}}))
    assert small_plan().rate("gru") == Rate(0.02, tuned=True, steps=7)
    assert small_plan(lr={"gru": 0.5}).rate("gru") == Rate(0.5, tuned=False)
    assert Learner(small_plan(), "gru").peak == 0.02


def test_untuned_are_those_whose_rate_nobody_tried_or_chose(table: Path) -> None:
    table.write_text(json.dumps({"rates": {"reverse": {"gru": {"lr": 0.02, "steps": 7}}}}))
    assert small_plan(("transformer", "gru", "tcn")).untuned == ("transformer", "tcn")
    assert small_plan(("transformer", "gru", "tcn"), lr={"tcn": 0.5}).untuned == ("transformer",)


def test_tuning_writes_the_rate_with_the_lowest_loss(table: Path) -> None:
    trials = list(tune.tune([small_plan(steps=25)], path=table, candidates=(0.0, 0.01)))
    assert [(trial.family, trial.lr) for trial in trials] == [
        ("transformer", 0.0),
        ("transformer", 0.01),
        ("gru", 0.0),
        ("gru", 0.01),
    ]
    assert all(trial.steps == 25 and trial.task == "reverse" for trial in trials)
    assert trials[1].loss < trials[0].loss
    assert best_rate("reverse", "gru") == Rate(0.01, tuned=True, steps=25)
    assert set(read_table(table)["reverse"]["gru"]["losses"]) == {"0", "0.01"}


def test_tuning_again_gives_the_same_losses_and_keeps_other_tasks(table: Path) -> None:
    list(tune.tune([small_plan(("gru",))], path=table))
    first = read_table(table)
    other = small_plan(("gru",), task_name="sort", sizes={"length": 4})
    list(tune.tune([other], path=table))
    list(tune.tune([small_plan(("gru",))], path=table))
    assert read_table(table)["reverse"] == first["reverse"]
    assert set(read_table(table)) == {"reverse", "sort"}


def test_the_plans_own_seed_and_rates_have_no_part_in_it() -> None:
    plain, changed = (
        list(tune.trials([plan], (1e-3,)))
        for plan in (small_plan(("gru",)), small_plan(("gru",), seed=9, lr={"gru": 1}))
    )
    assert plain == changed


def test_a_candidate_that_diverges_never_wins(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def advance(self: Learner, steps: int) -> ChunkResult:
        if self.peak == 0.01:
            self.weights[0].data.fill_(math.nan)
        return trained(self, steps)

    trained = Learner.advance
    monkeypatch.setattr(Learner, "advance", advance)
    list(tune.tune([small_plan(("gru",), steps=3)], path=table, candidates=(1e-3, 0.01)))
    entry = read_table(table)["reverse"]["gru"]
    assert entry["lr"] == 1e-3
    assert entry["losses"]["0.01"] is None
    list(tune.tune([small_plan(("tcn",), steps=3)], path=table, candidates=(0.01,)))
    assert "tcn" not in read_table(table)["reverse"]
