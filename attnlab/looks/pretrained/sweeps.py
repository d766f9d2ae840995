"""Which head of a model matters: every head is taken away in turn, beside the app, layer by layer.

A sweep is kept for its text as far as it has come, for all visitors: who asks for the same again has what there is, and
one that was stopped goes on from where it stopped. The work of each layer waits its turn beside other heavy work.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.interventions.ablation import AblationName, ablated_by_layer
from attnlab.looks.pretrained.interventions import check_bearable, outcome_of
from attnlab.looks.pretrained.layer import PretrainedLayer, opened
from attnlab.looks.turns import OF_RUNS, QueueFullError
from attnlab.settings.lab.models import OutcomeName

MOST_KEPT = 64
MOST_WAITING = 16
AGAIN_S = 0.2
"""Until a turn is asked for again where too many wait."""
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep")


@dataclass(frozen=True)
class Question:
    """What is asked of a model: the sweep of another question is another one."""

    layer: PretrainedLayer  # any of the model, with what is read
    outcome: OutcomeName
    place: int  # of the token that is followed, from 0
    instead: AblationName


class Sweep:
    """One question, and what is known of its answer so far. The thread of sweeps writes, whoever likes reads."""

    def __init__(self, question: Question) -> None:
        sizes = opened(question.layer.name).sizes
        self.question = question
        self.lost = torch.full((sizes.num_layers, sizes.num_heads), torch.nan)  # (L, H), as `without_heads`
        self.trouble: SpecError | None = None
        self._asked = threading.Event()  # whether somebody wants it to go on
        self._waits = False  # for the thread, or is at work
        self._lock = threading.Lock()

    @property
    def done(self) -> int:
        """Layers that are answered; they are answered in order."""
        return int((~self.lost.isnan().any(1)).sum())

    @property
    def ended(self) -> bool:
        """Whether all are."""
        return self.done == len(self.lost)

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
            if sum(other.runs for other in list(_KEPT.values())) >= MOST_WAITING:
                raise SpecError("sentence", "busy", "sentence must wait: too many heads are being taken away")
            self.trouble = None
            self._asked.set()
            if not self._waits:
                self._waits = True
                _THREAD.submit(self._run)

    def stop(self) -> None:
        """Go on no further than the layer that is at work."""
        self._asked.clear()

    def _run(self) -> None:
        try:
            layers = self._layers()
            while self._asked.is_set() and not self.ended:
                number = self.done
                self.lost[number] = _in_turn(lambda: next(layers))
        except SpecError as error:
            self.trouble = error
        finally:
            with self._lock:
                self._waits = False
                self._asked.clear()

    def _layers(self) -> Iterator[Tensor]:
        """(H,) for each layer that is not answered yet."""
        asked, model = self.question, opened(self.question.layer.name)
        trace = model.traced(asked.layer.read, asked.layer.dtype)
        measured = outcome_of(model, trace, trace, asked.outcome, asked.place)
        whole = measured(trace.hidden_states[-1][None])
        for left in ablated_by_layer(trace, measured, asked.instead, first=self.done):
            yield whole - left


_KEPT: OrderedDict[Question, Sweep] = OrderedDict()
_LOCK = threading.Lock()


def sweep_of(question: Question) -> Sweep:
    """The sweep of a question, begun or not.

    Raises:
        SpecError: too much for the machine, an outcome that the model does not have, or no such model.
    """
    check_bearable(question.layer, opened(question.layer.name).sizes.num_heads)
    with _LOCK:
        found = _KEPT.get(question)
        if found is None:
            found = _KEPT[question] = Sweep(question)
        _KEPT.move_to_end(question)
        for old in [kept for kept, sweep in _KEPT.items() if not sweep.runs][: max(0, len(_KEPT) - MOST_KEPT)]:
            if old != question:
                del _KEPT[old]
        return found


def forget() -> None:
    """Stop and forget all sweeps."""
    with _LOCK:
        for sweep in _KEPT.values():
            sweep.stop()
        _KEPT.clear()


def _in_turn(work: Callable[[], Tensor]) -> Tensor:
    """What one layer's work gives, once its turn beside other heavy work has come."""
    while True:
        try:
            waiting = OF_RUNS.take("", work)
        except QueueFullError:
            time.sleep(AGAIN_S)
        else:
            return waiting.result()
