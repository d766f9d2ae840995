"""How each kind of question is answered: what is kept of an answer, how it is told, and in which order answers stand.

What is kept is a short text, so that equal answers are counted together: shares and heights in whole percent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from attnlab.training.store import StoreError
from attnlab.training.store.checks import checked_number, checked_whole

LARGEST = 1e12
DIGITS = 6
"""Significant ones of a number that is answered: whoever means the same is counted together."""
FEWEST_POINTS, MOST_POINTS = 2, 16
"""Of a curve: more nobody draws on a phone."""
PERCENT = 100


class Asked(Protocol):
    """What of a question its answers depend on."""

    @property
    def options(self) -> tuple[str, ...]:
        """Of a choice and of an order."""

    @property
    def rows(self) -> tuple[str, ...]:
        """Tokens of a matrix."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Tokens, or places of a curve."""

    @property
    def low(self) -> float:
        """Where the axis of a curve begins."""

    @property
    def high(self) -> float:
        """Where it ends."""


@dataclass(frozen=True)
class Answers:
    """What is done with the answers to one kind of question."""

    kept: Callable[[Asked, object], str]  # raises `StoreError`: it cannot be answered so
    named: Callable[[Asked, str], str]
    places: Callable[[Asked], int] = lambda _asked: 0  # how many answers there are, where all are shown
    by_size: Callable[[str], list[float]] = lambda answer: [float(part) for part in answer.split(".")]


def _list(given: object, count: int, allowed: str) -> Sequence[object]:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != count:
        raise StoreError("answer", given, allowed, "form")
    return given


def _numbers(given: object, count: int, low: float, high: float, allowed: str) -> list[float]:
    return [checked_number("answer", one, low, high) for one in _list(given, count, allowed)]


# ---- one function a kind ---------------------------------------------------------------------------------------------


def _choice(asked: Asked, given: object) -> str:
    return str(checked_whole("answer", given, 1, len(asked.options)))


def _word(asked: Asked, given: object) -> str:
    return str(checked_whole("answer", given, 1, len(asked.columns)))


def _number(_asked: Asked, given: object) -> str:
    number = checked_number("answer", given, -LARGEST, LARGEST)
    return f"{number + 0.0:.{DIGITS}g}" if number else "0"


def _cell(asked: Asked, given: object) -> str:
    row, column = _list(given, 2, "a cell: its row and its column, counted from 1")
    row, column = checked_whole("row", row, 1, len(asked.rows)), checked_whole("column", column, 1, len(asked.columns))
    return f"{row}.{column}"


def _weights(asked: Asked, given: object) -> str:
    count = len(asked.columns)
    shares = _numbers(given, count, 0, LARGEST, f"a height for each of {count} words")
    total = sum(shares)
    if not total:
        raise StoreError("answer", given, "heights of which one at least is above 0", "form")
    return ".".join(str(round(PERCENT * share / total)) for share in shares)


def _order(asked: Asked, given: object) -> str:
    count = len(asked.options)
    places = [checked_whole("answer", one, 1, count) for one in _list(given, count, f"each of 1 to {count} once")]
    if len(set(places)) < count:
        raise StoreError("answer", given, f"each of 1 to {count} once", "form")
    return ".".join(map(str, places))


def _curve(asked: Asked, given: object) -> str:
    count, low, span = len(asked.columns), asked.low, asked.high - asked.low
    heights = _numbers(given, count, low, asked.high, f"a height for each of {count} places")
    return ".".join(str(round(PERCENT * (height - low) / span)) for height in heights)


def _cell_named(asked: Asked, answer: str) -> str:
    row, column = map(int, answer.split("."))
    return f"{asked.rows[row - 1]} ({row}) x {asked.columns[column - 1]} ({column})"


def _weights_named(asked: Asked, answer: str) -> str:
    pairs = zip(asked.columns, answer.split("."), strict=True)
    return "; ".join(f"{word} ({place}) {share}%" for place, (word, share) in enumerate(pairs, 1))


def _order_named(asked: Asked, answer: str) -> str:
    return " > ".join(asked.options[int(place) - 1] for place in answer.split("."))


def _curve_named(asked: Asked, answer: str) -> str:
    heights = [asked.low + (asked.high - asked.low) * int(part) / PERCENT for part in answer.split(".")]
    return "; ".join(f"{place}: {height:.3g}" for place, height in zip(asked.columns, heights, strict=True))


ANSWERS: Mapping[str, Answers] = {
    "choice": Answers(_choice, lambda asked, answer: asked.options[int(answer) - 1], lambda asked: len(asked.options)),
    "number": Answers(_number, lambda _asked, answer: answer, by_size=lambda answer: [float(answer)]),
    "cell": Answers(_cell, _cell_named),
    "word": Answers(_word, lambda asked, answer: asked.columns[int(answer) - 1], lambda asked: len(asked.columns)),
    "weights": Answers(_weights, _weights_named),
    "order": Answers(_order, _order_named),
    "curve": Answers(_curve, _curve_named),
}
"""By kind."""
