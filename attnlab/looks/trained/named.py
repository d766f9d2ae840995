"""Trained models by the names that links give them: "shipped", or "<run>:<contender>:<step>" of a snapshot.

A run's name is hard to guess: whoever has the link may look. The store is asked each time whether the snapshot is still
there; its weights are read once.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.looks.trained.opened import Origin, model_of
from attnlab.models import FamilyName, SequenceModel
from attnlab.models.vocabulary import Vocabulary
from attnlab.settings import links
from attnlab.settings.attention import MODEL_NAME, SHIPPED
from attnlab.tasks import Task, worked_example
from attnlab.training import StoreError, StoreFault
from attnlab.training.plans.contender import contender
from attnlab.training.shipped import TrainedModel, shipped

EXPLORED: FamilyName = "transformer"


@dataclass(frozen=True)
class Named:
    """The weights that a name stands for: those of one contender, a Transformer, out of what an origin has."""

    origin: Origin
    contender: str = EXPLORED


def model_named(name: str) -> TrainedModel:
    """The model that a name stands for now.

    Raises:
        SpecError: as `weights_named` and `model_with_words`.
    """
    return model_with_words(weights_named(name))


def weights_named(name: str) -> Named:
    """The weights that a name stands for now.

    Raises:
        SpecError: no name, no such snapshot, one that is no Transformer's, or a store that is away.
    """
    if name == SHIPPED:
        return Named(Origin("sequence"))
    run, key, step = _parts(name)
    try:
        store = run_store.store()
        saved = {info.step: info.created for info in store.snapshots.listed(run, key)}
    except (StoreError, StoreFault, OSError) as error:
        raise _unreadable(name, error) from error
    if step not in saved:
        steps = f"one of its steps {', '.join(map(str, sorted(saved)[-3:]))}" if saved else "one that was saved"
        raise SpecError("model", "unknown", f"model ({links.shortened(name)!r}) must be a snapshot: {steps}", got=name)
    return Named(Origin("sequence", store, run, step, saved[step]), key)


def model_with_words(named: Named) -> TrainedModel:
    """A Transformer with the vocabulary that it reads.

    Raises:
        SpecError: it is gone, damaged, or reads numbers instead of tokens.
    """
    if named.origin.store is None:
        return shipped()
    with _readable(named):
        return _of_run(named)


def model_alone(named: Named) -> SequenceModel:
    """A Transformer, whatever it reads.

    Raises:
        SpecError: it is gone or damaged.
    """
    with _readable(named):
        return cast("SequenceModel", model_of(named.origin, named.contender))


def task_of(named: Named) -> Task:
    """What it was trained on. Raises as `model_alone`."""
    with _readable(named):
        return named.origin.plan.task


def reads_numbers(named: Named) -> bool:
    """Whether it reads numbers instead of tokens, so that nobody can type what it reads. Raises as `model_alone`."""
    return named.origin.store is not None and task_of(named).info.symbols is None


@functools.lru_cache(maxsize=32)
def _of_run(named: Named) -> TrainedModel:
    task = named.origin.plan.task
    symbols = task.info.symbols
    if symbols is None:
        message = f"model ({task.info.name!r}) must be of a task on tokens; this one reads numbers"
        raise SpecError("model", "kind", message, got=task.info.name, wanted="tokens")
    vocabulary = Vocabulary(symbols)
    return TrainedModel(model_alone(named), vocabulary, vocabulary.joined(worked_example(task).inputs))


def _parts(name: str) -> tuple[str, str, int]:
    if not MODEL_NAME.fullmatch(name) or name == SHIPPED:
        shape = f"{SHIPPED} or <run>:{EXPLORED}:<step>"
        raise SpecError("model", "form", f"model ({links.shortened(name)!r}) must be {shape}", got=name)
    run, key, step = name.split(":")
    try:
        family = contender(key).family
    except SpecError as error:
        message = f"model ({links.shortened(name)!r}) must name a contender: {error}"
        raise SpecError("model", "form", message, got=name) from error
    if family != EXPLORED:
        message = f"model ({links.shortened(name)!r}) must be a {EXPLORED}, which has heads to show"
        raise SpecError("model", "kind", message, got=family, wanted=EXPLORED)
    return run, key, int(step)


@contextmanager
def _readable(named: Named) -> Iterator[None]:
    """What the store cannot give is refused under the model's name."""
    origin = named.origin
    try:
        yield
    except (StoreError, StoreFault, OSError) as error:
        raise _unreadable(f"{origin.run}:{named.contender}:{origin.step}", error) from error


def _unreadable(name: str, error: Exception) -> SpecError:
    message = f"model ({links.shortened(name)!r}) must be in the run store: {error}"
    if isinstance(error, StoreError):  # no such run, or no such snapshot of it
        return SpecError("model", "unknown", message, got=name)
    return SpecError("model", "unreadable", message, got=name, why=str(error))
