"""`tasks`: what there is to learn, at which sizes, and what needs no learning."""

import argparse
from collections.abc import Iterator

from attnlab.cli.races.results import floors_line
from attnlab.cli.terminal.output import say
from attnlab.cli.terminal.table import Cell, table
from attnlab.tasks import PRESETS, TASKS
from attnlab.training.shown.races import RACES

COLUMNS = ("task", "preset", "T", "metric", "sizes", "floors")


def add_options(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_options: argparse.Namespace) -> int:
    """Print the tasks, then the races as shown in class."""
    say(table(COLUMNS, task_rows()))
    say("")
    say(table(("race", "task", "contenders", "steps", "sizes"), race_rows()))
    return 0


def task_rows() -> Iterator[tuple[Cell, ...]]:
    """A row for every preset; "example" is for one line of text and not worth training on."""
    for name, build in TASKS.items():
        for preset, sizes in PRESETS[name].items():
            if preset != "example":
                info = build(**sizes).info
                yield name, preset, info.seq_len, info.metric, _listed(info.sizes), floors_line(info)


def race_rows() -> Iterator[tuple[Cell, ...]]:
    """A row for every race."""
    for name, plan in RACES.items():
        yield name, plan.task_name, ", ".join(plan.contenders), plan.steps, _listed(plan.task.info.sizes)


def _listed(sizes: object) -> str:
    return ", ".join(f"{name}={size}" for name, size in dict(sizes).items())  # type: ignore[call-overload]
