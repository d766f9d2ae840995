"""Checks of a plan's fields, for everything that comes from a page, a link or the store."""

from collections.abc import Mapping
from typing import Any

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice
from attnlab.models import FAMILIES_OF, PICTURE_FAMILIES, PRETRAINED_FAMILIES, FamilyName
from attnlab.models.classifier import minilm_is_here
from attnlab.tasks import KINDS, PICTURES, PRESETS

ON_DATA = ("next_character", "csv", "translation", "classify_csv", "series")
"""The tasks that take the user's data."""
ON_TABLES = ("csv", "classify_csv")
"""Those on texts and labels of a table."""
ON_WORDS = ("classify_csv",)
"""Those whose texts MiniLM may read."""


def families_of(task_name: str) -> tuple[FamilyName, ...]:
    """The families that can learn a task; MiniLM, which knows words already, where it is installed."""
    families = FAMILIES_OF[KINDS.get(task_name, "sequence")]
    if task_name in ON_WORDS and minilm_is_here():
        return (*families, *PRETRAINED_FAMILIES)
    return (*families, *PICTURE_FAMILIES) if task_name in PICTURES else families


def check_sizes(task_name: str, preset: object, sizes: object) -> None:
    """Refuse a preset or a size that the task does not have; how large a size may be, the task says."""
    check_choice("preset", preset, PRESETS[task_name])
    known = PRESETS[task_name][str(preset)]
    for name, size in checked_mapping("sizes", sizes).items():
        if name not in known:
            message = f"sizes ({name!r:.60}) must name one of {', '.join(known)}"
            raise SpecError("sizes", "choice", message, got=name, choices=tuple(known))
        if type(size) is not int:
            raise SpecError(name, "whole", f"{name} ({size!r:.60}) must be a whole number", got=size)


def check_data(task_name: str, data: object) -> None:
    """Refuse data that are not bytes, or that the task has no use for."""
    if data is None:
        return
    if not isinstance(data, bytes):
        raise SpecError(
            "data", "kind", f"data ({type(data).__name__}) must be bytes", got=type(data).__name__, wanted="bytes"
        )
    if task_name not in ON_DATA:
        allowed = f"None for {task_name}, which makes its own examples; {', '.join(ON_DATA)} take data"
        message = f"data ({len(data)} bytes) must be {allowed}"
        raise SpecError("data", "beside", message, got=len(data), other="task_name", of=task_name)


def check_noise(task_name: str, noise: float) -> None:
    """Refuse noise on the words of a task that is not about whole texts."""
    if noise and KINDS.get(task_name) != "classification":
        message = f"noise ({noise}) must be 0 in {task_name}: classifiers alone are trained with it"
        raise SpecError("noise", "beside", message, got=noise, other="task_name", of=task_name)


def check_text(name: str, value: object) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise SpecError(name, "kind", f"{name} ({value!r:.60}) must be text", got=type(value).__name__, wanted="str")


def checked_mapping(name: str, value: object) -> Mapping[Any, Any]:
    """A mapping, or a refusal."""
    if not isinstance(value, Mapping):
        message = f"{name} ({value!r:.60}) must be an object of numbers by name"
        raise SpecError(name, "kind", message, got=type(value).__name__, wanted="Mapping")
    return value
