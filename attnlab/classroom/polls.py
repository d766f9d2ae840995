"""A question to the class: what may be asked, what may be answered, and how often each answer was given."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from attnlab.training.store import StoreError
from attnlab.training.store.checks import checked_number, checked_text, checked_whole

Kind = Literal["choice", "number", "cell"]
State = Literal["open", "closed", "shown", "ended"]
Tally = Mapping[int, Mapping[str, int]]
"""By round, how often each answer was given."""

MAX_QUESTION = 300
MAX_OPTION = 120
FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
MAX_CELLS_A_SIDE = 40
"""Of a matrix that is answered with a cell: more cannot be hit with a finger."""
MAX_TOKEN = 80
LARGEST = 1e12
ROUNDS = 2
DIGITS = 6
"""Significant ones of a number that is answered: whoever means the same is counted together."""

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
    options: tuple[str, ...] = ()  # of a choice
    rows: tuple[str, ...] = ()  # of the matrix whose cell is asked for: its tokens
    columns: tuple[str, ...] = ()
    round: int = 1
    state: State = "open"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", checked_text("question", self.text, MAX_QUESTION))
        if self.kind not in get_args(Kind):
            allowed = f"one of {', '.join(get_args(Kind))}"
            raise StoreError("kind", self.kind, allowed, "choice", choices=get_args(Kind))
        if self.kind == "choice":
            object.__setattr__(self, "options", _checked_options(self.options))
        elif self.options:
            raise StoreError("options", self.options, "left out where no option is chosen")
        for name in ("rows", "columns"):
            tokens = getattr(self, name)
            if self.kind == "cell" and not 1 <= len(tokens) <= MAX_CELLS_A_SIDE:
                got, allowed = len(tokens), f"1 to {MAX_CELLS_A_SIDE} tokens for a cell to be clicked"
                raise StoreError(name, got, allowed, "range", low=1, high=MAX_CELLS_A_SIDE)
            object.__setattr__(self, name, tuple(token[:MAX_TOKEN] for token in tokens))

    def answer(self, given: object) -> str:
        """An answer as it is kept and counted.

        Raises:
            StoreError: the question cannot be answered so.
        """
        if self.kind == "choice":
            return str(checked_whole("answer", given, 1, len(self.options)))
        if self.kind == "number":
            number = checked_number("answer", given, -LARGEST, LARGEST)
            return f"{number + 0.0:.{DIGITS}g}" if number else "0"
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
            raise StoreError("answer", given, "a cell: its row and its column, counted from 1", "form")
        row, column = given
        return f"{checked_whole('row', row, 1, len(self.rows))}.{checked_whole('column', column, 1, len(self.columns))}"

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
        if self.kind == "choice":
            return self.options[int(answer) - 1]
        if self.kind == "number":
            return answer
        row, column = map(int, answer.split("."))
        return f"{self.rows[row - 1]} ({row}) x {self.columns[column - 1]} ({column})"

    def ordered(self, counts: Mapping[str, int]) -> list[tuple[str, int]]:
        """Answers with their counts: of a choice every option in its order, else those that were given, by size."""
        if self.kind == "choice":
            places = map(str, range(1, len(self.options) + 1))
            return [(place, counts.get(place, 0)) for place in places]
        return sorted(counts.items(), key=lambda pair: [float(part) for part in _parts(pair[0], self.kind)])


def _parts(answer: str, kind: Kind) -> list[str]:
    return answer.split(".") if kind == "cell" else [answer]


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
