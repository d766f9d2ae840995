"""Trained models, opened once and shared by all sessions: out of a run, a file, or what comes with the app."""

import functools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from weakref import WeakKeyDictionary

from torch import nn

from attnlab.byte_cache import kept
from attnlab.models import AnyModel, ClassifierModel, FamilyName, Seq2SeqModel, SequenceModel
from attnlab.tasks import Kind
from attnlab.training import RunStore, shipped, shipped_classifier
from attnlab.training.classifier_file import Classifier, load_classifiers
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.snapshots import unpack_as
from attnlab.training.stored import plan_of

MODELS: Mapping[Kind, type[AnyModel]] = MappingProxyType(
    {"sequence": SequenceModel, "translation": Seq2SeqModel, "classification": ClassifierModel}
)

_LOCKS: WeakKeyDictionary[nn.Module, threading.Lock] = WeakKeyDictionary()


@dataclass(frozen=True)
class Origin:
    """Where models of a kind come from: a step of a run, a file that was brought back, or else the app itself."""

    kind: Kind
    store: RunStore | None = None
    run: str = ""
    step: int = 0
    saved: datetime | None = None  # where it is known: a snapshot that is saved anew is another
    file: bytes | None = None  # of classifiers

    @property
    def plan(self) -> RacePlan:
        """How they were trained; of a file, how those were that come with the app.

        Raises:
            SpecError: the run was written by another version of the program.
            StoreError: it is gone, or its data are.
        """
        return _plan(self.kind) if self.store is None else _plan_in(self.store, self.run)


@kept
def model_of(origin: Origin, contender: str) -> AnyModel:
    """The model of the contender of a key, of the class that its kind has in `MODELS`. Look through it under `looking`.

    Raises:
        StoreError: there is no such snapshot.
        SpecError: a snapshot or a file that is damaged or none of ours.
        OSError: it should have come with the app, and did not.
    """
    if origin.store is None:
        return _unstored(origin)[contender]
    return unpack_as(origin.store.snapshots.load(origin.run, contender, origin.step).weights, MODELS[origin.kind])


@contextmanager
def looking(model: nn.Module) -> Iterator[None]:
    """One thread at a time: a look switches a model to evaluation and back."""
    with _LOCKS.setdefault(model, threading.Lock()):
        yield


@functools.lru_cache(maxsize=8)
def classifiers_in(file: bytes | None) -> Mapping[FamilyName, Classifier]:
    """The classifiers of a file; of None those that come with the app. Raises as `model_of`."""
    return shipped_classifier.shipped() if file is None else load_classifiers(file)


def _unstored(origin: Origin) -> Mapping[str, AnyModel]:
    if origin.kind == "sequence":
        return {"transformer": shipped.shipped().model}
    if origin.kind == "translation":
        return dict(shipped_translators().items())
    return {family: one.model for family, one in classifiers_in(origin.file).items()}


def _plan(kind: Kind) -> RacePlan:
    if kind == "sequence":
        return shipped.plan()
    return shipped_plan() if kind == "translation" else CLASSIFICATIONS["sentiment"]


@functools.lru_cache(maxsize=32)  # which may hold the user's data; those of a run never change
def _plan_in(store: RunStore, run: str) -> RacePlan:
    return plan_of(store, store.runs.get(run))
