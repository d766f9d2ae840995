"""`tune`: try every learning rate for every contender, and keep the best in the table that races read."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from attnlab.cli.races.options import races_named
from attnlab.cli.terminal.output import say
from attnlab.cli.terminal.progress import bar
from attnlab.cli.terminal.table import Cell, table
from attnlab.cli.terminal.values import names, one_of, whole
from attnlab.engine import SpecError
from attnlab.tasks import TASKS
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.tuning.rates import CANDIDATES, TABLE, read_table
from attnlab.training.tuning.tune import Trial, tune, tuning_plans


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which races, how long, and which table."""
    parser.add_argument("--race", metavar="A,B", help="races to tune for, as they are shown in class")
    parser.add_argument("--tasks", metavar="A,B", help="tasks to tune every family for; all if both are left out")
    parser.add_argument("--missing", action="store_true", help="only the families that the table lacks, task by task")
    parser.add_argument("--steps", metavar="N", help="of each trial; the race's if left out")
    parser.add_argument("--table", metavar="FILE", help="to write; the one that races read if left out")


def run(options: argparse.Namespace) -> int:
    """Write the table as contenders end, and print what was tried.

    Raises:
        SpecError: a race that there is not, one named beside --missing, or steps out of bounds.
        OSError: the table cannot be written.
    """
    torch.set_num_threads(1)
    path = TABLE if options.table is None else Path(options.table)
    plans = plans_from(options, path)
    trials: list[Trial] = []
    with bar(sum(len(plan.contenders) for plan in plans) * len(CANDIDATES), "trials") as drawn:
        for trial in tune(plans, path=path):
            trials.append(trial)
            drawn.set_postfix_str(f"{trial.task} {trial.family} {trial.lr:g}", refresh=False)
            drawn.update()
    say(trial_table(trials))
    return 0


def plans_from(options: argparse.Namespace, path: Path) -> list[RacePlan]:
    """What is asked for. Raises what `run` does."""
    steps = None if options.steps is None else whole("steps", options.steps)
    if options.race is None:
        wanted = None if options.tasks is None else names("tasks", options.tasks)
        tasks = TASKS if wanted is None else [one_of("tasks", name, tuple(TASKS)) for name in wanted]
        plans = list(tuning_plans(tasks, read_table(path) if options.missing else {}))
    elif options.missing or options.tasks is not None:
        message = f"race ({options.race!r:.60}) must go without tasks and missing: it says itself who is tuned"
        raise SpecError("race", "beside", message, got=options.race, other="tasks", of=options.tasks)
    else:
        plans = [RACES[name] for name in races_named(options.race)]
    return plans if steps is None else [replace(plan, steps=steps) for plan in plans]


def trial_table(trials: list[Trial]) -> str:
    """A row for each contender: the test loss that each rate came to; "best" is what the table now says."""
    losses: dict[tuple[str, str], dict[float, float]] = {}
    for trial in trials:
        losses.setdefault((trial.task, trial.family), {})[trial.lr] = trial.loss
    rates = sorted({trial.lr for trial in trials})
    rows: list[list[Cell]] = [
        [task, family, *(found.get(rate) for rate in rates), min(found, key=found.__getitem__)]
        for (task, family), found in losses.items()
    ]
    return table(["task", "family", *(f"{rate:g}" for rate in rates), "best"], rows)
