"""What a race came to, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from attnlab.cli.table import Cell, shown, table
from attnlab.models import FamilyName, describe
from attnlab.tasks import LONGER_TESTS, TaskInfo
from attnlab.training.evaluate import evaluate
from attnlab.training.events import ChunkDone, Evaluated, Event
from attnlab.training.loop import Learner
from attnlab.training.plan import RacePlan
from attnlab.training.race import Race

EXAMPLES = 1000
"""Test examples of the final scores: more than while training, where they cost time."""


@dataclass(frozen=True)
class Result:
    """How a contender ended. A metric is None where nothing is scored."""

    family: FamilyName
    body_parameters: int
    lr: float
    lr_tuned: bool  # in the table of rates; else given, or a guess where nothing was tried
    steps: int
    examples: int
    seconds: float
    loss: float
    metric: float | None
    longer: dict[int, float | None]  # the metric at lengths beyond the trained one
    diverged: bool

    @property
    def ms_per_step(self) -> float | None:
        """Training alone, evaluations left out; None before the first step."""
        return 1e3 * self.seconds / self.steps if self.steps else None


@dataclass
class Points:
    """The curves of a race: of every chunk its training loss, of every evaluation its test scores."""

    by_family: dict[FamilyName, list[dict[str, Any]]] = field(default_factory=dict)
    scores: dict[FamilyName, float] = field(default_factory=dict)

    def add(self, event: Event, learner: Learner) -> None:
        """An event, while its contender stands at it."""
        about: dict[str, float | None]
        if isinstance(event, ChunkDone):
            result = event.result
            about = {"loss": result.loss, "lr": result.lr, "grad_norm": result.grad_norm}
        elif isinstance(event, Evaluated):
            about = {"test_loss": event.loss, "metric": event.metric}
            self.scores[event.family] = event.loss if event.metric is None else event.metric
        else:
            return
        where = {"step": learner.step, "examples": learner.examples, "seconds": learner.seconds}
        self.by_family.setdefault(event.family, []).append(where | about)

    def latest_scores(self) -> str:
        """The metric of each contender, as short as it gets."""
        return " ".join(f"{family} {score:.3g}" for family, score in self.scores.items())


def longer_tests(info: TaskInfo) -> tuple[int, ...]:
    """Lengths to test beyond the trained one."""
    return tuple(length for length in LONGER_TESTS.get(info.name, ()) if length > info.seq_len)


def final_result(learner: Learner) -> Result:
    """The scores of a contender as it is, on test examples that are the same for all."""
    plan, task = learner.plan, learner.task
    seen = evaluate(learner.model, task, examples=EXAMPLES)
    rate = plan.rate(learner.family)
    return Result(
        family=learner.family,
        body_parameters=describe(learner.model.config).body_parameters,
        lr=rate.lr,
        lr_tuned=rate.tuned,
        steps=learner.step,
        examples=learner.examples,
        seconds=learner.seconds,
        loss=seen.loss,
        metric=seen.metric,
        longer={
            length: evaluate(learner.model, task, examples=EXAMPLES, seq_len=length).metric
            for length in longer_tests(task.info)
        },
        diverged=learner.diverged,
    )


def final_results(race: Race) -> list[Result]:
    """One for each contender, in the order of the plan."""
    return [final_result(learner) for learner in race.learners.values()]


def result_table(plan: RacePlan, results: Sequence[Result]) -> str:
    """For people."""
    info = plan.task.info
    longer = longer_tests(info)
    columns = ["family", "parameters", "steps", "seconds", "ms/step", "lr", "loss"]
    columns += [] if info.metric == "loss" else [info.metric]
    columns += [f"{info.metric}, T={length}" for length in longer]
    rows: list[list[Cell]] = []
    for one in results:
        name = f"{one.family} (diverged)" if one.diverged else one.family
        row: list[Cell] = [name, one.body_parameters, one.steps, round(one.seconds, 1), one.ms_per_step, one.lr]
        row += [one.loss] if info.metric == "loss" else [one.loss, one.metric]
        rows.append([*row, *(one.longer[length] for length in longer)])
    return table(columns, rows)


def floor_table(info: TaskInfo) -> str:
    """What needs no learning, or cannot be beaten."""
    named = [] if info.metric == "loss" else [info.metric]
    rows: list[list[Cell]] = [[one.name, one.loss, *([one.metric] if named else [])] for one in info.floors]
    return table(["floor", "loss", *named], rows)


def floors_line(info: TaskInfo) -> str:
    """The same in one line: name and metric, or loss where a floor has no metric."""
    return ", ".join(
        f"{one.name} loss {shown(one.loss)}" if one.metric is None else f"{one.name} {shown(one.metric)}"
        for one in info.floors
    )


def race_json(plan: RacePlan, points: Points, results: Sequence[Result], *, interrupted: bool) -> dict[str, Any]:
    """For programs: nothing in it names a machine or a place on it."""
    info = plan.task.info
    return {
        "command": "race",
        "interrupted": interrupted,
        "plan": json.loads(plan.to_config().to_json()),
        "task": {"name": info.name, "sizes": dict(info.sizes), "seq_len": info.seq_len, "metric": info.metric},
        "floors": [asdict(one) for one in info.floors],
        "facts": {family: asdict(describe(plan.model_config(family), info.seq_len)) for family in plan.families},
        "points": points.by_family,
        "final": {one.family: asdict(one) | {"ms_per_step": one.ms_per_step} for one in results},
    }
