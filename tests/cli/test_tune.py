import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attnlab.cli import tune as command
from attnlab.cli.tune import FIRST, trial_table
from attnlab.training.rates import CANDIDATES
from attnlab.training.tune import Trial
from tests.cli.conftest import Said
from tests.training.plans import small_plan


def test_each_task_is_tuned_on_one_race() -> None:
    assert "copy_memory" in FIRST
    assert "short_tcn" not in FIRST  # the same task, with a convolution that cannot win


def test_tuning_writes_the_table_and_says_what_was_tried(
    said: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "RACES", {"tiny": small_plan(("gru",)), "sort": small_plan(("tcn",))})
    monkeypatch.setattr(command, "FIRST", ("tiny",))
    path = tmp_path / "rates.json"
    code, out, error = said("tune", "--steps", "3", "--table", str(path))
    assert (code, error) == (0, "")
    table = json.loads(path.read_text(encoding="utf-8"))["rates"]
    assert set(table) == {"reverse"}
    assert set(table["reverse"]) == {"gru"}
    assert table["reverse"]["gru"]["steps"] == 3
    assert set(map(float, table["reverse"]["gru"]["losses"])) == set(CANDIDATES)
    assert out.splitlines()[2].split()[:2] == ["reverse", "gru"]
    assert float(out.split()[-1]) == table["reverse"]["gru"]["lr"]


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
