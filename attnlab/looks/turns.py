"""Heavy work waits its turn: one at a time, so that what is light never waits for it, and so many at most.

One thread does all of it, so that the memory it needs is needed once, however many ask.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import TypeVar

from attnlab.engine import SpecError

R = TypeVar("R")

_NAME = "heavy"
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix=_NAME)


class QueueFullError(Exception):
    """Too many wait already, or too many of the same client."""


class Turns:
    """A bounded queue before the one thread.

    Args:
        places: how many may wait or be at work.
        share: how many of them may be one client's.
    """

    def __init__(self, places: int, share: int) -> None:
        self.places, self.share = places, share
        self._of_client: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str, work: Callable[[], R]) -> Future[R]:
        """A place in the queue; the future has what the work gives, or raises what it raises.

        Raises:
            QueueFullError: no place is left.
        """
        with self._lock:
            if self.taken >= self.places or self._of_client[client] >= self.share:
                raise QueueFullError
            self._of_client[client] += 1
        future = _THREAD.submit(copy_context().run, work)  # in the language of who asks
        future.add_done_callback(lambda _done: self._left(client))
        return future

    @property
    def taken(self) -> int:
        """How many wait or are at work."""
        return self._of_client.total()

    def _left(self, client: str) -> None:
        with self._lock:
            self._of_client -= Counter((client,))


_waiting: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]

OF_PICTURES = Turns(places=8, share=4)
OF_RUNS = Turns(places=64, share=64)
"""Of pages: a class may open the same heavy link at once, and all have the same address."""


def in_turn(work: Callable[[], R]) -> R:
    """What heavy work of a page gives, once its turn has come; what is part of other heavy work has it already.

    Raises:
        SpecError: too many wait already; and what the work raises.
    """
    if threading.current_thread().name.startswith(_NAME):
        return work()
    try:
        waiting = OF_RUNS.take("", work)
    except QueueFullError:
        raise SpecError("sentence", "busy", "sentence must wait: too many heavy layers are asked for") from None
    with _waiting[-1]():
        return waiting.result()


def wait_within(context: Callable[[], AbstractContextManager[None]]) -> None:
    """From now on the heavy work of a page is waited for within such a context: in it, others need not wait too."""
    _waiting.append(context)
