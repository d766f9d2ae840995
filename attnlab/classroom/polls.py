"""A question to the class: what may be asked, how far it has come, and how often each answer was given."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from attnlab.classroom.answers import ANSWERS, FEWEST_POINTS, MOST_POINTS
from attnlab.training.store import StoreError
from attnlab.training.store.checks import checked_number, checked_text

Kind = Literal["choice", "number", "cell", "word", "weights", "order", "curve"]
"""The last four are those of a lesson's step: a word of a row, a share for each word, an order, a drawn line."""
State = Literal["open", "closed", "shown", "ended"]
Tally = Mapping[int, Mapping[str, int]]
"""By round, how often each answer was given."""

MAX_QUESTION = 400
MAX_OPTION = 120
FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
MAX_CELLS_A_SIDE = 40
"""Of a matrix that is answered with a cell: more cannot be hit with a finger."""
MAX_TOKEN = 80
ROUNDS = 2
WITH_OPTIONS: tuple[Kind, ...] = ("choice", "order")
SIDES: Mapping[Kind, Mapping[str, tuple[int, int]]] = {
    "cell": {"rows": (1, MAX_CELLS_A_SIDE), "columns": (1, MAX_CELLS_A_SIDE)},
    "word": {"columns": (1, MAX_CELLS_A_SIDE)},
    "weights": {"columns": (1, MAX_CELLS_A_SIDE)},
    "curve": {"columns": (FEWEST_POINTS, MOST_POINTS)},
}
"""By kind, how many tokens or places its rows and columns may have."""

NEXT: Mapping[str, tuple[tuple[State, ...], State]] = {
    "close": (("open",), "closed"),
    "show": (("closed",), "shown"),
    "again": (("closed", "shown"), "open"),
    "end": (("open", "closed", "shown"), "ended"),
}
"""What may be done with a question: from which states, to which."""


@dataclass(frozen=True)
class Poll:
    """One question, and how far it has come.

    Raises:
        StoreError: a question nobody could read, or options, rows and columns that do not go with its kind.
    """

    text: str
    kind: Kind
    options: tuple[str, ...] = ()  # of a choice and of an order
    rows: tuple[str, ...] = ()  # of the matrix whose cell is asked for: its tokens
    columns: tuple[str, ...] = ()  # of the same; the words of a row; the places of a curve
    step: str = ""  # of the lesson that asks it: its name, a dot, the step's number
    low: float = 0.0  # where the axis of a curve begins
    high: float = 1.0
    unit: str = ""
    round: int = 1
    state: State = "open"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", checked_text("question", self.text, MAX_QUESTION))
        if self.kind not in get_args(Kind):
            allowed = f"one of {', '.join(get_args(Kind))}"
            raise StoreError("kind", self.kind, allowed, "choice", choices=get_args(Kind))
        if self.kind in WITH_OPTIONS:
            object.__setattr__(self, "options", _checked_options(self.options))
        elif self.options:
            raise StoreError("options", self.options, "left out where no option is chosen")
        for name in ("rows", "columns"):
            tokens, (low, high) = getattr(self, name), SIDES.get(self.kind, {}).get(name, (0, MAX_CELLS_A_SIDE))
            if not low <= len(tokens) <= high:
                allowed = f"{low} to {high} of them in such a question"
                raise StoreError(name, len(tokens), allowed, "range", low=low, high=high)
            object.__setattr__(self, name, tuple(token[:MAX_TOKEN] for token in tokens))
        if not checked_number("low", self.low) < checked_number("high", self.high):
            raise StoreError("high", self.high, f"above low ({self.low:g})")

    def answer(self, given: object) -> str:
        """An answer as it is kept and counted.

        Raises:
            StoreError: the question cannot be answered so.
        """
        return ANSWERS[self.kind].kept(self, given)

    def after(self, deed: str) -> "Poll":
        """The question after a deed of the teacher's.

        Raises:
            StoreError: no such deed, or not now.
        """
        if deed not in NEXT:
            raise StoreError("deed", deed, f"ask, {', '.join(NEXT)}", "choice", choices=("ask", *NEXT))
        before, state = NEXT[deed]
        if self.state not in before:
            allowed = f"done to a question that is {' or '.join(before)}"
            raise StoreError(deed, self.state, allowed, "not_now")
        if deed != "again":
            return dataclasses.replace(self, state=state)
        if self.round == ROUNDS:
            raise StoreError("round", self.round + 1, f"at most {ROUNDS}: ask a new question", "places", most=ROUNDS)
        return dataclasses.replace(self, state=state, round=self.round + 1)

    def named(self, answer: str) -> str:
        """An answer in words, for a table."""
        return ANSWERS[self.kind].named(self, answer)

    def ordered(self, counts: Mapping[str, int]) -> list[tuple[str, int]]:
        """Answers with their counts: of a choice or a word each that there is, else those that were given, by size."""
        places = ANSWERS[self.kind].places(self)
        if places:
            return [(str(place), counts.get(str(place), 0)) for place in range(1, places + 1)]
        by_size = ANSWERS[self.kind].by_size
        return sorted(counts.items(), key=lambda pair: by_size(pair[0]))


def _checked_options(options: object) -> tuple[str, ...]:
    if not isinstance(options, (list, tuple)) or not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        count = len(options) if isinstance(options, (list, tuple)) else options
        allowed = f"{FEWEST_OPTIONS} to {MOST_OPTIONS} texts to choose among"
        raise StoreError("options", count, allowed, "range", low=FEWEST_OPTIONS, high=MOST_OPTIONS)
    checked = tuple(checked_text("options", option, MAX_OPTION) for option in options)
    if len(set(checked)) < len(checked):
        raise StoreError("options", checked, "different from each other", "different")
    return checked


def as_json(polls: Sequence[Poll]) -> str:
    """Questions as the store keeps them."""
    return json.dumps([dataclasses.asdict(poll) for poll in polls], separators=(",", ":"))


def from_json(text: str) -> tuple[Poll, ...]:
    """What `as_json` has written."""
    lists = ("options", "rows", "columns")
    return tuple(Poll(**(fields | {name: tuple(fields[name]) for name in lists})) for fields in json.loads(text))


def counts_table(polls: Sequence[Poll], tallies: Sequence[Tally]) -> list[dict[str, Any]]:
    """All counts of a room, a row for each answer: question, round, answer, count. Nothing of who gave it."""
    return [
        {"question": poll.text, "round": number, "answer": poll.named(answer), "count": count}
        for poll, tally in zip(polls, tallies, strict=True)
        for number in sorted(tally)
        for answer, count in poll.ordered(tally[number])
    ]
