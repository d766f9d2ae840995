"""The options of a race, and the plan that they make."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from attnlab.cli.races.own_data import encoding, guessed_reading, separator
from attnlab.cli.terminal.values import given, names, number, one_of, pair, pairs, whole
from attnlab.engine import SpecError
from attnlab.models import PICTURE_FAMILIES, PRETRAINED_FAMILIES, FamilyName
from attnlab.tasks import KINDS, PICTURES, TASKS
from attnlab.tasks.tables import ENCODINGS
from attnlab.training.plans.checks import families_of
from attnlab.training.plans.contender import SETTINGS as OWN
from attnlab.training.plans.contender import Contender
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
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
    "num_layers": (
        "N",
        whole,
        "blocks; a TCN has as many as it takes to reach far enough, window attention a window as wide",
    ),
    "num_heads": ("N", whole, "of a Transformer, of window attention and of linear attention"),
    "positions": ("NAME", None, "of those with heads: none, sinusoidal, learned, rope, alibi"),
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
    "noise": ("X", number, "of classifiers: noise over signal in every word's vector while training"),
    "text_column": ("NAME", None, "of a CSV file, or its number from 1; of parallel text the source's; guessed"),
    "label_column": ("NAME", None, "of a CSV file, or its number from 1; of parallel text the target's; guessed"),
    "second_text_column": ("NAME", None, "of a CSV file, joined behind the first"),
    "separator": ("NAME", separator, "between a CSV file's cells: comma, semicolon, tab, pipe; guessed"),
    "encoding": ("NAME", encoding, f"of a CSV file: {', '.join(ENCODINGS)}; guessed"),
    "cut": ("NAME", None, "which words of a text of your own are read that is too long: first, last, both"),
}
SWITCHES = {
    "header": "whether a CSV file's first row names its columns; guessed",
    "merge_labels": "whether labels of a CSV file that differ in case or spaces alone are one; they are",
}
"""Settings that are on or off: --header and --no-header."""
FLAGS = {"num_layers": "layers", "num_heads": "heads"}
"""Options whose name is shorter than the field's."""


def add_race_options(parser: argparse.ArgumentParser) -> None:
    """Every setting of a plan. Numbers are read later, so that a refusal reads alike whoever refuses."""
    parser.add_argument("--race", metavar="NAME", help=f"a race as shown in class: {', '.join(RACES)}")
    parser.add_argument("--task", metavar="NAME", help=f"instead of --race: {', '.join(TASKS)}")
    add_contender_options(parser, ",".join(FAMILIES))
    parser.add_argument("--size", metavar="NAME=N", action="append", default=[], help="of the task; may be repeated")
    parser.add_argument("--lr", metavar="CONTENDER=X", action="append", default=[], help="peak; else the tuned table's")
    kinds = "your text (next_character) or CSV file (csv, classify_csv, translation, series), 5 MiB at most"
    parser.add_argument("--data", metavar="FILE", help=kinds)
    for field, (metavar, _, about) in SETTINGS.items():
        flag = FLAGS.get(field, field).replace("_", "-")
        parser.add_argument(f"--{flag}", dest=field, metavar=metavar, help=about)
    for field, about in SWITCHES.items():
        parser.add_argument(f"--{field.replace('_', '-')}", action=argparse.BooleanOptionalAction, help=about)


def add_contender_options(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """Who takes part: families, and contenders with settings of their own."""
    parser.add_argument("--families", metavar="A,B", help=f"contenders; {otherwise} if left out")
    about = f"one that differs in a setting, such as transformer:heads=1; may be repeated. Settings: {', '.join(OWN)}"
    parser.add_argument("--contender", metavar="FAMILY:A=X,B=Y", action="append", default=[], help=about)


def asked_contenders(options: argparse.Namespace) -> tuple[str, ...]:
    """The keys of all that are asked for, families first; nobody where none is.

    Raises:
        SpecError: a contender that cannot be, naming the setting and what is allowed.
    """
    families = () if options.families is None else names("families", options.families)
    return (*families, *map(contender_key, options.contender))


def contender_key(text: str) -> str:
    """The key of "transformer:heads=1,layers=2", or of a key as tables print it, "transformer.heads-1.layers-2".

    Raises:
        SpecError: as `Contender.of`, or text of another form.
    """
    family, colon, settings = text.strip().partition(":")
    if not colon:
        return Contender.read(family).key
    return Contender.of(family, [pair("contender", part, given) for part in names("contender", settings)]).key


def plan_from(options: argparse.Namespace) -> RacePlan:
    """The plan that was asked for: a task's with defaults, or a race's with whatever else was given changed.

    Raises:
        SpecError: an option that cannot be read or used, naming it.
    """
    changes = given_settings(options)
    sizes, lr, task_name = changes.pop("sizes"), changes.pop("lr"), changes.pop("task_name", None)
    if options.data is not None:
        changes["data"] = data_from(Path(options.data))
        changes = guessed_reading(options.task, changes) | changes
    if (options.race is None) == (options.task is None):
        got = f"race ({options.race!r}) or task ({options.task!r})"
        message = f"{got} must be given, and not both; `python -m attnlab tasks` lists them"
        raise SpecError("task", "beside", message, got=options.task, other="race", of=options.race)
    if options.race is None:
        asked: dict[str, Any] = {"task_name": task_name, "sizes": sizes, "lr": lr}
        return RacePlan(**asked | {"contenders": default_families(options.task)} | changes)
    race = RACES[one_of("race", options.race, tuple(RACES))]
    old = {} if "preset" in changes else race.sizes
    changed: dict[str, Any] = {"sizes": {**old, **sizes}, "lr": {**race.lr, **lr}}
    return replace(race, **changed | changes)


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """What is said of the plan, by its fields; sizes and learning rates also where none is said, data never.

    Raises:
        SpecError: an option that cannot be read, naming it.
    """
    given: dict[str, Any] = {
        field: getattr(options, field) if read is None else read(FLAGS.get(field, field), getattr(options, field))
        for field, (_, read, _) in SETTINGS.items()
        if getattr(options, field) is not None
    }
    given |= {field: getattr(options, field) for field in SWITCHES if getattr(options, field) is not None}
    if contenders := asked_contenders(options):
        given["contenders"] = contenders
    if options.task is not None:
        given["task_name"] = options.task
    return given | {"sizes": pairs("size", options.size, whole), "lr": pairs("lr", options.lr, number)}


def default_families(task_name: str) -> tuple[FamilyName, ...]:
    """Who races where nobody is named: `FAMILIES` and those of pictures, or all for a task that these cannot learn."""
    if KINDS.get(task_name, "sequence") != "sequence":
        return tuple(family for family in families_of(task_name) if family not in PRETRAINED_FAMILIES)
    return (*FAMILIES, *PICTURE_FAMILIES) if task_name in PICTURES else FAMILIES


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
