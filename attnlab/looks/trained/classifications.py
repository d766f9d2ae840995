"""Classifiers and what they make of texts: computed once for each, shared by all sessions."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.looks.trained.opened import Origin, classifiers_in, looking, model_of
from attnlab.models import ALL_CLASSIFIERS, PRETRAINED_FAMILIES, ClassifierModel, FamilyName, agreement
from attnlab.models.classifier import WordChanges, probabilities, substitutes, word_influence, word_occlusion
from attnlab.tasks import Batch, Classification, ClassifyCsv, ReadText
from attnlab.text import UNKNOWN
from attnlab.training.classifier_file import Classifier
from attnlab.training.racing.reading import as_read_by
from attnlab.training.scoring.steadiness import accuracy_under_noise
from attnlab.training.scoring.verdicts import Verdicts, verdicts

DRAWS = 8
"""Other words that occlusion puts in the place of each; fewer in texts longer than `MOST_DRAWN` allows."""
MOST_DRAWN = 512
"""Texts that occlusion makes of one."""
MOST_CANDIDATES = 400
"""Words of the vocabulary that are tried in the place of one."""
PICKS = 6


@dataclass(frozen=True, eq=False)
class WordLook:
    """One classifier on one text of T words."""

    attention: Tensor | None  # (L, H, T, T)
    shares: Tensor | None  # (T,): each word's part in the pooling
    influence: Tensor  # (T,), sums to 1
    occlusion: WordChanges
    agreement: float | None  # rank correlation of influence and occlusion


@functools.lru_cache(maxsize=32)
def classifiers(origin: Origin) -> Mapping[FamilyName, Classifier]:
    """By family, in the order of the page. Raises as `model_of`."""
    found = classifiers_in(origin.file) if origin.store is None else _of_run(origin)
    return {family: found[family] for family in ALL_CLASSIFIERS if family in found}


def _of_run(origin: Origin) -> Mapping[FamilyName, Classifier]:
    task = task_of(origin)
    return {
        family: Classifier(cast("ClassifierModel", model_of(origin, family)), task.reader, task.labels)
        for family in origin.plan.families
    }


def task_of(origin: Origin) -> Classification:
    """What they have learned; of a file the grammar, which is what the page opens with. Raises as `Origin.plan`."""
    return cast("Classification", origin.plan.task)


@functools.lru_cache(maxsize=8)
def test_texts(task: Classification) -> Batch:
    """Texts that no contender has trained on."""
    return task.examples("test")


@kept
def judged(origin: Origin, family: FamilyName) -> Verdicts:
    """What a contender says of the test texts of what it has learned. Raises as `classifiers`."""
    with _on_texts(origin, family) as (model, texts):
        return verdicts(model, texts)


@kept
def under_noise(origin: Origin, family: FamilyName) -> Mapping[float, float]:
    """A contender's accuracy on those texts by the noise that each word is read through. Raises as `classifiers`."""
    with _on_texts(origin, family) as (model, texts):
        return accuracy_under_noise(model, texts)


@contextmanager
def _on_texts(origin: Origin, family: FamilyName) -> Iterator[tuple[ClassifierModel, Batch]]:
    """A contender and the test texts of what it has learned, as it reads them."""
    model, task = classifiers(origin)[family].model, task_of(origin)
    texts = as_read_by(model, task, test_texts(task))
    with looking(model):
        yield model.knowing(task.beyond) if isinstance(task, ClassifyCsv) else model, texts


@functools.lru_cache(maxsize=1024)
def said_of(origin: Origin, family: FamilyName, text: ReadText) -> tuple[float, ...]:
    """The probability of each class. Raises as `classifiers`."""
    one = classifiers(origin)[family]
    with looking(one.model):
        return tuple(probabilities(*one.reading(text))[0].tolist())


@kept
def word_look(origin: Origin, family: FamilyName, text: ReadText, occlude: str) -> WordLook:
    """What each word does. Raises as `classifiers`.

    Args:
        origin: of the classifiers.
        family: which of them.
        text: with a word that can be read.
        occlude: how a word is taken away: "deleted", "others" or "unknown".
    """
    one = classifiers(origin)[family]
    model, inputs = one.reading(text)
    with looking(one.model):
        with torch.no_grad():
            trace = model.trace(inputs)
        influence = word_influence(model, inputs)
        occlusion = word_occlusion(model, inputs, _replacements(one, inputs, occlude))
    return WordLook(
        attention=None if trace.attention is None else trace.attention[0],
        shares=None if trace.shares is None else trace.shares[0],
        influence=influence / influence.sum().clamp(min=torch.finfo(influence.dtype).tiny),
        occlusion=occlusion,
        agreement=agreement(influence, occlusion.divergence),
    )


@functools.lru_cache(maxsize=128)
def strongest_picks(origin: Origin, family: FamilyName, text: ReadText, place: int) -> tuple[tuple[str, float], ...]:
    """Words that would cost the verdict most in the place of one, with the probability it would keep."""
    one = classifiers(origin)[family]
    model, inputs = one.reading(text)
    words = one.reader.words
    most = MOST_CANDIDATES // 8 if family in PRETRAINED_FAMILIES else MOST_CANDIDATES
    tried = words[:: -(-len(words) // most)]
    candidates = torch.tensor([number for word in tried for number in one.reader.read(word).ids[:1]])
    with looking(one.model):
        kept = substitutes(model, inputs, place, candidates)
    order = kept.argsort()[:PICKS].tolist()
    return tuple((one.reader.symbols[int(candidates[number])], float(kept[number])) for number in order)


def _replacements(one: Classifier, inputs: Tensor, occlude: str) -> Tensor | None:
    """What stands in the place of each word; None where it is deleted."""
    if occlude == "unknown":
        return torch.full_like(inputs, one.reader.symbols.index(UNKNOWN))
    if occlude == "others":
        noise = torch.Generator().manual_seed(0)
        draws = max(1, min(DRAWS, MOST_DRAWN // inputs.shape[1]))
        return torch.randint(1, len(one.reader.symbols), (draws, inputs.shape[1]), generator=noise)
    return None
