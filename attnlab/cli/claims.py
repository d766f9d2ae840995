"""`claims`: what one reads about attention, put to the test without a browser."""

import argparse

import torch

from attnlab.claims import (
    SEED,
    Outcome,
    checked_claim,
    claim,
    claim_names,
    claim_words,
    name_in,
    outcome,
    verdict_sentence,
)
from attnlab.cli.terminal.output import checked_path, note_down, say, write_json
from attnlab.cli.terminal.table import Cell, table
from attnlab.engine.allowed import check_number
from attnlab.engine.spec import MAX_SEED
from attnlab.machine import versions

COLUMNS = ("claim", "verdict", "seconds", "statement")
FIGURE_COLUMNS = ("series", "at", "value")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which claims, and how thoroughly."""
    parser.add_argument("names", metavar="ID", nargs="*", help="claims to test; all if left out")
    parser.add_argument("--quick", action="store_true", help="measure for seconds, as the page does first")
    parser.add_argument("--list", action="store_true", help="list the claims and test none")
    parser.add_argument("--seed", type=int, default=SEED, help="of all that is drawn (default %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write outcomes with all figures as JSON")


def run(options: argparse.Namespace) -> int:
    """Test claims one by one, and print what was measured and what follows from it.

    Raises:
        SpecError: a claim that there is not, or a seed or a file that cannot be used.
        OSError: the file cannot be written.
    """
    torch.set_num_threads(1)  # a verdict must not hang on how many share a sum
    path = checked_path(options.json)
    check_number("seed", options.seed, 0, MAX_SEED)
    names = options.names or claim_names()
    for name in names:
        checked_claim(name)  # refused before the work
    if options.list:
        say(table(("claim", "topic", "statement"), ((name, claim(name).topic, _statement(name)) for name in names)))
        return 0
    outcomes = []
    for name in names:
        outcomes.append(outcome(name, "quick" if options.quick else "full", options.seed))
        _say_outcome(outcomes[-1])
    say(table(COLUMNS, map(_row, outcomes)))
    if path is not None:
        write_json(path, {"versions": versions(), "outcomes": [one.to_json() for one in outcomes]})
        note_down(f"outcomes ({len(outcomes)}) written to {path}")
    return 0


def _say_outcome(one: Outcome) -> None:
    words = claim_words(one.claim)
    say(f"{one.claim}: {words['statement']}")
    say(f"{one.verdict}: {verdict_sentence(one)}\n")
    rows = ((name_in(words, figure.series), name_in(words, figure.at), figure.value) for figure in one.measured.figures)
    say(f"{table(FIGURE_COLUMNS, rows)}\n")


def _row(one: Outcome) -> tuple[Cell, ...]:
    return one.claim, one.verdict, round(one.seconds, 1), _statement(one.claim)


def _statement(name: str) -> str:
    statement: str = claim_words(name)["statement"]
    return statement
