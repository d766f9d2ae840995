"""`sweep`: tasks x contenders x budgets x seeds on a Dask cluster, by equal examples and by equal seconds."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from attnlab.cli.main import INTERRUPTED
from attnlab.cli.races.options import FAMILIES, add_contender_options, asked_contenders, default_families
from attnlab.cli.races.own_data import untuned_notes
from attnlab.cli.sweeps.comparison import EXAMPLES, SECONDS, VIEWS, comparison_table, equal_seconds
from attnlab.cli.sweeps.sweep_file import Swept, read_swept
from attnlab.cli.sweeps.sweep_job import Compute, on_cluster
from attnlab.cli.terminal.output import checked_path, note_down, say
from attnlab.cli.terminal.progress import bar
from attnlab.cli.terminal.values import names, one_of, whole, wholes
from attnlab.engine import SpecError
from attnlab.engine.allowed import check_number
from attnlab.tasks import TASKS
from attnlab.training.grid import GRID
from attnlab.training.plans.plan import BOUNDS, RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.shown.told import SEEDS as TEN_SEEDS

MAX_RUNS = 10_000
MAX_WORKERS = 64
SEEDS = ",".join(map(str, range(TEN_SEEDS)))

Plans = Mapping[str, Sequence[RacePlan]]
"""Those of a sweep, by the name of a race or a task."""


@dataclass(frozen=True)
class Job:
    """One run of one contender."""

    task: str  # the name that was asked for: a race or a task
    view: str
    plan: RacePlan


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is swept over, and where it runs."""
    known = ", ".join(dict.fromkeys((*RACES, *TASKS)))
    parser.add_argument("--tasks", metavar="A,B", default=",".join(RACES), help=f"races or tasks: {known}")
    add_contender_options(parser, "those of each race")
    parser.add_argument(
        "--grid", action="store_true", help="in place of tasks the grid of settings: assets/choosing.json"
    )
    parser.add_argument("--budgets", metavar="N,N", help="parameters of each body; that of each race if left out")
    parser.add_argument("--seeds", metavar="N,N", default=SEEDS, help=f"{SEEDS} if left out")
    parser.add_argument("--steps", metavar="N", help="of each run; those of each race if left out")
    parser.add_argument("--examples-only", action="store_true", help="leave out the view of equal seconds")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster; one is started here if left out")
    parser.add_argument("--workers", metavar="N", default="1", help="of the cluster that is started here")
    parser.add_argument("--json", metavar="FILE", help="where to write it; the app shows assets/comparison.json")
    parser.add_argument("--resume", action="store_true", help="go on where --json FILE ends; its other tasks stay")
    parser.add_argument("--missing", action="store_true", help="only the tasks that --json FILE has not to their end")


def run(options: argparse.Namespace) -> int:
    """Train everything, print the comparison and write it.

    Raises:
        SpecError: an option that cannot be used.
        OSError: no worker can be started, or the file not written.
    """
    path, workers = checked_path(options.json), whole("workers", options.workers)
    check_number("workers", workers, 1, MAX_WORKERS)
    for field in ("resume", "missing"):
        if getattr(options, field) and path is None:
            raise SpecError(
                field, "beside", f"{field} must go with json: it says where", got=True, other="json", of=None
            )
    plans = swept_plans(options)  # last: of all ready races it takes seconds
    for note in dict.fromkeys(note for swept in plans.values() for note in untuned_notes(swept[0])):
        note_down(note)
    views = (EXAMPLES,) if options.examples_only else VIEWS
    swept = read_swept(path) if path and (options.resume or options.missing) else Swept()
    if options.missing:
        plans = {name: each for name, each in plans.items() if not is_whole(name, each, views, swept.runs)}

    def keep(*, complete: bool = False) -> None:
        if path is not None:
            swept.write(path, complete=complete)

    with on_cluster(options.scheduler, workers) as compute:
        complete = trained(plans, compute, swept, views, keep)
    keep(complete=complete)
    say(comparison_table(swept.rows()))
    return 0 if complete else INTERRUPTED


