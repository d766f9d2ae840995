from typing import Any

import pytest

from attnlab.cli.sweeps.comparison import comparison_table, equal_seconds, spread, summarised
from attnlab.training.shown.told import Told


def run(**changes: Any) -> dict[str, Any]:
    """A run of a contender, with what differs."""
    about = {"task": "sort", "budget": 2000, "view": "examples", "contender": "gru", "family": "gru", "seed": 0}
    result = {
        "metric_name": "exact",
        "body_parameters": 1990,
        "lr": 0.01,
        "lr_tuned": True,
        "steps": 10,
        "examples": 70,
        "seconds": 2.0,
    }
    return about | result | {"loss": 1.0, "metric": 0.5, "longer": {}, "diverged": False} | changes


def test_seeds_become_median_range_and_best() -> None:
    runs = [run(seed=seed, metric=metric, seconds=metric) for seed, metric in enumerate((0.2, 0.9, 0.3))]
    (row,) = summarised(runs)
    assert (row["median"], row["low"], row["high"], row["best"], row["seeds"]) == (0.3, 0.2, 0.9, 0.9, 3)
    assert (row["steps"], row["seconds"], row["tested_length"]) == (10, 0.3, None)


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 0.9), ("exact", 0.9), ("mse", 0.2), ("loss", 0.2)])
def test_the_best_of_a_loss_is_the_lowest(metric: str, best: float) -> None:
    assert spread([0.2, 0.9, 0.3], metric)["best"] == best


def test_what_has_no_score_counts_for_nothing() -> None:
    assert spread([None, 0.5, None], "accuracy") == {"median": 0.5, "low": 0.5, "high": 0.5, "best": 0.5}
    assert set(spread([None], "loss").values()) == {None}


def test_tasks_budgets_views_and_contenders_are_kept_apart() -> None:
    other = [{"task": "recall"}, {"budget": 9}, {"view": "seconds"}, {"contender": "tcn"}]
    assert [row["seeds"] for row in summarised([run(), *(run(**each) for each in other), run(seed=1)])] == [
        2,
        1,
        1,
        1,
        1,
    ]


def test_longer_tests_have_rows_of_their_own() -> None:
    runs = [run(longer={"40": 0.6, "80": 0.4}), run(seed=1, longer={"40": 0.8, "80": 0.5})]
    rows = summarised(runs)
    assert [(row["tested_length"], row["best"]) for row in rows] == [(None, 0.5), (40, 0.8), (80, 0.5)]


def test_those_that_diverged_are_counted() -> None:
    assert summarised([run(), run(seed=1, diverged=True)])[0]["diverged"] == 1


def test_equal_seconds_are_those_of_the_fastest_contender_by_its_median_seed() -> None:
    slow = [run(seed=seed, seconds=9.0) for seed in range(3)]
    fast = [run(seed=seed, contender="tcn", seconds=seconds) for seed, seconds in enumerate((3.0, 100.0, 4.0))]
    assert equal_seconds([*slow, *fast, run(budget=9, seconds=1.0)]) == {("sort", 2000): 4.0, ("sort", 9): 1.0}


def test_the_table_names_the_length_that_was_tested() -> None:
    lines = comparison_table(summarised([run(longer={"40": 0.6})])).splitlines()
    assert "exact, T=40" in lines[3]
    assert "T=" not in lines[2]


def test_seeds_that_end_as_told_are_counted_by_equal_examples_alone() -> None:
    told = {"sort": (Told(contender="gru", at_least=0.5), Told(contender="gru", tested_length=40, at_most=0.6))}
    scores = ((0.5, 0.7), (0.4, 0.6), (None, 0.5))
    runs = [run(seed=seed, metric=score, longer={"40": far}) for seed, (score, far) in enumerate(scores)]
    short, long, *others = summarised([*runs, run(view="seconds"), run(contender="tcn"), run(task="recall")], told)
    assert (short["at_least"], short["at_most"], short["as_told"]) == (0.5, None, 1)
    assert (long["at_least"], long["at_most"], long["as_told"]) == (None, 0.6, 2)
    assert [row["as_told"] for row in others] == [None, None, None]
    lines = comparison_table([short, long]).splitlines()
    assert lines[2].split()[-3:] == ["≥", "0.5", "1"]
    assert lines[3].split()[-3:] == ["≤", "0.6", "2"]
