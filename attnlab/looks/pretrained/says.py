"""What a pretrained model says of a text, layer by layer, and how alike it finds sentences; kept for all visitors."""

from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.pretrained.layer import DTYPE, PretrainedLayer, opened, passed
from attnlab.looks.turns import in_turn
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.says import Guess, guesses, score_of, similarities
from attnlab.pretrained.says import sentence_vector as mean_vector
from attnlab.settings.links import shortened
from attnlab.text import MAX_CHARACTERS
from attnlab.text.cleaning import cleaned

LIGHT = 2e9
"""Multiplications; what needs more waits its turn."""
MOST_SENTENCES = 12
SHOWN_GUESSES = 12

Guesses: TypeAlias = tuple[Guess, ...]


@dataclass(frozen=True, eq=False)
class Lens:
    """The likeliest piece, or the nearest one, at each place."""

    words: tuple[tuple[Guess, ...], ...]  # L + 1 of T
    score: str  # of `score_of`


def pretrained_layer(asked: Asked) -> PretrainedLayer | None:
    """The model and what it reads, with the tokens as edits swap them; None of a source that is none.

    Other edits are not in it: the model is as it is.
    """
    edited = edited_model(asked)
    return None if edited is None else edited.untouched()


def edited_model(asked: Asked) -> PretrainedLayer | None:
    """The same with all edits of all layers."""
    return asked.layer.whole(asked.spec.applied) if isinstance(asked.layer, PretrainedLayer) else None


def lens(layer: PretrainedLayer) -> Lens:
    """What each layer's stream says at each token. Raises as `opened` and `in_turn`."""
    model = opened(layer.name)
    depth, length = model.sizes.num_layers + 1, len(layer.read.tokens)
    heavy = depth * length * model.sizes.vocab_size * model.sizes.d_model > LIGHT
    if heavy and not _lens.holds(layer):
        return in_turn(lambda: _lens(layer))
    return _lens(layer)


@kept
def _lens(layer: PretrainedLayer) -> Lens:
    model, streams = opened(layer.name), layer.streams(())
    found = guesses(model, streams.flatten(0, 1), 1)
    length = streams.shape[1]
    rows = (found[begin : begin + length] for begin in range(0, len(found), length))
    return Lens(tuple(tuple(one for (one,) in row) for row in rows), score_of(model))


@kept
def said_at(layer: PretrainedLayer, depth: int, place: int) -> Guesses:
    """The likeliest or nearest pieces at one place.

    Args:
        layer: of `pretrained_layer`.
        depth: 0 for what enters the first layer, else behind the layer of that number.
        place: of the token, from 0.
    """
    return guesses(opened(layer.name), layer.streams(())[depth, place][None], SHOWN_GUESSES)[0]


def alike(name: str, sentences: tuple[str, ...]) -> Tensor:
    """(N, N): the cosine of each two sentences' vectors.

    Raises:
        SpecError: more sentences than are compared, one with nothing to read; and as `opened`.
    """
    if len(sentences) > MOST_SENTENCES:
        message = f"sentences ({len(sentences)}) must be at most {MOST_SENTENCES}"
        raise SpecError("sentences", "most", message, got=len(sentences), most=MOST_SENTENCES)
    return similarities([sentence_vector(name, sentence) for sentence in sentences])


@kept
def sentence_vector(name: str, sentence: str) -> Tensor:
    """(d_model,), of length 1: the mean of the last stream over all tokens. Raises as `alike`."""
    return mean_vector(passed(name, _read(name, sentence), DTYPE).streams[-1])


def is_cut(name: str, sentence: str) -> bool:
    """Whether a sentence is longer than what is read of it. Raises as `alike`."""
    return len(sentence) > MAX_CHARACTERS or _read(name, sentence).cut > 0


def _read(name: str, sentence: str) -> Read:
    seen, _ = cleaned(sentence[:MAX_CHARACTERS])
    if not seen:
        got = shortened(sentence)
        raise SpecError("sentence", "empty", f"sentence ({got!r}) must hold a visible character", got=got)
    return opened(name).reader.read(seen)
