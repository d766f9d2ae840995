"""What this visitor has said of claims and waits for: asked for, called off, and taken when it is there."""

import time
from concurrent.futures import CancelledError

from attnlab.claims import Size
from attnlab.claims.kept import KeptOutcome
from attnlab.claims.runner import EndedError
from attnlab.engine import SpecError
from attnlab.looks.claims.experiments import asked_for, withdraw
from attnlab.looks.claims.last import last_outcomes
from attnlab.looks.claims.said import MEMORY, Running, Said, Trouble
from attnlab.looks.turns import QueueFullError
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.kit.session import rerun
from attnlab.ui.kit.visitor import visitor


def said() -> Said:
    """What this visitor has predicted, has seen measured and waits for, in whichever tab."""
    return MEMORY.of(visitor())


def measured() -> dict[str, KeptOutcome]:
    """The outcome of each claim that was measured: the last one, but what this visitor has seen measured stands."""
    mine = said().outcome
    return last_outcomes() | ({} if mine is None else {mine.outcome.claim: mine})


def start(name: str, size: Size, shown: bool) -> None:
    """Ask for an experiment. Only for callbacks.

    Args:
        name: of the claim.
        size: how much is measured.
        shown: whether an outcome is on the screen; if not, one that somebody has had measured meanwhile will do.
    """
    mine = said()
    mine.trouble = None
    there = None if shown else last_outcomes().get(name)
    if there is not None and there.outcome.size == size:
        rerun()
        return
    try:
        coming = asked_for(visitor(), name, size)
    except QueueFullError:
        mine.trouble = Trouble(name, "full")
    else:
        mine.running = Running(name, size, coming, time.monotonic())
    rerun()


def call_off() -> None:
    """Wait no more. Only for callbacks."""
    mine = said()
    if (waited := mine.running) is not None:
        mine.running = None
        withdraw(visitor(), waited.claim, waited.size)
    rerun()


def collect() -> None:
    """Take what has come of the experiment that was waited for, if anything has."""
    mine = said()
    waited = mine.running
    if waited is None or not waited.coming.done():
        return
    mine.running = None
    try:
        mine.outcome = waited.coming.result()
    except (EndedError, CancelledError):
        mine.trouble = Trouble(waited.claim, "ended")
    except SpecError as error:
        mine.trouble = Trouble(waited.claim, "refused", refusal_sentence(error))
