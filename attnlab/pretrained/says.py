"""What a model says after each layer, with its head or, where it has none, by the nearest words; and sentence vectors.

Sources: nostalgebraist 2020, "interpreting GPT: the logit lens" (every layer's stream read as if it were the last one);
Reimers and Gurevych 2019, section 3, https://arxiv.org/abs/1908.10084 (a sentence's vector is the mean of its tokens').
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import normed
from attnlab.engine.allowed import check_number

if TYPE_CHECKING:
    from attnlab.pretrained.model import Model
    from attnlab.pretrained.trace import Trace

MAX_GUESSES = 100
MOST_SCORES = 2**22
"""Numbers that are held at once: a vocabulary has tens of thousands for each place."""
SMALLEST = 1e-8
"""Lengths below it do not divide: beside a vector of zeros the cosine is 0."""

ScoreName = Literal["probability", "masked", "cosine"]


@dataclass(frozen=True)
class Guess:
    """A piece of the vocabulary, and how likely or how near it is."""

    piece: str  # as the vocabulary has it, but written as it reads: " Paris", "##s"
    score: float


def score_of(model: "Model") -> ScoreName:
    """What a guess's score is: a probability as the next token or as the one at this place, or a cosine of vectors."""
    if model.parts.masked is not None:
        return "masked"
    return "cosine" if model.parts.head is None else "probability"


def streams(model: "Model", trace: "Trace") -> Tensor:
    """(L + 1, T, d_model): what each layer is given and what the last one gives, as a head would read them.

    Where a model norms its last stream before its head does, all are normed so.
    """
    hidden, norm = trace.hidden_states, model.parts.final_norm
    if norm is None:
        return hidden
    return torch.cat([normed(hidden[:-1], norm).output, hidden[-1:]])


def guesses(model: "Model", vectors: Tensor, count: int = 10) -> tuple[tuple[Guess, ...], ...]:
    """What streams say, the likeliest or nearest first.

    Args:
        model: whose streams they are.
        vectors: (N, d_model), of `streams`.
        count: for each of them.

    Returns:
        N times `count` guesses, or as many as the vocabulary has.

    Raises:
        SpecError: a count out of bounds.
    """
    check_number("count", count, 1, MAX_GUESSES)
    count = min(count, model.sizes.vocab_size)
    rows = max(1, MOST_SCORES // model.sizes.vocab_size)
    with torch.inference_mode():
        found = [_scores(model, part).topk(count) for part in torch.split(vectors.float(), rows)]
    written = model.reader.written
    return tuple(
        tuple(Guess(written(id_), score) for id_, score in zip(ids, scores, strict=True))
        for top in found
        for ids, scores in zip(top.indices.tolist(), top.values.tolist(), strict=True)
    )


def _scores(model: "Model", vectors: Tensor) -> Tensor:
    """(N, V)."""
    if model.parts.masked is not None:
        return model.parts.masked.logits(vectors).softmax(-1)
    if model.parts.head is None:
        return cosines(vectors, model.parts.embedding.words)
    return F.linear(vectors, model.parts.head).softmax(-1)


def cosines(vectors: Tensor, words: Tensor) -> Tensor:
    """(N, d), (V, d) -> (N, V). As `F.cosine_similarity`, which would copy all words for each vector."""
    lengths = torch.linalg.vector_norm(words, dim=1) * torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    found: Tensor = vectors @ words.T / lengths.clamp(min=SMALLEST)
    return found


def sentence_vector(stream: Tensor) -> Tensor:
    """(T, d_model), the last of `streams` -> (d_model,), of length 1: the mean over all tokens, also added ones."""
    return F.normalize(stream.mean(0), dim=0)


def similarities(vectors: Sequence[Tensor]) -> Tensor:
    """(N, N): the cosine of each two of N vectors of length 1."""
    stacked = torch.stack(list(vectors))
    return stacked @ stacked.T
