"""Pretrained encoder-decoders in the place of trained translators: each is opened once, each translation kept."""

import functools
import math
from dataclasses import dataclass, replace

import torch

from attnlab.byte_cache import kept
from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice
from attnlab.models.seq2seq.decoding import START_ID, BeamTree, Node
from attnlab.pretrained import EncoderDecoder, PairTrace, open_named, translating, translators
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.opening import check_some
from attnlab.pretrained.pairs.pair_influence import source_influence
from attnlab.tasks.translation.corpus import END
from attnlab.tasks.translation.task import EncodedText
from attnlab.text.cleaning import cleaned
from attnlab.training.scoring.translating import CANDIDATES, LONGEST_SENTENCE, Candidate, Written

MOST_OPEN = 2
MOST_NUMBERS = 2**18
"""Weights of cross-attention, over all heads, that a picture carries: 1 MB."""
SHORTEST, LONGEST = 8, 64


@functools.lru_cache(maxsize=MOST_OPEN)
def opened_translator(name: str) -> EncoderDecoder:
    """An installed model that reads and writes no more tokens than are drawn.

    Raises:
        SpecError: there is no such model, or it cannot be opened.
    """
    known = translators()
    check_some("model", name, known)
    check_choice("model", name, known)
    model = translating(open_named(name))
    decoder = model.sizes.decoder
    drawn = math.isqrt(MOST_NUMBERS // (decoder.num_layers * decoder.num_heads))
    longest = min(model.sizes.longest, max(SHORTEST, min(LONGEST, drawn)))
    return replace(model, reader=replace(model.reader, longest=longest))


@dataclass(frozen=True)
class PretrainedSearch:
    """A sentence as it was typed, which model translates it, and how it is looked for."""

    model: str
    text: str
    beams: int = 1
    alpha: float = 0.6
    rank: int = 1  # of the hypotheses, 1 for the best; the last if there are fewer


@dataclass(frozen=True, eq=False)
class PretrainedTranslation:
    """What a model wrote, as a translator's translation is drawn, and what must be said of it."""

    written: Written
    ended: bool  # whether it came to an end, rather than to the limit
    rank: int
    hypotheses: int  # how many there are
    longest: int  # tokens that are read and written at most


@kept
def pretrained_translation(search: PretrainedSearch) -> PretrainedTranslation:
    """The sentence in the words of a model. Nothing is kept of the tree of its search but the start.

    Raises:
        SpecError: no such model, or nothing to read in the sentence.
    """
    model = opened_translator(search.model)
    text, _ = cleaned(search.text[:LONGEST_SENTENCE])
    if not text:
        raise SpecError("text", "empty", f"text ({search.text!r:.60}) must hold something to read", got=search.text)
    read, longest = model.reader.read(text), model.reader.longest
    hypotheses = model.written(read, search.beams, longest, search.alpha)
    rank = min(search.rank, len(hypotheses))
    ids = hypotheses[rank - 1].ids
    trace = model.traced(read, Read(model.reader.named(ids[:-1]), 0))
    written = _written(model, trace, read, ids)
    return PretrainedTranslation(written, ids[-1] == model.sizes.rules.end, rank, len(hypotheses), longest)


def _written(model: EncoderDecoder, trace: PairTrace, read: Read, ids: tuple[int, ...]) -> Written:
    sign, probabilities = model.reader.unknown, trace.logits.double().softmax(-1)
    chosen = probabilities[torch.arange(len(ids)), list(ids)]
    values, likeliest = probabilities.topk(min(CANDIDATES, probabilities.shape[-1]))
    lengths = source_influence(trace, ids[-1]).double()
    return Written(
        source=EncodedText(
            ids=tuple(read.ids),
            tokens=tuple(token.label for token in read.tokens),
            unknown=tuple(dict.fromkeys(token.label for token in read.tokens if token.id == sign and token.text)),
            cut=read.cut,
            closed=False,
        ),
        words=_words(model, ids),
        text=model.reader.text_of(ids),
        log_prob=float(chosen.log().sum()),
        candidates=tuple(
            tuple(map(Candidate, _words(model, row), row_values))
            for row, row_values in zip(likeliest.tolist(), values.tolist(), strict=True)
        ),
        cross_weights=trace.cross_attentions,
        influence=lengths / lengths.sum(-1, keepdim=True).clamp(min=1e-30),
        tree=BeamTree((Node(0, None, START_ID, 0.0, 0.0, 0.0, -1, kept=True),), 0),
    )


def _words(model: EncoderDecoder, ids: tuple[int, ...] | list[int]) -> tuple[str, ...]:
    """Pieces as they read, the end as our translators call it."""
    end = model.sizes.rules.end
    return tuple(END if token.id == end else token.label for token in model.reader.named(ids))
