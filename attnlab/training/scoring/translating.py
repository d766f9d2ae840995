"""What a trained encoder-decoder does with a sentence, and how well it does with many."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import Seq2SeqModel
from attnlab.models.evaluating import evaluating
from attnlab.models.seq2seq.decoding import START_ID, BeamTree, beam_search, greedy
from attnlab.models.seq2seq.influence import source_influence
from attnlab.tasks import FINAL_EXAMPLES, EncodedText, Translation, TranslationScores, corpus_scores
from attnlab.tasks.translation.alignment import Pair, alignment_error_rate, links_of
from attnlab.training.scoring.breakdown import Share

EXAMPLES = FINAL_EXAMPLES["translation"]
FEW_EXAMPLES = 48
CANDIDATES = 5
LONGEST_SENTENCE = 2000  # characters that are read


@dataclass(frozen=True)
class Candidate:
    """A word that might have come next."""

    word: str
    probability: float


@dataclass(frozen=True, eq=False)
class Written:
    """A sentence and what a model made of it: T words, the last of which is <end> unless it ran out of room."""

    source: EncodedText
    words: tuple[str, ...]  # T
    text: str  # as one writes it
    log_prob: float  # of all words together, in nats
    candidates: tuple[tuple[Candidate, ...], ...]  # the likeliest few at each of the T steps
    cross_weights: Tensor | None  # (L, H, T, S): row t is the step that wrote word t; None without attention
    influence: Tensor  # (T, S), each row summing to 1: gradient of a written word with respect to the source's words
    tree: BeamTree  # of the search that found it


@dataclass(frozen=True)
class Head:
    """One head of cross-attention and how far its largest weights are from the gold links."""

    layer: int  # from 0
    head: int
    error_rate: float


@dataclass(frozen=True)
class Example:
    """A held-out pair and what was written."""

    pair: Pair
    reference: str
    written: str


@dataclass(frozen=True)
class Report:
    """How well a model translates what it has never seen."""

    scores: TranslationScores
    by_length: tuple[Share, ...]  # share of exact translations by the length of the source
    heads: tuple[Head, ...]  # best first; none without attention or without gold links
    examples: tuple[Example, ...]

    @property
    def mistakes(self) -> tuple[Example, ...]:
        """Those that are not exact."""
        return tuple(one for one in self.examples if one.written != one.reference)


def translate(model: Seq2SeqModel, task: Translation, text: str, *, beams: int = 1, alpha: float = 0.6) -> Written:
    """Translate what somebody typed.

    Args:
        model: trained on the task.
        task: whose vocabularies the model has.
        text: anything; what the vocabulary lacks is named in `source.unknown` and read as <unk>.
        beams: hypotheses side by side; 1 is greedy.
        alpha: of the length penalty.

    Raises:
        SpecError: nothing to read in the text, or beams or alpha out of bounds.
    """
    source = task.encode(text[:LONGEST_SENTENCE])
    if not source.ids:
        raise SpecError("sentence", "empty", f"sentence ({text!r:.60}) must hold a word", got=text)
    ids = torch.tensor([source.ids])
    tree = beam_search(model, ids, beams, alpha=alpha)
    return written(model, task, source, tree, tree.best)


def written(model: Seq2SeqModel, task: Translation, source: EncodedText, tree: BeamTree, node: int) -> Written:
    """Any hypothesis of a search, looked at from all sides."""
    ids, words = torch.tensor([source.ids]), tree.words_to(node)
    target = torch.tensor([[START_ID, *words[:-1]]])
    with evaluating(model):
        traced = model.decode(model.encode(ids), target)
        probabilities = traced.logits[0].double().softmax(-1)
    lengths = source_influence(model, ids, torch.tensor([[START_ID, *words]]))[: len(words)]
    symbols = task.written_symbols
    values, likeliest = probabilities.topk(min(CANDIDATES, probabilities.shape[-1]))
    return Written(
        source=source,
        words=tuple(symbols[word] for word in words),
        text=task.decoded(words),
        log_prob=float(probabilities[torch.arange(len(words)), list(words)].log().sum()),
        candidates=tuple(
            tuple(Candidate(symbols[word], value) for word, value in zip(row, row_values, strict=True))
            for row, row_values in zip(likeliest.tolist(), values.tolist(), strict=True)
        ),
        cross_weights=None if traced.cross_weights is None else traced.cross_weights[0],
        influence=lengths / lengths.sum(-1, keepdim=True).clamp(min=1e-30),
        tree=tree,
    )


def report(model: Seq2SeqModel, task: Translation, *, examples: int = EXAMPLES, seed: int = 0) -> Report:
    """Translate held-out sentences greedily, and compare.

    Args:
        model: trained on the task.
        task: whose test side it is asked.
        examples: sentences.
        seed: of the sentences; 0 takes those of a final score.
    """
    rows = task.test_rows(examples, seed)
    batch, pairs = task.batch_of(rows), task.pairs_of(rows)
    hypotheses = [task.decoded(words) for words in greedy(model, _sources(model, batch.inputs))]
    references = [task.decoded(row) for row in batch.targets.tolist()]
    scores = corpus_scores(hypotheses, references)
    if scores is None:
        raise ValueError(f"examples ({examples}) must be 1 or more")
    right = [hypothesis == reference for hypothesis, reference in zip(hypotheses, references, strict=True)]
    told = map(Example, pairs, references, hypotheses)
    return Report(scores, _by_length(pairs, right), _heads(model, batch.inputs, pairs), tuple(told))


def aligned_heads(
    model: Seq2SeqModel, task: Translation, *, examples: int = FEW_EXAMPLES, seed: int = 0
) -> tuple[Head, ...]:
    """The heads of `report`, best first, on fewer sentences and in a hundredth of its time.

    Args:
        model: trained on the task.
        task: whose test side is read.
        examples: sentences.
        seed: of the sentences.
    """
    rows = task.test_rows(examples, seed)
    return _heads(model, task.batch_of(rows).inputs, task.pairs_of(rows))


def _sources(model: Seq2SeqModel, inputs: Tensor) -> Tensor:
    source: Tensor = inputs[:, : model.config.source_len]
    return source


def _by_length(pairs: Sequence[Pair], right: Sequence[bool]) -> tuple[Share, ...]:
    found: dict[int, list[bool]] = {}
    for pair, exact in zip(pairs, right, strict=True):
        found.setdefault(len(pair.source), []).append(exact)
    return tuple(Share(length, sum(all_of) / len(all_of), len(all_of)) for length, all_of in sorted(found.items()))


def _heads(model: Seq2SeqModel, inputs: Tensor, pairs: Sequence[Pair]) -> tuple[Head, ...]:
    """Of the attention that reads the reference: what is due at a step is known, so that it can be compared."""
    with evaluating(model):
        weights = model.trace(inputs).cross_weights
    if weights is None:
        return ()
    rates = []
    for layer in range(weights.shape[1]):
        for head in range(weights.shape[2]):
            seen = zip(weights[:, layer, head], pairs, strict=True)
            links = [links_of(rows, len(pair.target), len(pair.source)) for rows, pair in seen]
            if (rate := alignment_error_rate(links, pairs)) is not None:
                rates.append(Head(layer, head, rate))
    return tuple(sorted(rates, key=lambda one: one.error_rate))
