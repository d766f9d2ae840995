"""What a link may say: each parameter's kind and bounds, checked before any widget sees it.

Streamlit drops or clamps what a bound widget cannot take, silently. A learner who opens a mistyped link should be
told, so the raw text is checked here first.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def refusals(params: Mapping[str, Sequence[str]], checks: Mapping[str, Check]) -> dict[str, Refusal]:
    """The parameters of a link that will not be taken, by name. Unknown parameters are nobody's business.

    Args:
        params: each parameter with every value the link gives it.
        checks: the check of each known parameter.
    """
    refused = {}
    for field, check in checks.items():
        values = params.get(field, ())
        if not values:
            continue
        allowed = "given once" if len(values) > 1 else check(values[0])
        if allowed:
            refused[field] = Refusal(field, shortened(", ".join(values)), allowed)
    return refused


def values_in(
    params: Mapping[str, Sequence[str]],
    defaults: Mapping[str, Any],
    checks: Mapping[str, Check],
    numbers: Mapping[str, Callable[[str], float]] | None = None,
) -> dict[str, Any]:
    """Every setting's value in a link; its default where the link says nothing that can be taken.

    Args:
        params: each parameter with every value the link gives it.
        defaults: of each setting.
        checks: of each setting.
        numbers: how to read those whose default is None.
    """
    refused = refusals(params, checks)
    given = {name: params[name][0] for name in defaults if params.get(name) and name not in refused}
    read: dict[str, Any] = dict(defaults)
    for name, text in given.items():
        if defaults[name] is None:
            read[name] = (numbers or {})[name](text) if text else None
        else:
            read[name] = text == "true" if isinstance(defaults[name], bool) else type(defaults[name])(text)
    return read


def told_in_link(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a link says them; those that are as the page opens are left out."""
    given = {name: value for name, value in values.items() if value != defaults[name]}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def shortened(text: str) -> str:
    """At most SHOWN_CHARACTERS of what somebody typed, for a message about it."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
