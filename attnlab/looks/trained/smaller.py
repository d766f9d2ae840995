"""What a Transformer that translates loses when it is made smaller: measured beside the app, for all visitors."""

import copy
import functools
import time
from collections.abc import Iterator

from attnlab.looks.stepwise import Shelf, Stepwise
from attnlab.looks.trained.opened import Origin, looking
from attnlab.looks.trained.translations import task_of, translator
from attnlab.training.smaller.measuring import Shrunk, shrinking
from attnlab.training.smaller.table import Table, read_table

EXAMPLES = 200
"""Held-out sentences: a minute on a laptop for the translator that comes with the app."""
MOST_S = 300.0
"""Of work; what is not measured by then is left out."""


class Shrinking(Stepwise):
    """A Transformer, and what is known by now; a step is a score."""

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin
        self.found: Shrunk | None = None
        self.worked_s = 0.0
        self._left: Iterator[Shrunk] | None = None

    @property
    def ended(self) -> bool:
        """Whether all is measured, or the time is up."""
        return self.worked_s > MOST_S or (self.found is not None and self.found.complete)

    def steps(self) -> Iterator[None]:
        """A score at a time, from where it was stopped."""
        while not self.ended:
            begun = time.monotonic()
            if self._left is None:
                self._left = _shrinking(self.origin)
            self.found = next(self._left)
            self.worked_s += time.monotonic() - begun
            if self.ended:
                self._left = None  # with a model of its own
            yield


def _shrinking(origin: Origin) -> Iterator[Shrunk]:
    model = translator(origin, "transformer")
    with looking(model):
        own = copy.deepcopy(model)  # whose heads are silenced in place
    return shrinking(own, task_of(origin), EXAMPLES)


_SHELF = Shelf(Shrinking)


def shrinking_of(origin: Origin) -> Shrinking:
    """The work on the Transformer of an origin, begun or not."""
    return _SHELF.of(origin)


def forget() -> None:
    """Stop and forget all."""
    _SHELF.forget()


@functools.cache
def shipped_table() -> Table:
    """The table that comes with the app. Raises as `read_table`."""
    return read_table()
