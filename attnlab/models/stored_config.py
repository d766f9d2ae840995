"""What all kinds of configs share: JSON beside the weights."""

import json
from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar

from attnlab.engine import SpecError

VERSION = 1  # of the JSON; a change that an older program would misread raises it
SEQUENCE = "sequence"
"""The kind of a config that names none: the only one there was at first."""

Config = TypeVar("Config")


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
        raise SpecError("kind", "differs", f"kind ({found!r:.60}) must be {kind!r}", got=found, wanted=kind)
    known = {one.name for one in fields(cls)}  # type: ignore[arg-type]  # a dataclass, which no type says
    required = {one.name for one in fields(cls) if one.default is MISSING}  # type: ignore[arg-type]
    for name in sorted(stored.keys() - known):
        message = f"config ({name!r:.60}) must have no other fields than {', '.join(sorted(known))}"
        raise SpecError("config", "choice", message, got=name, choices=tuple(sorted(known)))
    for name in sorted(required - stored.keys()):
        raise SpecError(name, "missing", f"{name} (missing) must be given")
    return cls(**stored)


def _stored(text: str) -> dict[str, Any]:
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError("config", "damaged", f"config ({text!r:.60}) must be JSON") from error
    if not isinstance(stored, dict):
        raise SpecError("config", "damaged", f"config ({stored!r:.60}) must be a JSON object")
    return stored


def _check_version(version: Any) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= VERSION:
        newer = " (written by a newer program)" if isinstance(version, int) and version > VERSION else ""
        message = f"version ({version!r:.60}) must be 1 to {VERSION}{newer}"
        raise SpecError("version", "version", message, got=version, newest=VERSION)
