"""Classifiers and what they make of texts: computed once for each, shared by all sessions."""

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from attnlab.models import CLASSIFIER_FAMILIES, ClassifierModel, FamilyName, agreement
from attnlab.models.classifier import WordChanges, probabilities, substitutes, word_influence, word_occlusion
from attnlab.tasks import Batch, Classification
from attnlab.tasks.csv_task import UNKNOWN
from attnlab.training import RunStore
from attnlab.training.classifier_file import Classifier, load_classifiers
from attnlab.training.classify_plans import CLASSIFICATIONS
from attnlab.training.plan import RacePlan
from attnlab.training.shipped_classifier import shipped
from attnlab.training.snapshots import unpack_as
from attnlab.training.verdicts import Verdicts, verdicts

DRAWS = 8
"""Other words that occlusion puts in the place of each."""
MOST_CANDIDATES = 400
"""Words of the vocabulary that are tried in the place of one."""
PICKS = 6

# A look switches a model to evaluation and back, so two threads must not look through one model at once.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Origin:
    """Where classifiers come from: a step of a run, a file that was uploaded, or else the app itself."""

    plan: RacePlan | None = None
    store: RunStore | None = None
    run: str = ""
    step: int = 0
    file: bytes | None = None

    def __hash__(self) -> int:
        """A plan's own hash reads all of its data: too slow for each key that somebody types."""
        return hash((self.run, self.step, self.file))


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
    """By family, in the order of the page.

    Raises:
        StoreError: there is no such snapshot.
        SpecError: a snapshot or a file that is damaged or none of ours.
        OSError: they should have come with the app, and did not.
    """
    if origin.file is not None:
        found = load_classifiers(origin.file)
    elif origin.store is None or origin.plan is None:
        return shipped()
    else:
        task = task_of(origin)
        load = origin.store.snapshots.load
        found = {
            family: Classifier(
                unpack_as(load(origin.run, family, origin.step).weights, ClassifierModel), task.reader, task.labels
            )
            for family in origin.plan.families
        }
    return {family: found[family] for family in CLASSIFIER_FAMILIES if family in found}


def task_of(origin: Origin) -> Classification:
    """What they have learned; of a file the grammar, which is what the page opens with."""
    return cast("Classification", (origin.plan or CLASSIFICATIONS["sentiment"]).task)


@functools.lru_cache(maxsize=8)
def test_texts(task: Classification) -> Batch:
    """Texts that no contender has trained on."""
    return task.examples("test")


@functools.lru_cache(maxsize=64)
def judged(origin: Origin, family: FamilyName) -> Verdicts:
    """What a contender says of the test texts of what it has learned. Raises as `classifiers`."""
    model = classifiers(origin)[family].model
    with _one_at_a_time:
        return verdicts(model, test_texts(task_of(origin)))


@functools.lru_cache(maxsize=1024)
def said_of(origin: Origin, family: FamilyName, ids: tuple[int, ...]) -> tuple[float, ...]:
    """The probability of each class. Raises as `classifiers`."""
    model = classifiers(origin)[family].model
    with _one_at_a_time:
        return tuple(probabilities(model, torch.tensor([ids]))[0].tolist())


@functools.lru_cache(maxsize=256)
def word_look(origin: Origin, family: FamilyName, ids: tuple[int, ...], occlude: str) -> WordLook:
    """What each word does. Raises as `classifiers`.

    Args:
        origin: of the classifiers.
        family: which of them.
        ids: the words of a text.
        occlude: how a word is taken away: "deleted", "others" or "unknown".
    """
    one = classifiers(origin)[family]
    inputs = torch.tensor([ids])
    with _one_at_a_time:
        with torch.no_grad():
            trace = one.model.trace(inputs)
        influence = word_influence(one.model, inputs)
        occlusion = word_occlusion(one.model, inputs, _replacements(one, inputs, occlude))
    return WordLook(
        attention=None if trace.attention is None else trace.attention[0],
        shares=None if trace.shares is None else trace.shares[0],
        influence=influence / influence.sum().clamp(min=torch.finfo(influence.dtype).tiny),
        occlusion=occlusion,
        agreement=agreement(influence, occlusion.divergence),
    )


@functools.lru_cache(maxsize=128)
def strongest_picks(
    origin: Origin, family: FamilyName, ids: tuple[int, ...], place: int
) -> tuple[tuple[str, float], ...]:
    """Words that would cost the verdict most in the place of one, with the probability it would keep."""
    one = classifiers(origin)[family]
    words = one.reader.words
    tried = words[:: -(-len(words) // MOST_CANDIDATES)]
    candidates = torch.tensor([number for word in tried for number in one.reader.read(word).ids[:1]])
    with _one_at_a_time:
        kept = substitutes(one.model, torch.tensor([ids]), place, candidates)
    order = kept.argsort()[:PICKS].tolist()
    return tuple((one.reader.symbols[int(candidates[number])], float(kept[number])) for number in order)


def _replacements(one: Classifier, inputs: Tensor, occlude: str) -> Tensor | None:
    """What stands in the place of each word; None where it is deleted."""
    if occlude == "unknown":
        return torch.full_like(inputs, one.reader.symbols.index(UNKNOWN))
    if occlude == "others":
        noise = torch.Generator().manual_seed(0)
        return torch.randint(1, len(one.reader.symbols), (DRAWS, inputs.shape[1]), generator=noise)
    return None
