"""Experiments of claims: run beside the app one at a time, one at a time for each visitor, kept for all of them."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from attnlab.claims import Size
from attnlab.claims.kept import KeptOutcome
from attnlab.claims.runner import Runner
from attnlab.looks.claims.last import remembered
from attnlab.looks.turns import Turns

RUNNER = Runner()
PLACES = 40
"""Experiments that may wait or run: a class in which everyone opens another claim."""
QUEUE = Turns(places=PLACES, share=1, thread=ThreadPoolExecutor(max_workers=1, thread_name_prefix="claims"))


@dataclass
class _Coming:
    """An experiment that is under way, and who waits for it."""

    future: Future[KeptOutcome]
    visitors: set[str]


_coming: dict[tuple[str, Size], _Coming] = {}
_lock = threading.Lock()


def experiment(name: str, size: Size) -> KeptOutcome:
    """The outcome of a claim's experiment, measured now and kept. Raises as `Runner.outcome`."""
    return remembered(RUNNER.outcome(name, size))


def asked_for(visitor: str, name: str, size: Size) -> Future[KeptOutcome]:
    """An experiment that somebody wants to see: its outcome when its turn has come.

    Who asks for what somebody else has asked for already waits for the same.

    Args:
        visitor: who asks.
        name: of the claim.
        size: how much is measured.

    Raises:
        QueueFullError: this visitor has another one under way, or too many wait.
    """
    with _lock:
        coming = _coming.get((name, size))
        if coming is None or coming.future.done():
            taken = QUEUE.take(visitor, lambda: experiment(name, size))
            coming = _coming[name, size] = _Coming(taken, set())
        coming.visitors.add(visitor)
    return coming.future


def get_ready() -> None:
    """Start the process in which experiments run, while whoever opened the page still reads."""
    RUNNER.warm()


def withdraw(visitor: str, name: str, size: Size) -> None:
    """Somebody waits for an experiment no more; one that nobody waits for is ended, or never begins."""
    with _lock:
        coming = _coming.get((name, size))
        if coming is None:
            return
        coming.visitors.discard(visitor)
        if coming.visitors:
            return
        del _coming[name, size]
    if not coming.future.cancel():
        RUNNER.stop(name, size)
