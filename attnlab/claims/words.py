"""What is said of a claim: its words with the measured numbers in their blanks."""

from collections.abc import Mapping
from typing import Any

from attnlab.claims.measured import Measured
from attnlab.claims.outcomes import Outcome
from attnlab.prose import page_prose

SHARE = "_share"
COUNTED = 1000
"""From here on thousands are parted, and no digit is lost."""


def claim_words(name: str) -> dict[str, Any]:
    """The prose of one claim. Treat it as read-only. `name` is one of `claim_names`, never what somebody typed."""
    return page_prose(f"claims/{name}")


def verdict_sentence(outcome: Outcome) -> str:
    """The sentence of the verdict that was reached, with what was measured."""
    sentence: str = claim_words(outcome.claim)["verdicts"][outcome.verdict]
    return sentence.format(**shown_numbers(outcome.measured))


def shown_numbers(measured: Measured) -> dict[str, str]:
    """Every number as a sentence says it: shares in percent, others by three figures."""
    return {name: shown(value, share=name.endswith(SHARE)) for name, value in measured.numbers.items()}


def shown(value: float, *, share: bool = False) -> str:
    """One number for people."""
    if share:
        return f"{value:.1%}".replace("%", " %")
    if abs(value) >= COUNTED:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def name_in(words: Mapping[str, Any], key: str | float) -> str:
    """What a claim calls a series or a place; a number is its own name."""
    return str(words["names"][key]) if isinstance(key, str) else f"{key:g}"
