"""What a race came to, as a table and as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain
from typing import Any

from attnlab.cli.terminal.table import Cell, shown, table
from attnlab.models import ClassifierModel, FamilyName, describe
from attnlab.tasks import FINAL_EXAMPLES, LONGER_TESTS, ClassBalance, Disturbed, Floor, TaskInfo
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.events import ChunkDone, Evaluated, Event
from attnlab.training.racing.loop import Learner
from attnlab.training.racing.race import Race
from attnlab.training.racing.reading import as_read_by
from attnlab.training.scoring.evaluate import PLAIN, disturbed_scores, evaluate, final_scores, final_test, interval_of
from attnlab.training.scoring.intervals import Interval
from attnlab.training.scoring.steadiness import accuracy_under_noise

LONGER_EXAMPLES = FINAL_EXAMPLES["sequence"]
BALANCE = {"balanced accuracy": "balanced_accuracy", "macro F1": "macro_f1"}
"""Columns that count every class alike."""


@dataclass(frozen=True)
class Result:
    """How a contender ended. A metric is None where nothing is scored."""

    contender: str  # its key
    family: FamilyName
    body_parameters: int
    parameters: int  # embedding and head included
    lr: float
    lr_tuned: bool  # in the table of rates; else given, or a guess where nothing was tried
    steps: int
    examples: int
    seconds: float
    loss: float
    metric: float | None
    test_examples: int  # of which loss and metric are
    interval: Interval | None  # of the metric, by 95 %, where these are few
    balance: ClassBalance | None  # where classes are uneven
    longer: dict[int, float | None]  # the metric at lengths beyond the trained one
    diverged: bool
    disturbed: dict[str, float] = field(default_factory=dict)  # the metric on the disturbed tests, where there are some
    under_noise: dict[float, float] = field(default_factory=dict)  # accuracy by noise over signal, where that was asked

    @property
    def ms_per_step(self) -> float | None:
        """Training alone, evaluations left out; None before the first step."""
        return 1e3 * self.seconds / self.steps if self.steps else None


@dataclass
class Points:
    """The curves of a race: of every chunk its training loss, of every evaluation its test scores."""

    by_contender: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    def add(self, event: Event, learner: Learner) -> None:
        """An event, while its contender stands at it."""
        about: dict[str, float | None]
        if isinstance(event, ChunkDone):
            result = event.result
            about = {"loss": result.loss, "lr": result.lr, "grad_norm": result.grad_norm}
        elif isinstance(event, Evaluated):
            about = {"test_loss": event.loss, "metric": event.metric, "test_examples": event.examples}
            self.scores[event.contender] = event.loss if event.metric is None else event.metric
        else:
            return
        where = {"step": learner.step, "examples": learner.examples, "seconds": learner.seconds}
        self.by_contender.setdefault(event.contender, []).append(where | about)

    @classmethod
    def read(cls, by_contender: object) -> "Points":
        """From JSON, which anybody may have written.

        Raises:
            ValueError: not by contender a list of points, or in a point something else than numbers and None.
        """
        if not isinstance(by_contender, dict) or not all(map(_is_point, chain(*by_contender.values()))):
            raise ValueError("points must be numbers by name, in a list for each contender")
        points = cls({key: list(each) for key, each in by_contender.items()})
        for key, each in points.by_contender.items():
            for point in (one for one in each if one.get("test_loss") is not None):
                points.scores[key] = point["test_loss"] if point.get("metric") is None else point["metric"]
        return points

    def latest_scores(self) -> str:
        """The metric of each contender, as short as it gets."""
        return " ".join(f"{key} {score:.3g}" for key, score in self.scores.items())


def _is_point(value: object) -> bool:
    return isinstance(value, dict) and all(each is None or type(each) in (int, float) for each in value.values())


def longer_tests(info: TaskInfo) -> tuple[int, ...]:
    """Lengths to test beyond the trained one."""
    return tuple(length for length in LONGER_TESTS.get(info.name, ()) if length > info.seq_len)


def final_result(learner: Learner, *, noise_test: bool = False) -> Result:
    """The scores of a contender as it is, on test examples that are the same for all."""
    plan, task = learner.plan, learner.task
    seen = final_scores(learner.model, task)
    rate, facts = plan.rate(learner.contender), describe(learner.model.config)
    return Result(
        contender=learner.contender,
        family=learner.model.config.family,
        body_parameters=facts.body_parameters,
        parameters=facts.parameters,
        lr=rate.lr,
        lr_tuned=rate.tuned,
        steps=learner.step,
        examples=learner.examples,
        seconds=learner.seconds,
        loss=seen.loss,
        metric=seen.metric,
        test_examples=seen.examples,
        interval=interval_of(seen.metric, task.info.metric, seen.examples),
        balance=seen.balance if seen.uneven else None,
        longer={
            length: evaluate(learner.model, task, examples=LONGER_EXAMPLES, seq_len=length).metric
            for length in longer_tests(task.info)
        },
        diverged=learner.diverged,
        disturbed={name: one for name, one in disturbed_scores(learner.model, task).items() if name != PLAIN}
        if isinstance(task, Disturbed)
        else {},
        under_noise=_under_noise(learner) if noise_test else {},
    )


def _under_noise(learner: Learner) -> dict[float, float]:
    """A classifier's accuracy by noise over signal; of another model nothing."""
    if not isinstance(learner.model, ClassifierModel):
        return {}
    test = as_read_by(learner.model, learner.task, final_test(learner.task))
    return dict(accuracy_under_noise(learner.model, test))


