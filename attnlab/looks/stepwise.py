"""Long work in steps, beside the app: shared by all visitors, stopped and gone on with, each step in its turn.

What is known so far is kept for its question: who asks for the same again has what there is, and work that was stopped
goes on from where it stopped. Each step waits its turn beside other heavy work.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar
from weakref import WeakSet

from attnlab.engine import SpecError
from attnlab.looks.turns import OF_RUNS, QueueFullError

MOST_KEPT = 64
MOST_WAITING = 16
AGAIN_S = 0.2
"""Until a turn is asked for again where too many wait."""
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="steps")
_ALL: "WeakSet[Stepwise]" = WeakSet()

Question = TypeVar("Question", bound=Hashable)
Work = TypeVar("Work", bound="Stepwise")


class Stepwise(ABC):
    """Work, and what is known of its answer so far. The thread of such work writes, whoever likes reads."""

    def __init__(self) -> None:
        self.trouble: SpecError | None = None
        self._asked = threading.Event()  # whether somebody wants it to go on
        self._waits = False  # for the thread, or is at work
        self._lock = threading.Lock()
        _ALL.add(self)

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether all steps are done."""

    @abstractmethod
    def steps(self) -> Iterator[None]:
        """The steps that are left; each keeps what it has found before it yields."""

    @property
    def runs(self) -> bool:
        """Whether more will come."""
        return self._waits and self._asked.is_set()

    def start(self) -> None:
        """Begin, or go on.

        Raises:
            SpecError: too many wait already.
        """
        with self._lock:
            if self.ended or self.runs:
                return
            if sum(other.runs for other in list(_ALL)) >= MOST_WAITING:
                raise SpecError("sentence", "busy", "sentence must wait: too many heads are being taken away")
            self.trouble = None
            self._asked.set()
            if not self._waits:
                self._waits = True
                _THREAD.submit(self._run)

    def stop(self) -> None:
        """Go on no further than the step that is at work."""
        self._asked.clear()

    def _run(self) -> None:
        try:
            steps = self.steps()
            while self._asked.is_set() and not self.ended:
                in_own_turn(lambda: next(steps))
        except SpecError as error:
            self.trouble = error
        finally:
            with self._lock:
                self._waits = False
                self._asked.clear()


class Shelf(Generic[Question, Work]):
    """Work by its question, the latest asked for last; beyond `MOST_KEPT` what rests longest goes.

    Args:
        made: the work of a question.
    """

    def __init__(self, made: Callable[[Question], Work]) -> None:
        self._made = made
        self._kept: OrderedDict[Question, Work] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, question: Question) -> Work:
        """The work of a question, begun or not."""
        with self._lock:
            found = self._kept.get(question)
            if found is None:
                found = self._kept[question] = self._made(question)
            self._kept.move_to_end(question)
            resting = [kept for kept, work in self._kept.items() if not work.runs]
            for old in resting[: max(0, len(self._kept) - MOST_KEPT)]:
                if old != question:
                    del self._kept[old]
            return found

    def forget(self) -> None:
        """Stop and forget all."""
        with self._lock:
            for work in self._kept.values():
                work.stop()
            self._kept.clear()


def in_own_turn(step: Callable[[], None]) -> None:
    """Do one step, once its turn beside other heavy work has come."""
    while True:
        try:
            waiting = OF_RUNS.take("", step)
        except QueueFullError:
            time.sleep(AGAIN_S)
        else:
            return waiting.result()
