"""`tune`: try every learning rate for every contender, and keep the best in the table that races read."""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from attnlab.cli.options import races_named
from attnlab.cli.output import say
from attnlab.cli.progress import bar
from attnlab.cli.table import Cell, table
from attnlab.cli.values import whole
from attnlab.training.races import RACES
from attnlab.training.rates import CANDIDATES, TABLE
from attnlab.training.tune import Trial, tune

FIRST = tuple(
    name
    for at, (name, plan) in enumerate(RACES.items())
    if plan.task_name not in [earlier.task_name for earlier in list(RACES.values())[:at]]
)
"""One race for each task: of a later one the table would keep the rates, and that may be a race nobody can win."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which races, how long, and which table."""
    parser.add_argument("--race", metavar="A,B", help=f"races to tune for; {','.join(FIRST)} if left out")
    parser.add_argument("--steps", metavar="N", help="of each trial; the race's if left out")
    parser.add_argument("--table", metavar="FILE", help="to write; the one that races read if left out")


def run(options: argparse.Namespace) -> int:
    """Write the table as contenders end, and print what was tried.

    Raises:
        SpecError: a race that there is not, or steps out of bounds.
        OSError: the table cannot be written.
    """
    torch.set_num_threads(1)
    plans = [RACES[name] for name in (FIRST if options.race is None else races_named(options.race))]
    if options.steps is not None:
        plans = [replace(plan, steps=whole("steps", options.steps)) for plan in plans]
    path = TABLE if options.table is None else Path(options.table)
    trials: list[Trial] = []
    with bar(sum(len(plan.families) for plan in plans) * len(CANDIDATES), "trials") as drawn:
        for trial in tune(plans, path=path):
            trials.append(trial)
            drawn.set_postfix_str(f"{trial.task} {trial.family} {trial.lr:g}", refresh=False)
            drawn.update()
    say(trial_table(trials))
    return 0


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
