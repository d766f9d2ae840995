"""How good a translator is with fewer bits and fewer heads: measured step by step, each step whole in itself.

    bits -> each head alone silent -> the head that costs least goes, again and again, until none is left

Which head goes next is decided on sentences of the training (by the loss, which a single sentence cannot turn), and how
good the rest is on held-out ones: who chooses and scores on the same sentences flatters what was chosen.

Source: heads one by one and greedily, Michel et al. 2019, sections 3.2 and 4, https://arxiv.org/abs/1905.10650
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch.nn.functional as F

from attnlab.engine.allowed import check_number
from attnlab.engine.seeds import generator
from attnlab.models import Seq2SeqModel
from attnlab.models.evaluating import evaluating
from attnlab.models.seq2seq.decoding import greedy
from attnlab.tasks import Batch, Translation, corpus_scores
from attnlab.tasks.split import distinct
from attnlab.training.smaller.heads import Head, heads_of, silenced
from attnlab.training.smaller.stored import BITS, from_bits, in_bits

MOST_EXAMPLES = 1000
POINT = 0.01
"""A percentage point."""


@dataclass(frozen=True)
class Score:
    """How good a model is on the held-out sentences."""

    exact: float  # share that it translates word for word
    chrf: float  # 0 to 100, which has something to say of a wrong sentence too


@dataclass(frozen=True)
class Stored:
    """The model in so many bits."""

    bits: int
    size: int  # bytes of the file
    score: Score


@dataclass(frozen=True)
class Without:
    """The model without a head: alone, or with all that went before it."""

    head: Head
    score: Score


@dataclass(frozen=True)
class Shrunk:
    """What is known so far."""

    examples: int  # held-out sentences that each score is of
    heads: tuple[Head, ...]  # of the model
    stored: tuple[Stored, ...] = ()  # from most bits to fewest; the first is the model as it is
    alone: tuple[Without, ...] = ()  # each head in turn
    cut: tuple[Without, ...] = ()  # one after the other, the cheapest first

    @property
    def whole(self) -> Score | None:
        """Of the model as it is."""
        return self.stored[0].score if self.stored else None

    @property
    def done(self) -> int:
        """Steps that are measured."""
        return len(self.stored) + len(self.alone) + len(self.cut)

    @property
    def planned(self) -> int:
        """Steps in all."""
        return len(BITS) + 2 * len(self.heads)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to measure."""
        return self.done == self.planned


def shrinking(model: Seq2SeqModel, task: Translation, examples: int) -> Iterator[Shrunk]:
    """All that is known after each step.

    Args:
        model: a Transformer, which nobody else uses meanwhile: its heads are silenced in place.
        task: what it has learned.
        examples: held-out sentences to score on, and as many of the training to choose heads by.

    Raises:
        SpecError: a model without heads, or examples out of bounds.
    """
    check_number("examples", examples, 1, MOST_EXAMPLES)
    held_out = task.batch_of(task.test_rows(examples))
    chosen_by = task.batch_of(distinct(task.corpus.sides["train"], examples, generator(0, "heads to cut")))
    found = Shrunk(len(held_out.inputs), heads_of(model))
    for bits in BITS:
        data = in_bits(model, bits)
        stored = Stored(bits, len(data), score(from_bits(data), task, held_out))
        found = replace(found, stored=(*found.stored, stored))
        yield found
    for head in found.heads:
        with silenced(model, (head,)):
            found = replace(found, alone=(*found.alone, Without(head, score(model, task, held_out))))
        yield found
    while len(found.cut) < len(found.heads):
        gone = tuple(one.head for one in found.cut)
        gone = (*gone, cheapest(model, gone, chosen_by))
        with silenced(model, gone):
            found = replace(found, cut=(*found.cut, Without(gone[-1], score(model, task, held_out))))
        yield found


def score(model: Seq2SeqModel, task: Translation, batch: Batch) -> Score:
    """How good what a model writes is, the likeliest word each time."""
    written = [task.decoded(words) for words in greedy(model, batch.inputs[:, : model.config.source_len])]
    scores = corpus_scores(written, [task.decoded(row) for row in batch.targets.tolist()])
    if scores is None:
        raise ValueError("batch must have a sentence")
    return Score(scores.exact, scores.chrf)


def cheapest(model: Seq2SeqModel, gone: Sequence[Head], batch: Batch) -> Head:
    """The head without which, beside those that are gone, the loss is least; of equals the first."""
    left = [head for head in heads_of(model) if head not in gone]

    def loss_without(head: Head) -> float:
        with silenced(model, (*gone, head)):
            return loss(model, batch)

    return min(left, key=loss_without)


def loss(model: Seq2SeqModel, batch: Batch) -> float:
    """Nats of each word that is due, after the right words before it."""
    with evaluating(model):
        logits = model(batch.inputs)
    return float(F.cross_entropy(logits[batch.scored], batch.targets[batch.scored]))


def spared(found: Shrunk, within: float = POINT) -> int | None:
    """Heads that can go, one after the other, while the share of exact sentences never falls by more than `within`.

    None as long as that is not known: the curve has not left the point, and is not at its end.
    """
    for count, one in enumerate(found.cut):
        if _lost(found, one.score) > within:
            return count
    return len(found.cut) if len(found.cut) == len(found.heads) else None


def fewest_bits(found: Shrunk, within: float = POINT) -> Stored | None:
    """The smallest of the files down to which the share of exact sentences never falls by more than `within`.

    None as long as that is not known.
    """
    for before, one in itertools.pairwise(found.stored):
        if _lost(found, one.score) > within:
            return before
    return found.stored[-1] if len(found.stored) == len(BITS) else None


def _lost(found: Shrunk, score: Score) -> float:
    """Share of sentences that the whole model has exact and a smaller one not; shares are counts over `examples`."""
    return round(found.stored[0].score.exact - score.exact, 9)
