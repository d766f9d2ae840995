"""One published number and ours, and how ours is trained."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from attnlab.models import FamilyName, count_parameters
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.evaluate import evaluate

EXAMPLES = 1000
"""Test examples of a final score."""
CHUNK = 50
"""Steps between two points of a curve."""


@dataclass(frozen=True)
class Outcome:
    """One number that was published, and ours."""

    what: str  # task and contender
    setting: str  # how ours was trained
    published: str  # the source's number, in its words
    ours: float
    limit: float  # the least or the most that counts as reproduced
    at_least: bool
    unit: str


Experiment = Callable[[], Iterator[Outcome]]


def trained(plan: RacePlan, curve: dict[int, float] | None = None, *, family: FamilyName | None = None) -> Learner:
    """A contender after all its steps; the first of the plan if none is named.

    Args:
        plan: what to train.
        curve: filled with the test loss every `CHUNK` steps, if given.
        family: which contender.
    """
    learner = Learner(plan, family or plan.families[0])
    while not learner.finished:
        learner.advance(min(CHUNK, plan.steps - learner.step))
        if curve is not None:
            curve[learner.step] = evaluate(learner.model, plan.task).loss
    return learner


def of_width(d_model: int, plan: RacePlan) -> RacePlan:
    """The plan with the budget that gives its first contender this width.

    Raises:
        ValueError: there is none.
    """
    family = plan.families[0]
    wanted = replace(plan.sequence_config(family), d_model=d_model, ff_multiple=plan.ff_multiple)
    sized = replace(plan, budget=count_parameters(wanted)[0])
    if sized.model_config(family) != wanted:
        raise ValueError(f"d_model ({d_model}) must be a width that a budget can ask for")
    return sized


def percent(share: float | None) -> float:
    """Of a share of right answers."""
    return 100 * (share or 0.0)
