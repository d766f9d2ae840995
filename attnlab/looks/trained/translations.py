"""Translators and what they make of a sentence: computed once for each, shared by all sessions."""

import copy
import functools
from dataclasses import dataclass
from typing import cast

import torch

from attnlab.byte_cache import kept
from attnlab.looks.trained.opened import Origin, looking, model_of
from attnlab.models import FamilyName, Seq2SeqModel
from attnlab.tasks import Pair, Translation
from attnlab.tasks.translation.corpus import UNKNOWN_ID
from attnlab.training.scoring.translating import Head, Report, Written, aligned_heads, report, translate, written
from attnlab.training.shown.translation_plans import translation_of


@dataclass(frozen=True)
class Search:
    """A sentence as it was typed, and how its translation is looked for."""

    text: str
    beams: int = 1
    alpha: float = 0.6


def task_of(origin: Origin) -> Translation:
    """What the translators of an origin have learned. Raises as `Origin.plan`."""
    return translation_of(origin.plan)


def translator(origin: Origin, family: FamilyName) -> Seq2SeqModel:
    """The model of a contender. Raises as `model_of`."""
    return cast("Seq2SeqModel", model_of(origin, family))


@kept
def translated(origin: Origin, family: FamilyName, search: Search) -> Written:
    """The sentence in the words of one translator.

    Raises:
        SpecError: no word in the sentence, or what `translator` raises.
    """
    model = translator(origin, family)
    with looking(model):
        return translate(model, task_of(origin), search.text, beams=search.beams, alpha=search.alpha)


@kept
def hypothesis(origin: Origin, family: FamilyName, search: Search, rank: int) -> Written:
    """A complete hypothesis of a search, 1 for the best; the last if there are fewer. Raises as `translated`."""
    best = translated(origin, family, search)
    finished = best.tree.finished
    if rank == 1 or not finished:
        return best
    node = finished[min(rank, len(finished)) - 1]
    if node.number == best.tree.best:
        return best
    model = translator(origin, family)
    with looking(model):
        return written(model, task_of(origin), best.source, best.tree, node.number)


@kept
def heads_of(origin: Origin, family: FamilyName) -> tuple[Head, ...]:
    """The heads by their alignment error on a few held-out sentences, best first. Raises as `translator`."""
    model = translator(origin, family)
    with looking(model):
        return aligned_heads(model, task_of(origin))


@kept
def report_of(origin: Origin, family: FamilyName) -> Report:
    """How well a contender translates held-out sentences: seconds of work. Raises as `translator`."""
    model = translator(origin, family)
    with looking(model):
        own = copy.deepcopy(model)  # nobody who types should wait for it
    return report(own, task_of(origin))


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
