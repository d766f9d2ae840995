"""`shrink`: what the translator that comes with the app loses with fewer bits a weight, and with fewer heads."""

import argparse
import copy
import datetime
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from attnlab.cli.terminal.interrupts import interrupts
from attnlab.cli.terminal.output import checked_path, say
from attnlab.cli.terminal.progress import bar
from attnlab.cli.terminal.table import Cell, table
from attnlab.cli.terminal.values import whole
from attnlab.engine.allowed import check_number
from attnlab.machine import machine
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.translation_plans import translation_of
from attnlab.training.smaller.measuring import MOST_EXAMPLES, Without, fewest_bits, shrinking, spared
from attnlab.training.smaller.table import Table, write_table

EXAMPLES, SECONDS, MOST_SECONDS = 1000, 900, 86_400


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many sentences, for how long, and where to."""
    about = f"held-out sentences, up to {MOST_EXAMPLES}; {EXAMPLES} if left out"
    parser.add_argument("--examples", metavar="N", default=str(EXAMPLES), help=about)
    about = f"after which nothing more is begun; {SECONDS} if left out"
    parser.add_argument("--seconds", metavar="N", default=str(SECONDS), help=about)
    parser.add_argument("--json", metavar="FILE", help="where to write both tables; the app shows assets/smaller.json")


def run(options: argparse.Namespace) -> int:
    """Measure, print both tables, and keep them.

    Raises:
        SpecError: an option that cannot be used.
        OSError: the file cannot be written.
    """
    path, examples = checked_path(options.json), whole("examples", options.examples)
    seconds = whole("seconds", options.seconds)
    check_number("seconds", seconds, 1, MOST_SECONDS)
    until = time.monotonic() + seconds
    with interrupts() as asked:
        found = measure(examples, path, lambda: asked.is_set() or time.monotonic() > until)
    for text in told(found):
        say(text)
    return asked.exit_code


def measure(examples: int, path: Path | None, stopped: Callable[[], bool]) -> Table:
    """Measure step by step; the file, if any, has all that is known after each of them.

    Raises:
        SpecError: examples out of bounds.
        OSError: the file cannot be written.
    """
    model, task = copy.deepcopy(shipped_translators()["transformer"]), translation_of(shipped_plan())
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    steps = shrinking(model, task, examples)
    found = Table(next(steps), machine(), day)
    with bar(found.shrunk.planned, "steps") as drawn:
        while True:
            if path is not None:
                write_table(found, path)
            drawn.update()
            if stopped() or found.shrunk.complete:
                return found
            found = Table(next(steps), found.machine, day)


def told(found: Table) -> Iterator[str]:
    """Both tables for people, and what they come to."""
    shrunk = found.shrunk
    machine_told = ", ".join(f"{name} {value}" for name, value in found.machine.items())
    yield f"{machine_told}, {found.date}: {shrunk.done} of {shrunk.planned} steps, {shrunk.examples} held-out sentences"
    yield "\nweights in few bits"
    rows: list[list[Cell]] = [[one.bits, one.size, one.score.exact, one.score.chrf] for one in shrunk.stored]
    yield table(("bits", "bytes", "exact", "chrF"), rows)
    if shrunk.alone:
        yield "\neach head silent by itself"
        yield table(("part", "layer", "head", "exact", "chrF"), map(_row, shrunk.alone))
    if shrunk.cut:
        yield "\nheads cut one after the other, the cheapest first"
        left = range(len(shrunk.heads) - 1, -1, -1)
        cut = ([count, *_row(one)] for count, one in zip(left, shrunk.cut, strict=False))
        yield table(("left", "part", "layer", "head", "exact", "chrF"), cut)
    yield ""
    if (count := spared(shrunk)) is not None:
        yield f"{count} of {len(shrunk.heads)} heads can go for a point of exact sentences or less."
    if (small := fewest_bits(shrunk)) is not None:
        share = small.size / shrunk.stored[0].size
        yield f"{small.bits} bits a weight cost a point or less, {share:.0%} of the bytes."


def _row(one: Without) -> list[Cell]:
    return [one.head.part, one.head.layer + 1, one.head.head + 1, one.score.exact, one.score.chrf]
