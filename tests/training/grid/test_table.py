"""The shipped table is of the grid as it is declared today, whole, and its rows follow from its runs."""

import json
from dataclasses import replace

import pytest

from attnlab.cli.sweeps.comparison import summarised
from attnlab.tasks import SHARES
from attnlab.training.grid import GRID, PANELS, QUESTIONS, GridTable, QuestionName, grid_table, views
from attnlab.training.grid.panels import SEEDS
from attnlab.training.grid.table import TABLE
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import RunConfig

SHIPPED = json.loads(TABLE.read_text(encoding="utf-8"))


def test_every_curve_of_the_grid_is_there_as_it_would_be_trained_today() -> None:
    assert SHIPPED["complete"] is True
    assert set(SHIPPED["tasks"]) == set(GRID)
    for name, plan in GRID.items():
        about = SHIPPED["tasks"][name]
        runs = [run for run in SHIPPED["runs"] if run["task"] == name]
        settings = {**about["settings"], "budget": runs[0]["budget"], "seed": plan.seed}
        assert RacePlan.from_config(RunConfig(about["task"], plan.contenders, settings, 1)) == plan
        assert {run["contender"] for run in runs} == set(plan.contenders)
        assert all(run["lr"] == plan.rate(run["contender"]).lr for run in runs)


def test_rows_follow_from_runs_and_every_cell_has_its_seeds() -> None:
    assert SHIPPED["rows"] == summarised(SHIPPED["runs"])
    assert all(row["seeds"] >= SEEDS and row["low"] <= row["median"] <= row["high"] for row in SHIPPED["rows"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_view_has_every_cell_of_its_panel_once_and_floors_below_the_best(question: QuestionName) -> None:
    table = grid_table()
    for view in views(question):
        found = table.cells(view)
        assert len({(cell.along, cell.curve) for cell in found}) == len(found)
        assert len(found) == len(view.panel.values) * len(view.panel.curve_values)
        floors = table.floors(view.panel)
        assert floors
        assert max(floors.values()) < 1
        assert all({"machine", "date"} <= set(by) for by in table.measured([view.panel]))


def test_a_panel_of_which_a_cell_is_missing_is_not_there_yet() -> None:
    panel, table = PANELS[0], grid_table()
    assert table.has(panel)
    name = panel.swept_as(panel.curve_values[0])
    assert not GridTable(table.tasks, {**table.rows, name: table.rows[name][1:]}).has(panel)
    assert not GridTable({}, {}).has(panel)


def test_every_machine_and_day_of_some_panels_is_told_once() -> None:
    one, other = ({"examples": {"machine": {"processor": name}, "date": "2026-01-02"}} for name in ("a", "b"))
    first, second = PANELS[:2]
    tasks = {first.swept_as(value): {"measured": one} for value in first.curve_values}
    tasks |= {second.swept_as(value): {"measured": other} for value in second.curve_values}
    found = GridTable(tasks, {}).measured([first, second, first])
    assert [by["machine"]["processor"] for by in found] == ["a", "b"]


def test_scores_of_all_panels_are_shares() -> None:
    assert {panel.plan.task.info.metric for panel in PANELS} <= set(SHARES)


def test_numbers_of_a_head_are_width_over_heads() -> None:
    for view in views("d_k"):
        for cell in grid_table().cells(view):
            config = replace(view.panel.plan, contenders=(cell.key,)).sequence_config(cell.key)
            assert (cell.along, cell.curve) == (config.head_dim, config.d_model)
