"""Making the table of learning rates: every candidate trains for a while, the lowest loss on test examples wins."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from attnlab.models import FamilyName
from attnlab.training.plans.checks import families_of
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.evaluate import evaluate
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.shown.races import RACES
from attnlab.training.shown.translation_plans import small_plan
from attnlab.training.store.values import MAX_CONTENDERS
from attnlab.training.tuning.rates import CANDIDATES, TABLE, forget_table, read_table

TUNING_SEED = 1
"""Not the seed of a race: rates are tuned on other weights and examples than those they are shown with."""
FURTHER_STEPS = 300
"""Of a task without a race of its own."""


@dataclass(frozen=True)
class Trial:
    """One candidate of one contender."""

    task: str
    family: FamilyName
    lr: float
    steps: int  # trained
    loss: float  # on test examples at the end; infinite if it diverged


def tuning_plans(tasks: Iterable[str], done: Mapping[str, Collection[str]]) -> Iterator[RacePlan]:
    """Plans for each task: its first race, or one as pages start it, with every family that can learn the task.

    Where these are more than a plan takes, several share them.

    Only the first, since of a later one the table would keep the rates, and that may be a race nobody can win.

    Args:
        tasks: by name.
        done: families that are left out, by task.
    """
    for task in tasks:
        families = tuple(family for family in families_of(task) if family not in done.get(task, ()))
        for start in range(0, len(families), MAX_CONTENDERS):
            yield replace(_as_started(task), contenders=families[start : start + MAX_CONTENDERS])


def _as_started(task: str) -> RacePlan:
    """The first race of a task, with what is left of its contenders to choose."""
    if task == "translation":
        return small_plan()
    shown = (*RACES.values(), *CLASSIFICATIONS.values())
    own = next((plan for plan in shown if plan.task_name == task), None)
    return own or RacePlan(task_name=task, contenders=families_of(task)[:MAX_CONTENDERS], steps=FURTHER_STEPS)


def trials(plans: Sequence[RacePlan], candidates: Sequence[float] = CANDIDATES) -> Iterator[Trial]:
    """Every candidate for every family of every plan, one after another: the plan's steps with the whole schedule.

    Args:
        plans: what is trained, and for how long; their seed and their own learning rates are not used.
        candidates: peak learning rates.
    """
    for plan in plans:
        for family in dict.fromkeys(plan.families):
            for lr in candidates:
                alone = replace(plan, contenders=(family,), lr={family: lr}, seed=TUNING_SEED)
                learner = Learner(alone, family)
                while not learner.finished:
                    learner.advance(min(learner.affordable_steps, plan.steps - learner.step))
                loss = math.inf if learner.diverged else evaluate(learner.model, plan.task, seed=TUNING_SEED).loss
                yield Trial(plan.task_name, family, lr, plan.steps, loss)


def tune(plans: Sequence[RacePlan], *, path: Path = TABLE, candidates: Sequence[float] = CANDIDATES) -> Iterator[Trial]:
    """Run all trials and write the table; what other plans have put there stays.

    The table is written after each contender's last trial, so an interrupted run keeps what it has found. Of a task
    that several plans share, the last plan counts. A contender whose candidates all diverged has no entry.

    Args:
        plans: as in `trials`.
        path: of the table.
        candidates: peak learning rates.

    Yields:
        Each trial as it ends, for whoever shows the progress.
    """
    table = read_table(path)
    found: dict[float, float] = {}
    for trial in trials(plans, candidates):
        found[trial.lr] = trial.loss
        if len(found) == len(candidates):
            _enter(table.setdefault(trial.task, {}), trial, found)
            text = json.dumps({"rates": table}, indent=1, sort_keys=True, allow_nan=False)
            path.write_text(f"{text}\n", encoding="utf-8")
            forget_table()
            found = {}
        yield trial


def _enter(task: dict[str, dict[str, object]], trial: Trial, losses: Mapping[float, float]) -> None:
    lr = min(losses, key=losses.__getitem__)
    if math.isfinite(losses[lr]):
        shown = {f"{rate:g}": round(loss, 4) if math.isfinite(loss) else None for rate, loss in losses.items()}
        task[trial.family] = {"lr": lr, "steps": trial.steps, "losses": shown}
