"""What a link may say: each parameter's kind and bounds, checked before any widget sees it.

Streamlit drops or clamps what a bound widget cannot take, silently. A learner who opens a mistyped link should be
told, so the raw text is checked here first.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

SHOWN_CHARACTERS = 40


class Wanted(str):
    """What a parameter must be, in English; and which sentence of the prose says it, with the values of its blanks."""

    __slots__ = ("code", "values")
    code: str
    values: Mapping[str, object]

    def __new__(cls, text: str, code: str, **values: object) -> Self:
        """The text, which knows the rest."""
        made = super().__new__(cls, text)
        made.code, made.values = code, values
        return made


@dataclass(frozen=True)
class Refusal:
    """A parameter of a link that was not taken."""

    field: str
    got: str
    allowed: str


Check = Callable[[str], str | None]  # the text of a parameter -> what is allowed instead, or None if it is fine


def one_of(*options: str) -> Check:
    """The parameter is one of these words."""
    return lambda text: None if text in options else Wanted(f"one of {', '.join(options)}", "one_of", choices=options)


def integer(low: int, high: int) -> Check:
    """The parameter is a whole number as Streamlit writes it, in ASCII digits, between low and high."""

    def check(text: str) -> str | None:
        fine = re.fullmatch(r"0|-?[1-9][0-9]{0,11}", text) is not None and low <= int(text) <= high
        return None if fine else Wanted(f"a whole number from {low} to {high}", "whole", low=low, high=high)

    return check


def number(low: float, high: float) -> Check:
    """The parameter is a decimal number between low and high."""

    def check(text: str) -> str | None:
        fine = re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,18})?(e-?[0-9]{1,3})?", text) is not None
        fine = fine and math.isfinite(float(text)) and low <= float(text) <= high
        said = f"a number from {low:g} to {high:g}"
        return None if fine else Wanted(said, "number", low=f"{low:g}", high=f"{high:g}")

    return check


def optional(check: Check) -> Check:
    """The parameter may also be empty, which chooses nothing."""
    return lambda text: check(text) if text else None


def flag(text: str) -> str | None:
    """The parameter is true or false."""
    return None if text in {"true", "false"} else Wanted("true or false", "flag")


def anything(text: str) -> str | None:  # noqa: ARG001 - a Check
    """The parameter is free text."""
    return None


def shortened(text: str) -> str:
    """At most SHOWN_CHARACTERS of what somebody typed, for a message about it."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
