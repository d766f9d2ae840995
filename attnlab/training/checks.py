"""Checks of a plan's fields, for everything that comes from a page, a link or the store."""

from collections.abc import Mapping
from typing import Any

from attnlab.engine import SpecError
from attnlab.models import FAMILIES_OF, FamilyName
from attnlab.tasks import KINDS, PRESETS

ON_DATA = ("next_character", "csv", "translation", "classify_csv")
"""The tasks that take the user's data."""


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Refuse what is no number from low to high; no whole number, if the bounds are whole.

    Raises:
        SpecError: naming field, value and range.
    """
    kinds = int if isinstance(low, int) else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise SpecError(name, f"{name} ({value!r:.60}) must be a {'whole ' if kinds is int else ''}number")
    if not low <= value <= high:  # NaN fails too
        raise SpecError(name, f"{name} ({value!r:.60}) must be between {low} and {high}")


def families_of(task_name: str) -> tuple[FamilyName, ...]:
    """The families that can learn a task."""
    return FAMILIES_OF[KINDS.get(task_name, "sequence")]


def check_families(families: object, known: tuple[FamilyName, ...]) -> None:
    """Refuse what is no tuple of different families, all of them known."""
    allowed = f"must be a tuple of 1 to {len(known)} different names among {', '.join(known)}"
    if not isinstance(families, tuple) or not families:
        raise SpecError("families", f"families ({families!r:.60}) {allowed}")
    for position, family in enumerate(families):
        if family not in known or family in families[:position]:
            raise SpecError("families", f"families ({family!r:.60}) {allowed}")


def check_sizes(task_name: str, preset: object, sizes: object) -> None:
    """Refuse a preset or a size that the task does not have; how large a size may be, the task says."""
    presets = PRESETS[task_name]
    if not isinstance(preset, str) or preset not in presets:
        raise SpecError("preset", f"preset ({preset!r:.60}) must be one of {', '.join(presets)}")
    for name, size in checked_mapping("sizes", sizes).items():
        if name not in presets[preset]:
            raise SpecError("sizes", f"sizes ({name!r:.60}) must name one of {', '.join(presets[preset])}")
        if type(size) is not int:
            raise SpecError(name, f"{name} ({size!r:.60}) must be a whole number")


def check_data(task_name: str, data: object) -> None:
    """Refuse data that are not bytes, or that the task has no use for."""
    if data is None:
        return
    if not isinstance(data, bytes):
        raise SpecError("data", f"data ({type(data).__name__}) must be bytes")
    if task_name not in ON_DATA:
        allowed = f"None for {task_name}, which makes its own examples; {', '.join(ON_DATA)} take data"
        raise SpecError("data", f"data ({len(data)} bytes) must be {allowed}")


def check_text(name: str, value: object) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise SpecError(name, f"{name} ({value!r:.60}) must be text")


def checked_mapping(name: str, value: object) -> Mapping[Any, Any]:
    """A mapping, or a refusal."""
    if not isinstance(value, Mapping):
        raise SpecError(name, f"{name} ({value!r:.60}) must be an object of numbers by name")
    return value