def swept_plans(options: argparse.Namespace) -> dict[str, list[RacePlan]]:
    """By name, every plan of the sweep: a race for each budget and seed.

    Raises:
        SpecError: an option that cannot be used, or a sweep of more than `MAX_RUNS`.
    """
    changes: dict[str, Any] = {}
    if contenders := asked_contenders(options):
        changes["contenders"] = contenders
    if options.steps is not None:
        changes["steps"] = whole("steps", options.steps)
    seeds = wholes("seeds", options.seeds)
    budgets = None if options.budgets is None else wholes("budgets", options.budgets)
    asked = asked_races(options)
    if len(asked) * len(seeds) * len(budgets or "1") * len(changes.get("contenders", FAMILIES)) > MAX_RUNS:
        message = f"seeds ({len(seeds)}) and budgets must lead to at most {MAX_RUNS} runs"
        raise SpecError("seeds", "most", message, got=len(seeds), most=MAX_RUNS)
    plans: dict[str, list[RacePlan]] = {}
    for name, plan in asked.items():
        base = replace(plan, **changes)
        plans[name] = [
            replace(base, budget=budget, seed=seed) for seed in seeds for budget in budgets or (base.budget,)
        ]
    return plans


def asked_races(options: argparse.Namespace) -> Mapping[str, RacePlan]:
    """The races that are swept, by name, as they come.

    Raises:
        SpecError: a name of no race and no task.
    """
    if options.grid:
        return GRID
    known = tuple(dict.fromkeys((*RACES, *TASKS)))
    asked = [one_of("tasks", name, known) for name in names("tasks", options.tasks)]
    return {
        name: RACES[name] if name in RACES else RacePlan(task_name=name, contenders=default_families(name))
        for name in asked
    }


def trained(
    plans: Plans,
    compute: Compute,
    swept: Swept,
    views: Sequence[str] = VIEWS,
    after_each: Callable[[], None] = lambda: None,
) -> bool:
    """Train race after race, equal examples first; whether it came to the end.

    Args:
        plans: what to train.
        compute: where.
        swept: what there is already, which is not trained again; filled.
        views: which, in the order of `VIEWS`: equal examples tell how long equal seconds are.
        after_each: called when a run has ended.
    """
    try:
        for name, each in plans.items():
            swept.begin(name, each, views)
            for view in views:
                limits = None if view == EXAMPLES else equal_seconds(swept.runs)
                _compute(_missing(_alone(name, each, limits), swept.runs), compute, swept.runs, after_each)
    except KeyboardInterrupt:
        return False
    return True


def _alone(name: str, plans: Sequence[RacePlan], seconds: dict[tuple[str, int], float] | None) -> list[Job]:
    """Every contender of every plan on its own; seeds outside, so that a slow minute of the machine hits all alike."""
    least = BOUNDS["seconds"][0]
    jobs = []
    for plan in plans:
        limit = None if seconds is None else max(seconds[name, plan.budget], least)
        for key in plan.contenders:
            lr = {one: rate for one, rate in plan.lr.items() if one == key}
            alone = replace(plan, contenders=(key,), lr=lr, seconds=limit)
            jobs.append(Job(name, EXAMPLES if seconds is None else SECONDS, alone))
    return sorted(jobs, key=lambda job: job.plan.seed)


def is_whole(name: str, plans: Sequence[RacePlan], views: Sequence[str], runs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every contender has run with every plan in every view, on whichever machine."""
    asked = {(name, view, plan.budget, plan.seed, key) for view in views for plan in plans for key in plan.contenders}
    return asked <= _done(runs)


def _missing(jobs: Sequence[Job], runs: Sequence[Mapping[str, Any]]) -> list[Job]:
    """The jobs that no run is of."""
    done = _done(runs)
    return [
        job for job in jobs if (job.task, job.view, job.plan.budget, job.plan.seed, job.plan.contenders[0]) not in done
    ]


def _done(runs: Sequence[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    return {tuple(run[name] for name in ("task", "view", "budget", "seed", "contender")) for run in runs}


def _compute(jobs: Sequence[Job], compute: Compute, runs: list[dict[str, Any]], after_each: Callable[[], None]) -> None:
    """Add the runs of these jobs as they end, in the jobs' order."""
    ended: dict[int, dict[str, Any]] = {}
    before = len(runs)
    with bar(len(jobs), "runs") as drawn:
        for number, result in compute([job.plan.to_config().to_json() for job in jobs]):
            job = jobs[number]
            about = {"task": job.task, "view": job.view, "budget": job.plan.budget, "seed": job.plan.seed}
            ended[number] = about | {"metric_name": job.plan.task.info.metric} | result
            runs[before:] = [ended[one] for one in sorted(ended)]
            after_each()
            drawn.update()
