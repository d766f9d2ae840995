"""What all kinds of configs share: fields checked against tables of what is allowed, and JSON beside the weights."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, TypeVar

from attnlab.engine import SpecError

VERSION = 1  # of the JSON; a change that an older program would misread raises it
SEQUENCE = "sequence"
"""The kind of a config that names none: the only one there was at first."""

Config = TypeVar("Config")


@dataclass(frozen=True)
class Allowed:
    """What each field may hold."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Sequence[str] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # whole numbers where the bounds are
    optional: Sequence[str] = ()  # of the numbers: None is fine

    def check(self, config: object) -> None:
        """Refuse a field out of bounds.

        Raises:
            SpecError: naming the field, what was got and what is allowed.
        """
        for name, choices in self.choices.items():
            if (text := getattr(config, name)) not in choices:
                raise SpecError(name, f"{name} ({text!r:.60}) must be one of {', '.join(choices)}")
        for name in self.flags:
            if not isinstance(flag := getattr(config, name), bool):
                raise SpecError(name, f"{name} ({flag!r:.60}) must be True or False")
        for name, (low, high) in self.bounds.items():
            if (value := getattr(config, name)) is not None or name not in self.optional:
                _check_bounds(name, value, low, high)


def to_json(config: Any, kind: str) -> str:
    """One JSON object: the version of the schema, the kind, and every field of a frozen dataclass."""
    named = {} if kind == SEQUENCE else {"kind": kind}
    return json.dumps({"version": VERSION, **named, **asdict(config)}, allow_nan=False)


def kind_in(text: str) -> str:
    """The kind that `to_json` was given.

    Raises:
        SpecError: no JSON object.
    """
    return str(_stored(text).get("kind", SEQUENCE))


def from_json(cls: type[Config], text: str, kind: str) -> Config:
    """The config that `to_json` wrote.

    Raises:
        SpecError: no JSON object, another kind, an unknown or missing field, a newer version, or a field out of bounds.
    """
    stored = _stored(text)
    _check_version(stored.pop("version", None))
    if (found := stored.pop("kind", SEQUENCE)) != kind:
        raise SpecError("kind", f"kind ({found!r:.60}) must be {kind!r}")
    known = {one.name for one in fields(cls)}  # type: ignore[arg-type]  # a dataclass, which no type says
    required = {one.name for one in fields(cls) if one.default is MISSING}  # type: ignore[arg-type]
    for name in sorted(stored.keys() - known):
        raise SpecError("config", f"config ({name!r:.60}) must have no other fields than {', '.join(sorted(known))}")
    for name in sorted(required - stored.keys()):
        raise SpecError(name, f"{name} (missing) must be given")
    return cls(**stored)


def _stored(text: str) -> dict[str, Any]:
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError("config", f"config ({text!r:.60}) must be JSON") from error
    if not isinstance(stored, dict):
        raise SpecError("config", f"config ({stored!r:.60}) must be a JSON object")
    return stored


def _check_version(version: Any) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= VERSION:
        newer = " (written by a newer program)" if isinstance(version, int) and version > VERSION else ""
        raise SpecError("version", f"version ({version!r:.60}) must be 1 to {VERSION}{newer}")


def _check_bounds(field: str, value: object, low: float, high: float) -> None:
    numbers = int if isinstance(low, int) else (int, float)
    if not isinstance(value, numbers) or isinstance(value, bool):
        raise SpecError(field, f"{field} ({value!r:.60}) must be a {'whole ' if numbers is int else ''}number")
    if not low <= value <= high:  # NaN fails too
        raise SpecError(field, f"{field} ({value!r:.60}) must be between {low} and {high}")
