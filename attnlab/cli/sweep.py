"""`sweep`: tasks x families x budgets x seeds on a Dask cluster, by equal examples and by equal seconds."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from attnlab.cli.comparison import comparison_table, equal_seconds, summarised
from attnlab.cli.main import INTERRUPTED
from attnlab.cli.options import FAMILIES, default_families
from attnlab.cli.output import checked_path, say, versions, write_json
from attnlab.cli.progress import bar
from attnlab.cli.sweep_job import Compute, on_cluster
from attnlab.cli.values import names, one_of, whole, wholes
from attnlab.engine import SpecError
from attnlab.engine.allowed import check_number
from attnlab.tasks import TASKS
from attnlab.training.plan import BOUNDS, RacePlan
from attnlab.training.races import RACES

MAX_RUNS = 10_000
MAX_WORKERS = 64
SHIPPED = ("recall", "copy_memory", "parity", "sort", "reverse")
SEEDS = "0,1,2,3,4"
EXAMPLES, SECONDS = "examples", "seconds"
ABOUT = (
    "Each contender trained alone, once for each seed. View 'examples': all for the same steps. View 'seconds': all "
    "for the training time that the fastest contender of that task took for those steps, so steps differ, and "
    "another machine gives other numbers. Scores are on test examples; median, low, high and best are over seeds."
)


@dataclass(frozen=True)
class Job:
    """One run of one contender."""

    task: str  # the name that was asked for: a race or a task
    view: str
    plan: RacePlan


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is swept over, and where it runs."""
    known = ", ".join(dict.fromkeys((*RACES, *TASKS)))
    parser.add_argument("--tasks", metavar="A,B", default=",".join(SHIPPED), help=f"races or tasks: {known}")
    parser.add_argument("--families", metavar="A,B", help="contenders; those of each race if left out")
    parser.add_argument("--budgets", metavar="N,N", help="parameters of each body; that of each race if left out")
    parser.add_argument("--seeds", metavar="N,N", default=SEEDS, help=f"{SEEDS} if left out")
    parser.add_argument("--steps", metavar="N", help="of each run; those of each race if left out")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster; one is started here if left out")
    parser.add_argument("--workers", metavar="N", default="1", help="of the cluster that is started here")
    parser.add_argument("--json", metavar="FILE", help="where to write it; the app shows assets/comparison.json")


def run(options: argparse.Namespace) -> int:
    """Train everything, print the comparison and write it.

    Raises:
        SpecError: an option that cannot be used.
        OSError: no worker can be started, or the file not written.
    """
    path, plans = checked_path(options.json), swept_plans(options)
    workers = whole("workers", options.workers)
    check_number("workers", workers, 1, MAX_WORKERS)
    runs: list[dict[str, Any]] = []
    with on_cluster(options.scheduler, workers) as compute:
        complete = trained(plans, compute, runs)
    rows = summarised(runs)
    say(comparison_table(rows))
    if path is not None:
        write_json(path, comparison_json(plans, rows, runs, complete=complete))
    return 0 if complete else INTERRUPTED


def swept_plans(options: argparse.Namespace) -> dict[str, list[RacePlan]]:
    """By name, every plan of the sweep: a race for each budget and seed.

    Raises:
        SpecError: an option that cannot be used, or a sweep of more than `MAX_RUNS`.
    """
    changes: dict[str, Any] = {}
    if options.families is not None:
        changes["families"] = names("families", options.families)
    if options.steps is not None:
        changes["steps"] = whole("steps", options.steps)
    seeds = wholes("seeds", options.seeds)
    budgets = None if options.budgets is None else wholes("budgets", options.budgets)
    asked = [one_of("tasks", name, tuple(dict.fromkeys((*RACES, *TASKS)))) for name in names("tasks", options.tasks)]
    if len(asked) * len(seeds) * len(budgets or "1") * len(changes.get("families", FAMILIES)) > MAX_RUNS:
        message = f"seeds ({len(seeds)}) and budgets must lead to at most {MAX_RUNS} runs"
        raise SpecError("seeds", "most", message, got=len(seeds), most=MAX_RUNS)
    plans: dict[str, list[RacePlan]] = {}
    for name in asked:
        plan = RACES[name] if name in RACES else RacePlan(task_name=name, families=default_families(name))
        base = replace(plan, **changes)
        plans[name] = [
            replace(base, budget=budget, seed=seed) for seed in seeds for budget in budgets or (base.budget,)
        ]
    return plans


def comparison_json(
    plans: dict[str, list[RacePlan]], rows: Sequence[Any], runs: Sequence[Any], *, complete: bool
) -> dict[str, Any]:
    """For the app and other programs."""
    return {
        "command": "sweep",
        "complete": complete,
        "about": ABOUT,
        "seeds": sorted({plan.seed for each in plans.values() for plan in each}),
        "tasks": {name: _about(each[0]) for name, each in plans.items()},
        "rows": rows,
        "runs": runs,
        "versions": versions(),
    }


def _about(plan: RacePlan) -> dict[str, Any]:
    """What all runs of a task have in common; budget and seed are in each."""
    info = plan.task.info
    config = json.loads(plan.to_config().to_json())
    settings = {name: value for name, value in config["settings"].items() if name not in {"budget", "seed"}}
    return {
        "task": info.name,
        "seq_len": info.seq_len,
        "metric": info.metric,
        "floors": [asdict(one) for one in info.floors],
        "settings": settings,
    }


def trained(plans: dict[str, list[RacePlan]], compute: Compute, runs: list[dict[str, Any]]) -> bool:
    """Train everything into `runs`, equal examples first; whether it came to the end."""
    try:
        _compute(_alone(plans, None), compute, runs)
        _compute(_alone(plans, equal_seconds(runs)), compute, runs)
    except KeyboardInterrupt:
        return False
    return True


def _alone(plans: dict[str, list[RacePlan]], seconds: dict[tuple[str, int], float] | None) -> list[Job]:
    """Every contender of every plan on its own; seeds outside, so that a slow minute of the machine hits all alike."""
    least = BOUNDS["seconds"][0]
    jobs = []
    for name, each in plans.items():
        for plan in each:
            limit = None if seconds is None else max(seconds[name, plan.budget], least)
            for family in plan.families:
                lr = {one: rate for one, rate in plan.lr.items() if one == family}
                alone = replace(plan, families=(family,), lr=lr, seconds=limit)
                jobs.append(Job(name, EXAMPLES if seconds is None else SECONDS, alone))
    return sorted(jobs, key=lambda job: job.plan.seed)


def _compute(jobs: Sequence[Job], compute: Compute, runs: list[dict[str, Any]]) -> None:
    """Add the runs of these jobs, in the jobs' order as far as they have ended."""
    ended: dict[int, dict[str, Any]] = {}
    try:
        with bar(len(jobs), "runs") as drawn:
            for number, result in compute([job.plan.to_config().to_json() for job in jobs]):
                ended[number] = result
                drawn.update()
    finally:
        for number, job in enumerate(jobs):
            if number in ended:
                about = {"task": job.task, "view": job.view, "budget": job.plan.budget, "seed": job.plan.seed}
                runs.append(about | {"metric_name": job.plan.task.info.metric} | ended[number])
