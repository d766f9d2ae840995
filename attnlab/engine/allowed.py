"""Checks for what comes from a page, a link or a file. A refusal names the field, what was got and what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from attnlab.engine.errors import SpecError


@dataclass(frozen=True)
class Allowed:
    """What each field of a spec may hold."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # whole numbers where the bounds are
    optional: tuple[str, ...] = ()  # of the numbers: None is fine

    def check(self, spec: object) -> None:
        """Refuse a field out of bounds.

        Raises:
            SpecError: naming the field, what was got and what is allowed.
        """
        for name, choices in self.choices.items():
            check_choice(name, getattr(spec, name), choices)
        for name in self.flags:
            check_flag(name, getattr(spec, name))
        for name, (low, high) in self.bounds.items():
            if (value := getattr(spec, name)) is not None or name not in self.optional:
                check_number(name, value, low, high)


def check_choice(field: str, value: object, choices: Iterable[str]) -> None:
    """Refuse what is none of the names there are."""
    names = tuple(choices)
    if value not in names:
        raise SpecError(
            field, "choice", f"{field} ({value!r:.60}) must be one of {', '.join(names)}", got=value, choices=names
        )


def check_flag(field: str, value: object) -> None:
    """Refuse what is neither True nor False; 0 and 1 are numbers."""
    if not isinstance(value, bool):
        raise SpecError(field, "flag", f"{field} ({value!r:.60}) must be True or False", got=value)


def check_number(field: str, value: object, low: float, high: float) -> None:
    """Refuse what is no number from low to high; no whole number, if the bounds are whole."""
    if isinstance(low, int) and (isinstance(value, bool) or not isinstance(value, int)):
        raise SpecError(field, "whole", f"{field} ({value!r:.60}) must be a whole number", got=value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SpecError(field, "number", f"{field} ({value!r:.60}) must be a number", got=value)
    if not low <= value <= high:  # NaN fails too
        raise SpecError(
            field, "range", f"{field} ({value!r:.60}) must be between {low} and {high}", got=value, low=low, high=high
        )


def check_divides(field: str, value: int, other: str, of: int) -> None:
    """Refuse what does not divide another field."""
    if of % value:
        raise SpecError(
            field, "divides", f"{field} ({value}) must divide {other} ({of})", got=value, other=other, of=of
        )
