"""Translators and what they make of a sentence: computed once for each, shared by all sessions."""

import copy
import functools
import threading
from dataclasses import dataclass

import torch

from attnlab.models import FamilyName, Seq2SeqModel
from attnlab.tasks import Pair, Translation
from attnlab.tasks.translation_corpus import UNKNOWN_ID
from attnlab.training import RunStore
from attnlab.training.plan import RacePlan
from attnlab.training.shipped_translation import shipped_translators
from attnlab.training.snapshots import unpack_as
from attnlab.training.translating import Head, Report, Written, aligned_heads, report, translate, written
from attnlab.training.translation_plans import translation_of

# A look switches a model to evaluation and back, so two threads must not look through one model at once.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Origin:
    """Where translators come from: a race and a step of it, or, without a store, the app itself."""

    plan: RacePlan
    store: RunStore | None = None
    run: str = ""
    step: int = 0

    def __hash__(self) -> int:
        return hash((self.run, self.step))  # a plan would hash all of the user's data each time

    @property
    def task(self) -> Translation:
        """What they have learned."""
        return translation_of(self.plan)


@dataclass(frozen=True)
class Search:
    """A sentence as it was typed, and how its translation is looked for."""

    text: str
    beams: int = 1
    alpha: float = 0.6


@functools.lru_cache(maxsize=96)
def translator(origin: Origin, family: FamilyName) -> Seq2SeqModel:
    """The model of a contender.

    Raises:
        StoreError: there is no such snapshot.
        SpecError: it is damaged.
        OSError: it should have come with the app, and did not.
    """
    if origin.store is None:
        return shipped_translators()[family]
    return unpack_as(origin.store.snapshots.load(origin.run, family, origin.step).weights, Seq2SeqModel)


@functools.lru_cache(maxsize=256)  # of a tenth of a megabyte each
def translated(origin: Origin, family: FamilyName, search: Search) -> Written:
    """The sentence in the words of one translator.

    Raises:
        SpecError: no word in the sentence, or what `translator` raises.
    """
    model = translator(origin, family)
    with _one_at_a_time:
        return translate(model, origin.task, search.text, beams=search.beams, alpha=search.alpha)


@functools.lru_cache(maxsize=64)
def hypothesis(origin: Origin, family: FamilyName, search: Search, rank: int) -> Written:
    """A complete hypothesis of a search, 1 for the best; the last if there are fewer. Raises as `translated`."""
    best = translated(origin, family, search)
    finished = best.tree.finished
    if rank == 1 or not finished:
        return best
    node = finished[min(rank, len(finished)) - 1]
    if node.number == best.tree.best:
        return best
    with _one_at_a_time:
        return written(translator(origin, family), origin.task, best.source, best.tree, node.number)


@functools.lru_cache(maxsize=192)
def heads_of(origin: Origin, family: FamilyName) -> tuple[Head, ...]:
    """The heads by their alignment error on a few held-out sentences, best first. Raises as `translator`."""
    model = translator(origin, family)
    with _one_at_a_time:
        return aligned_heads(model, origin.task)


@functools.lru_cache(maxsize=48)
def report_of(origin: Origin, family: FamilyName) -> Report:
    """How well a contender translates held-out sentences: seconds of work. Raises as `translator`."""
    with _one_at_a_time:
        model = copy.deepcopy(translator(origin, family))  # nobody who types should wait for it
    return report(model, origin.task)


@functools.lru_cache(maxsize=256)
def reference_of(task: Translation, ids: tuple[int, ...]) -> Pair | None:
    """The pair of the corpus with this source, if it has one: its translation, and the gold links of the grammar's."""
    corpus = task.corpus
    length = corpus.sources.shape[1]
    if UNKNOWN_ID in ids or not 0 < len(ids) <= length:
        return None
    row = torch.tensor([*ids, *[0] * (length - len(ids))], dtype=corpus.sources.dtype)
    found = (corpus.sources == row).all(1).nonzero()
    return corpus.pair(int(found[0])) if len(found) else None
