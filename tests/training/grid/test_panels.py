"""The panels of the choosing page: every cell is a race that the training page opens, every question is answered."""

import pytest

from attnlab.settings.training import Training
from attnlab.training.grid import GRID, PANELS, QUESTIONS, Panel, QuestionName, views
from attnlab.training.plans.contender import contender
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import RunConfig

every_panel = pytest.mark.parametrize("panel", PANELS, ids=[f"{one.race}-{one.along}-{one.curves}" for one in PANELS])


@every_panel
def test_a_cell_is_a_contender_that_a_link_may_name_and_both_settings_are_its_own(panel: Panel) -> None:
    for curve_value in panel.curve_values:
        link = {"t_race": [panel.race], "t_contenders": [",".join(panel.row(curve_value))]}
        assert not Training.refusals(link)
        for value, key in zip(panel.values, panel.row(curve_value), strict=True):
            assert contender(key).words == {panel.along: value, panel.curves: curve_value}


@every_panel
def test_cells_of_equal_budget_have_it_and_others_have_their_own_width(panel: Panel) -> None:
    for curve_value in panel.curve_values:
        plan = GRID[panel.swept_as(curve_value)]
        assert (plan.free_width == ()) == panel.equal_budget


def test_a_curve_can_be_sent_to_a_worker_and_comes_back_as_it_was() -> None:
    for plan in GRID.values():
        assert RacePlan.from_config(RunConfig.from_json(plan.to_config().to_json())) == plan


def test_at_equal_parameters_fewer_layers_are_wider_and_the_width_is_asked_there_too() -> None:
    traded = [view for view in views("d_model") if view.panel.equal_budget]
    assert traded
    for view in traded:
        assert view.along == "layers"
        shallow, deep = (view.panel.widths(float(layers)) for layers in ("1", "2"))
        assert deep[0] <= deep[1] < shallow[0] <= shallow[1]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_by_two_panels_or_more_with_that_along_the_axis(question: QuestionName) -> None:
    found = views(question)
    assert len(found) >= 2
    assert {view.along for view in found if not view.panel.equal_budget or question != "d_model"} == {question}
    assert all(view.curves in view.panel.settings and view.curves != question for view in found)
