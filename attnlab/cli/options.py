"""The options of a race, and the plan that they make."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from attnlab.cli.values import names, number, one_of, pairs, whole
from attnlab.engine import SpecError
from attnlab.models import FamilyName
from attnlab.tasks import KINDS, TASKS
from attnlab.training.checks import families_of
from attnlab.training.plan import RacePlan
from attnlab.training.races import RACES
from attnlab.training.store.datasets import MAX_DATASET_BYTES

FAMILIES: tuple[FamilyName, ...] = ("transformer", "lstm", "tcn")
"""Who races where nobody is named: one of each kind."""

# Field of RacePlan: its option's metavar, how it is read, and its help.
SETTINGS: dict[str, tuple[str, Callable[[str, str], Any] | None, str]] = {
    "preset": ("NAME", None, "sizes of the task: live, published, ... (`tasks` lists them)"),
    "steps": ("N", whole, "updates of each contender"),
    "seconds": ("S", number, "training time of each contender instead of steps"),
    "batch_size": ("N", whole, "examples a step"),
    "budget": ("N", whole, "parameters of each body, embedding and head excluded"),
    "seed": ("N", whole, "of weights, examples and dropout"),
    "num_layers": ("N", whole, "blocks; a TCN has as many as it takes to reach far enough"),
    "num_heads": ("N", whole, "of a Transformer"),
    "positions": ("NAME", None, "of a Transformer: none, sinusoidal, learned, rope, alibi"),
    "ff_multiple": ("X", number, "width of the feed-forward part over d_model"),
    "dropout": ("X", number, "of what each block adds"),
    "kernel_size": ("N", whole, "of a TCN"),
    "levels": ("N", whole, "of a TCN, if not as many as it takes"),
    "mode": ("NAME", None, "task, causal or trailing_blanks"),
    "warmup": ("N", whole, "steps of linear warm-up"),
    "schedule": ("NAME", None, "cosine or constant"),
    "weight_decay": ("X", number, "of matrices"),
    "clip": ("X", number, "largest norm of all gradients together"),
    "label_smoothing": ("X", number, "share of each target spread over all classes while training"),
    "text_column": ("NAME", None, "of a CSV file; of parallel text the source's"),
    "label_column": ("NAME", None, "of a CSV file; of parallel text the target's"),
    "separator": ("CHAR", None, "between a CSV file's cells"),
}
FLAGS = {"num_layers": "layers", "num_heads": "heads"}
"""Options whose name is shorter than the field's."""


def add_race_options(parser: argparse.ArgumentParser) -> None:
    """Every setting of a plan. Numbers are read later, so that a refusal reads alike whoever refuses."""
    parser.add_argument("--race", metavar="NAME", help=f"a race as shown in class: {', '.join(RACES)}")
    parser.add_argument("--task", metavar="NAME", help=f"instead of --race: {', '.join(TASKS)}")
    parser.add_argument("--families", metavar="A,B", help=f"contenders; {','.join(FAMILIES)} if left out")
    parser.add_argument("--size", metavar="NAME=N", action="append", default=[], help="of the task; may be repeated")
    parser.add_argument("--lr", metavar="FAMILY=X", action="append", default=[], help="peak; else the tuned table's")
    kinds = "your text (next_character) or CSV file (csv, classify_csv, translation), 5 MiB at most"
    parser.add_argument("--data", metavar="FILE", help=kinds)
    for field, (metavar, _, about) in SETTINGS.items():
        flag = FLAGS.get(field, field).replace("_", "-")
        parser.add_argument(f"--{flag}", dest=field, metavar=metavar, help=about)


def plan_from(options: argparse.Namespace) -> RacePlan:
    """The plan that was asked for: a task's with defaults, or a race's with whatever else was given changed.

    Raises:
        SpecError: an option that cannot be read or used, naming it.
    """
    changes: dict[str, Any] = {
        field: getattr(options, field) if read is None else read(FLAGS.get(field, field), getattr(options, field))
        for field, (_, read, _) in SETTINGS.items()
        if getattr(options, field) is not None
    }
    if options.families is not None:
        changes["families"] = names("families", options.families)
    if options.data is not None:
        changes["data"] = data_from(Path(options.data))
    sizes, lr = pairs("size", options.size, whole), pairs("lr", options.lr, number)
    if (options.race is None) == (options.task is None):
        got = f"race ({options.race!r}) or task ({options.task!r})"
        message = f"{got} must be given, and not both; `python -m attnlab tasks` lists them"
        raise SpecError("task", "beside", message, got=options.task, other="race", of=options.race)
    if options.race is None:
        asked: dict[str, Any] = {"task_name": options.task, "sizes": sizes, "lr": lr}
        return RacePlan(**asked | {"families": default_families(options.task)} | changes)
    race = RACES[one_of("race", options.race, tuple(RACES))]
    old = {} if "preset" in changes else race.sizes
    changed: dict[str, Any] = {"sizes": {**old, **sizes}, "lr": {**race.lr, **lr}}
    return replace(race, **changed | changes)


def default_families(task_name: str) -> tuple[FamilyName, ...]:
    """Who races where nobody is named: `FAMILIES`, or all there are for a task that these cannot learn."""
    return FAMILIES if KINDS.get(task_name, "sequence") == "sequence" else families_of(task_name)


def data_from(path: Path) -> bytes:
    """The learner's file, if it is not too large to be one.

    Raises:
        SpecError: it cannot be read, or is larger than `MAX_DATASET_BYTES`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_DATASET_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        message = f"data ({path.name!r:.60}) must be a file that can be read ({why})"
        raise SpecError("data", "unreadable", message, got=path.name, why=why) from error
    if len(data) > MAX_DATASET_BYTES:
        message = f"data ({path.name!r:.60}) must be at most {MAX_DATASET_BYTES} bytes"
        raise SpecError("data", "most", message, got=len(data), most=MAX_DATASET_BYTES)
    return data


def races_named(text: str) -> Sequence[str]:
    """Names of races between commas.

    Raises:
        SpecError: a name that is none.
    """
    return [one_of("race", name, tuple(RACES)) for name in names("race", text)]
