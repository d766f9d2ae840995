"""What a link may say: each parameter's kind and bounds, checked before any widget sees it.

Streamlit drops or clamps what a bound widget cannot take, silently. A learner who opens a mistyped link should be
told, so the raw text is checked here first.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Refusal:
    """A parameter of a link that was not taken."""

    field: str
    got: str
    allowed: str


Check = Callable[[str], str | None]  # the text of a parameter -> what is allowed instead, or None if it is fine


def one_of(*options: str) -> Check:
    """The parameter is one of these words."""
    return lambda text: None if text in options else f"one of {', '.join(options)}"


def integer(low: int, high: int) -> Check:
    """The parameter is a whole number as Streamlit writes it, in ASCII digits, between low and high."""

    def check(text: str) -> str | None:
        fine = re.fullmatch(r"0|-?[1-9][0-9]{0,11}", text) is not None and low <= int(text) <= high
        return None if fine else f"a whole number from {low} to {high}"

    return check


def number(low: float, high: float) -> Check:
    """The parameter is a decimal number between low and high."""

    def check(text: str) -> str | None:
        fine = re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,18})?(e-?[0-9]{1,3})?", text) is not None
        fine = fine and math.isfinite(float(text)) and low <= float(text) <= high
        return None if fine else f"a number from {low:g} to {high:g}"

    return check


def optional(check: Check) -> Check:
    """The parameter may also be empty, which chooses nothing."""
    return lambda text: check(text) if text else None


def flag(text: str) -> str | None:
    """The parameter is true or false."""
    return None if text in {"true", "false"} else "true or false"


def anything(text: str) -> str | None:  # noqa: ARG001 - a Check
    """The parameter is free text."""
    return None


def shortened(text: str) -> str:
    """At most SHOWN_CHARACTERS of what somebody typed, for a message about it."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