def final_results(race: Race, *, noise_test: bool = False) -> list[Result]:
    """One for each contender, in the order of the plan."""
    return [final_result(learner, noise_test=noise_test) for learner in race.learners.values()]


def result_table(plan: RacePlan, results: Sequence[Result]) -> str:
    """For people; a column that would be empty is left out."""
    info = plan.task.info
    columns: dict[str, Callable[[Result], Cell]] = {
        "contender": lambda one: f"{one.contender} (diverged)" if one.diverged else one.contender,
        "body parameters": lambda one: one.body_parameters,
        "all parameters": lambda one: one.parameters,
        "steps": lambda one: one.steps,
        "seconds": lambda one: round(one.seconds, 1),
        "ms/step": lambda one: one.ms_per_step,
        "lr": lambda one: f"{shown(one.lr)} (untuned)" if one.contender in plan.untuned else shown(one.lr),
        "loss": lambda one: one.loss,
    }
    if info.metric != "loss":
        columns[info.metric] = lambda one: one.metric
    if any(one.interval for one in results):
        columns["95 %"] = _interval
    columns["examples"] = lambda one: one.test_examples
    if any(one.balance for one in results):
        columns |= {title: partial(_balance, name) for title, name in BALANCE.items()}
    for length in longer_tests(info):
        columns[f"{info.metric}, T={length}"] = partial(_longer, length)
    for name in results[0].disturbed if results else ():
        columns[f"{info.metric}, {name}"] = partial(_disturbed, name)
    for sigma in results[0].under_noise if results else ():
        columns[f"noise {sigma:g}"] = partial(_noisy, sigma)
    return table(list(columns), [[cell(one) for cell in columns.values()] for one in results])


def floor_table(info: TaskInfo, *, balance: bool = False) -> str:
    """What needs no learning, or cannot be beaten.

    Args:
        info: of the task.
        balance: with the scores that count every class alike.
    """
    named = [] if info.metric == "loss" else [info.metric]
    balanced = list(BALANCE) if balance else []
    rows: list[list[Cell]] = [
        [one.name, one.loss, *([one.metric] if named else []), *(_balance(BALANCE[title], one) for title in balanced)]
        for one in info.floors
    ]
    return table(["floor", "loss", *named, *balanced], rows)


def _interval(one: Result) -> Cell:
    return None if one.interval is None else f"{one.interval.low:.3f}-{one.interval.high:.3f}"


def _balance(name: str, one: Result | Floor) -> Cell:
    value: float | None = getattr(one.balance, name, None)
    return value


def _longer(length: int, one: Result) -> Cell:
    return one.longer[length]


def _disturbed(name: str, one: Result) -> Cell:
    return one.disturbed.get(name)


def _noisy(sigma: float, one: Result) -> Cell:
    return one.under_noise.get(sigma)


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
        "facts": {key: asdict(describe(plan.model_config(key), info.seq_len)) for key in plan.contenders},
        "points": points.by_contender,
        "final": {one.contender: asdict(one) | {"ms_per_step": one.ms_per_step} for one in results},
    }
