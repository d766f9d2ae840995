import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli.tune import trial_table
from attnlab.tasks import TASKS
from attnlab.training.plans.checks import families_of
from attnlab.training.tuning import tune as tuning
from attnlab.training.tuning.rates import CANDIDATES
from attnlab.training.tuning.tune import Trial, tuning_plans
from tests.cli.conftest import Said
from tests.training.small_plans import small_plan


def test_every_family_is_tuned_on_every_task_that_it_is_offered_for() -> None:
    asked: dict[str, tuple[str, ...]] = dict.fromkeys(TASKS, ())
    for plan in tuning_plans(TASKS, {}):
        asked[plan.task_name] += plan.families  # where there are more than a plan takes, several share them
        assert plan.task_name != "copy_memory" or plan.levels is None  # not the race with a convolution that cannot win
    assert asked == {name: families_of(name) for name in TASKS}


def test_what_the_table_has_is_left_out() -> None:
    done = {"reverse": {"gru", "tcn"}, "sort": set(families_of("sort"))}
    plans = {plan.task_name: plan.families for plan in tuning_plans(("reverse", "sort", "parity"), done)}
    left = tuple(family for family in families_of("reverse") if family not in done["reverse"])
    assert plans == {"reverse": left, "parity": families_of("parity")}


def test_tuning_writes_the_table_and_says_what_was_tried(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ["gru"]
    monkeypatch.setattr(tuning, "RACES", {"tiny": small_plan(("gru",))})
    monkeypatch.setattr(tuning, "families_of", lambda _: tuple(known))
    path = tmp_path / "rates.json"
    code, out, error = said("tune", "--tasks", "reverse", "--steps", "3", "--table", str(path))
    assert (code, error) == (0, "")
    table = json.loads(path.read_text(encoding="utf-8"))["rates"]
    assert set(table) == {"reverse"}
    assert set(table["reverse"]) == {"gru"}
    assert table["reverse"]["gru"]["steps"] == 3
    assert set(map(float, table["reverse"]["gru"]["losses"])) == set(CANDIDATES)
    assert out.splitlines()[2].split()[:2] == ["reverse", "gru"]
    assert float(out.split()[-1]) == table["reverse"]["gru"]["lr"]
    known.append("rnn")
    code, out, _ = said("tune", "--tasks", "reverse", "--missing", "--steps", "2", "--table", str(path))
    assert code == 0
    found = json.loads(path.read_text(encoding="utf-8"))["rates"]["reverse"]
    assert {family: entry["steps"] for family, entry in found.items()} == {"gru": 3, "rnn": 2}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--race", "sort", "--missing"), "race ('sort') must go without tasks and missing"),
        (("--race", "sort", "--tasks", "sort"), "race ('sort') must go without tasks and missing"),
        (("--tasks", "sort,nonsense"), "tasks ('nonsense') must be one of"),
    ],
)
def test_who_is_tuned_is_said_once(options: tuple[str, ...], why: str, said: Callable[..., Said]) -> None:
    code, _, error = said("tune", *options)
    assert code == 2
    assert why in error


def test_the_table_has_a_row_for_each_contender_and_its_best() -> None:
    trials = [
        Trial("sort", "gru", 0.01, 5, 2.0),
        Trial("sort", "gru", 0.001, 5, 1.0),
        Trial("sort", "tcn", 0.01, 5, 3.0),
    ]
    rows = [line.split() for line in trial_table(trials).splitlines()]
    assert rows[0] == ["task", "family", "0.001", "0.01", "best"]
    assert rows[2] == ["sort", "gru", "1", "2", "0.001"]
    assert rows[3] == ["sort", "tcn", "-", "3", "0.01"]
