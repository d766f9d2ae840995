from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from attnlab.models import SequenceModel
from attnlab.training.plans.plan import RacePlan
from benchmarks import published, report
from benchmarks.copying import copy_plan
from benchmarks.outcome import Outcome, of_width
from benchmarks.outcomes import EXPERIMENTS, anti_diagonal_mass, future_gradient


def outcome(ours: float, *, at_least: bool = True) -> Outcome:
    return Outcome("copying", "1 step", "100 %", ours, 99.0, at_least, "%")


@pytest.mark.parametrize(("ours", "reproduced"), [(99.0, True), (98.99, False), (float("nan"), False)])
def test_an_outcome_is_reproduced_at_its_bar_and_not_by_nan(ours: float, reproduced: bool) -> None:
    assert published.met(outcome(ours)) is reproduced
    if ours == ours:
        assert published.met(outcome(2 * 99.0 - ours, at_least=False)) is reproduced


def test_a_row_has_the_sources_number_beside_ours() -> None:
    assert published.row(outcome(98.765)) == ["copying", "1 step", "100 %", "98.77 %", "≥ 99 %", "**no**"]


def test_results_are_saved_one_by_one_and_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def works() -> Iterator[Outcome]:
        ran.append("works")
        yield outcome(100.0)

    def breaks() -> Iterator[Outcome]:
        ran.append("breaks")
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(published, "EXPERIMENTS", {"works": works, "breaks": breaks})
    with pytest.raises(KeyboardInterrupt):
        published.run()
    assert list(published.saved()) == ["works"]
    with pytest.raises(KeyboardInterrupt):
        published.run()
    assert ran == ["works", "breaks", "breaks"]
    result = published.run(["works"])
    assert ran[3:] == ["works"]
    assert len(result["rows"]) == 1
    assert "Not run yet: breaks." in result["about"]
    report.check(published.NAME, result)
    with pytest.raises(SystemExit, match="no experiment called nope"):
        published.run(["nope"])


def test_outcomes_survive_being_saved() -> None:
    experiments = {name: {"outcomes": [asdict(outcome(99.5))], "seconds": 1.0} for name in EXPERIMENTS}
    result = published.result(experiments)
    assert len(result["rows"]) == len(EXPERIMENTS)
    assert "Not run yet" not in result["about"]


def test_a_plan_gets_the_width_of_its_source() -> None:
    plan = RacePlan(task_name="reverse", contenders=("transformer",), num_layers=1, num_heads=1, ff_multiple=2)
    assert of_width(32, plan).model_config("transformer").d_model == 32


def test_copy_memory_has_about_ten_thousand_parameters_and_reaches_far_enough() -> None:
    for blanks in (50, 100, 200):
        facts = copy_plan(blanks, "tcn", steps=1)
        config = facts.model_config("tcn")
        assert config.kernel_size == 8
        assert config.ff_multiple is None
        assert 1 + 2 * 7 * (2**config.num_layers - 1) >= blanks + 11


def test_a_model_that_looks_ahead_is_found_out() -> None:
    plan = RacePlan(task_name="parity", contenders=("transformer",), budget=2000, num_layers=1)
    config = plan.model_config("transformer")
    assert future_gradient(SequenceModel(config), plan) == 0.0
    assert future_gradient(SequenceModel(replace(config, causal=False)), plan) > 1e-4


def test_the_mass_of_even_attention_on_the_anti_diagonal_is_one_in_t() -> None:
    plan = RacePlan(task_name="reverse", contenders=("transformer",), budget=2000, num_layers=1, num_heads=1)
    model = SequenceModel(plan.model_config("transformer"))
    with torch.no_grad():
        model.blocks[0].mixer.qkv_proj.weight.zero_()
    assert anti_diagonal_mass(model, torch.zeros(2, 16, dtype=torch.int64)) == pytest.approx(1 / 16)
