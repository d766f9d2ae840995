"""What is said of a claim: its words, checked against its file and what was measured, and numbers in their blanks."""

import string
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attnlab.claims.files import Claim
from attnlab.claims.measured import Measured
from attnlab.claims.verdicts import VERDICTS
from attnlab.engine import SpecError
from attnlab.prose import page_prose

if TYPE_CHECKING:
    from attnlab.claims.outcomes import Outcome

SHARE = "_share"
COUNTED = 1000
"""From here on thousands are parted, and no digit is lost."""
SENTENCES = ("statement", "says", "predict", "paper")
FORMULAS = ("wrong", "right")


def claim_words(name: str) -> dict[str, Any]:
    """The prose of one claim. Treat it as read-only. `name` is one of `claim_names`, never what somebody typed."""
    return page_prose(f"claims/{name}")


def check_words(claim: Claim) -> None:
    """Refuse a claim whose words are not there or lack what its file asks for.

    Raises:
        SpecError: naming the claim and what is missing.
    """
    try:
        words = claim_words(claim.name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _lacks(claim.name, "file", error, "TOML in assets/prose/en/claims") from error
    texts = SENTENCES + (FORMULAS if claim.topic == "mistake" else ())
    tables: dict[str, set[str]] = {
        "verdicts": set(VERDICTS),
        "chart": {"at", "value"} if claim.chart.kind == "lines" else {"value"},
        "links": {str(name) for name in claim.links},
        "names": set(),
    }
    for key in texts:
        if not isinstance(words.get(key), str):
            raise _lacks(claim.name, key, words.get(key), "a sentence")
    for key, wanted in tables.items():
        table = words.get(key)
        if not isinstance(table, dict) or not all(isinstance(table.get(name), str) for name in wanted):
            raise _lacks(claim.name, key, table, f"a table of words for {', '.join(sorted(wanted)) or 'series'}")


def check_measured(name: str, measured: Measured) -> None:
    """Refuse words that have a blank for what was not measured, or no name for what was.

    Raises:
        SpecError: naming the claim, what was asked for, and what there is.
    """
    words = claim_words(name)
    for verdict in VERDICTS:
        blanks = {field for _, field, _, _ in string.Formatter().parse(words["verdicts"][verdict]) if field is not None}
        if unknown := sorted(blanks - measured.numbers.keys()):
            raise _lacks(name, f"verdicts.{verdict}", unknown[0], f"a blank for one of {', '.join(measured.numbers)}")
    named = {*measured.series, *(figure.at for figure in measured.figures if isinstance(figure.at, str))}
    if missing := sorted(named - words["names"].keys()):
        raise _lacks(name, "names", missing[0], "a name for each of " + ", ".join(sorted(named)))


def verdict_sentence(outcome: "Outcome") -> str:
    """The sentence of the verdict that was reached, with what was measured."""
    sentence: str = claim_words(outcome.claim)["verdicts"][outcome.verdict]
    return sentence.format(**shown_numbers(outcome.measured))


def shown_numbers(measured: Measured) -> dict[str, str]:
    """Every number as a sentence says it: shares in percent, others by three figures."""
    return {name: shown(value, share=name.endswith(SHARE)) for name, value in measured.numbers.items()}


def shown(value: float, *, share: bool = False) -> str:
    """One number for people."""
    if share:
        percent: str = page_prose("claims")["numbers"]["share"]
        return percent.format(percent=f"{100 * value:.1f}")
    if abs(value) >= COUNTED:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def name_in(words: Mapping[str, Any], key: str | float) -> str:
    """What a claim calls a series or a place; a number is its own name."""
    return str(words["names"][key]) if isinstance(key, str) else f"{key:g}"


def _lacks(name: str, key: str, got: object, allowed: str) -> SpecError:
    message = f"{key} in the words of claim {name} ({got!r:.80}) must be {allowed}"
    return SpecError(key, "form", message, got=str(got))
