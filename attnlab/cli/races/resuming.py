"""A race that was interrupted: what is kept of it beside its JSON, and how it goes on from both.

Beside `out.json` lies `out.json.safetensors`: of each contender its snapshot, as bytes, and in the header a digest of
the plan and the curves in the JSON. Files of two races, or of two moments of one, so never pass for a pair.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from attnlab.cli.races.options import FLAGS, data_from, given_settings, plan_from
from attnlab.cli.races.results import Points
from attnlab.cli.terminal.output import FORMAT, finite
from attnlab.engine import SpecError
from attnlab.training.packed import ENTRY, UNREADABLE, stored_about, stored_tensors
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.race import Race
from attnlab.training.snapshots import pack
from attnlab.training.store import RunConfig
from attnlab.training.store.datasets import digest_of

FIELD = "resume"
VERSION = 1  # of the file of snapshots
WHERE = ("device", "threads", "versions")
"""What numbers depend on, beside the plan."""


@dataclass(frozen=True)
class Begun:
    """A race as far as it has come: of a new one there is the plan alone."""

    plan: RacePlan
    points: Points = field(default_factory=Points)
    snapshots: Mapping[str, bytes] = field(default_factory=dict)  # by contender
    where: Mapping[str, Any] = field(default_factory=dict)  # it was trained, by the names in `WHERE`

    def notes(self, here: Mapping[str, Any]) -> Iterator[str]:
        """What is otherwise here than where it began, a sentence each."""
        for name, before in self.where.items():
            if before != here[name]:
                yield f"{name} is {here[name]} and was {before!r:.80}: what follows may differ in its last digits"


def keep(path: Path, race: Race, content: Mapping[str, Any]) -> None:
    """What a race needs to go on, beside its JSON; of one that has ended nothing, nor beside what is no file.

    Args:
        path: of the JSON, which is written.
        race: between two chunks, all told.
        content: of the JSON.

    Raises:
        OSError: it cannot be written, or what lay there not be removed.
    """
    beside = _beside(path)
    if race.finished:
        beside.unlink(missing_ok=True)
    elif path.is_file():  # and not a pipe or a terminal
        packed = {key: bytearray(pack(learner)) for key, learner in race.learners.items()}
        rows = {key: torch.frombuffer(data, dtype=torch.uint8) for key, data in packed.items()}
        beside.write_bytes(save(rows, {ENTRY: json.dumps({"version": VERSION, "race": _digest(finite(content))})}))


def begun_before(path: Path, options: argparse.Namespace) -> Begun:
    """The race whose JSON this is, where it was interrupted.

    Args:
        path: of the JSON; the snapshots lie beside it.
        options: of the command. What they say of the plan must be what the race began with; data are read from them.

    Raises:
        SpecError: a file that cannot be read or is none of ours, snapshots of another race or moment, a race that has
            ended, or an option that contradicts the race.
    """
    beside = _beside(path)
    content, data = _content(path), _read(beside)
    try:
        digest, rows = _digest(content), stored_tensors(data)
        about = stored_about(data, FIELD)
        version, of_race = about["version"], about["race"]
        points = Points.read(content["points"])
        snapshots = {key: row.numpy().tobytes() for key, row in rows.items()}
        config = RunConfig.from_json(json.dumps(content["plan"]))
        where = {name: content[name] for name in WHERE}
    except UNREADABLE as error:
        message = f"{FIELD} ({path.name!r:.60}) must be the whole JSON of a race, with {beside.name!r:.80} beside it"
        raise SpecError(FIELD, "damaged", message) from error
    if version != VERSION:
        message = f"version ({version!r:.60} of {beside.name!r:.80}) must be {VERSION}, the layout this program reads"
        raise SpecError("version", "version", message, got=version, newest=VERSION)
    if of_race != digest or snapshots.keys() != set(config.contenders):
        message = f"{FIELD} ({path.name!r:.60}) must be of the same race and moment as {beside.name!r:.80}"
        raise SpecError(FIELD, "differs", message, got=of_race, wanted=digest)
    plan = _plan(config, options)
    _check_agreement(plan, options)
    return Begun(plan, points, snapshots, where)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.safetensors")


def _digest(content: Mapping[str, Any]) -> str:
    """Names plan and curves as strict JSON holds them."""
    return digest_of(json.dumps([content["plan"], content["points"]], sort_keys=True).encode())


def _content(path: Path) -> Mapping[str, Any]:
    """The JSON of a race that has not ended."""
    text = _read(path)
    try:
        content = json.loads(text)
        made, version, interrupted = content["command"], content["format"], content["interrupted"]
    except UNREADABLE as error:
        message = f"{FIELD} ({path.name!r:.60}) must be what `race --json` wrote, whole"
        raise SpecError(FIELD, "damaged", message) from error
    if made != "race" or version != FORMAT:
        message = (
            f"{FIELD} ({path.name!r:.60}) must be of a race, in format {FORMAT}; this is {made!r:.20}, {version!r:.20}"
        )
        raise SpecError(FIELD, "version", message, got=version, newest=FORMAT)
    if interrupted is not True:
        message = f"{FIELD} ({path.name!r:.60}) must be of a race that was interrupted; this one came to its end"
        raise SpecError(FIELD, "form", message, got=interrupted)
    return dict(content)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        message = f"{FIELD} ({path.name!r:.80}) must be a file that can be read ({why})"
        raise SpecError(FIELD, "unreadable", message, got=path.name, why=why) from error


def _plan(config: RunConfig, options: argparse.Namespace) -> RacePlan:
    """The race's plan, with the learner's data, which its JSON does not keep."""
    if options.data is None and config.settings.get("data_digest") is not None:
        message = "data must be given beside resume: the file that the race began with"
        raise SpecError("data", "missing", message)
    data = None if options.data is None else data_from(Path(options.data))
    try:
        return RacePlan.from_config(config, data)
    except SpecError:
        raise
    except UNREADABLE as error:
        raise SpecError("plan", "damaged", f"plan ({config.task!r:.60}) must be one that a race began with") from error


def _check_agreement(plan: RacePlan, options: argparse.Namespace) -> None:
    """Refuse an option that would make it another race. A race named is that race as it is shown in class."""
    if options.race is not None:
        named = plan_from(options)
        given = {each.name: getattr(named, each.name) for each in fields(RacePlan)}
    else:
        given = given_settings(options)
        given |= {name: {**getattr(plan, name), **given[name]} for name in ("sizes", "lr")}
    for name, value in given.items():
        if value != (began := getattr(plan, name)):
            said = {"task_name": "task", "sizes": "size"}.get(name) or FLAGS.get(name, name)
            message = (
                f"{said} ({value!r:.60}) must be left out beside resume, or what the race began with: {began!r:.60}"
            )
            raise SpecError(said, "differs", message, got=value, wanted=began)
