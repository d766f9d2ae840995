"""What follows in a whole pretrained model from changes in its layers; kept for all visitors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import AttentionSpec, SpecError
from attnlab.interventions import (
    Counterparts,
    Outcome,
    compared,
    counterparts,
    logit_difference,
    nearness,
    next_pieces,
    patched_heads,
    patched_streams,
)
from attnlab.looks.pretrained.edited import edited_run
from attnlab.looks.pretrained.layer import PretrainedLayer, opened, read_by, whole_run
from attnlab.looks.pretrained.says import SHOWN_GUESSES, Guesses
from attnlab.looks.turns import in_turn
from attnlab.pretrained import Model, Trace
from attnlab.pretrained.says import guesses
from attnlab.settings.lab.models import OutcomeName
from attnlab.settings.links import shortened

LIGHT = 4e9
MOST = 1e12
"""Multiplications; what needs more than the first waits its turn, more than the second is refused: it would take a
quarter of a minute of one core. MiniLM stays below it with all tokens that a page reads."""
SHOWN_DTYPE = "float32"
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Followed:
    """What edited layers do to the whole model."""

    first: int  # of the edited layers, from 0
    moved: Tensor  # (L + 1, T), in lengths of what each stream was
    heads: Tensor  # (L, H), the share of its weight that each head moved elsewhere
    nearness: float  # the cosine of the sentence's vector before and after
    before: Guesses  # what is said at the followed token
    after: Guesses


@dataclass(frozen=True, eq=False)
class Patched:
    """Pieces of one run in another: 0 where it stays as it is, 1 where it becomes the first."""

    streams: Tensor  # (L + 1, T), NaN at tokens without a counterpart
    heads: Tensor  # (L, H)
    tokens: tuple[str, ...]  # of the other text
    counterparts: Counterparts  # of each of these in the text that is read


def followed(layer: PretrainedLayer, spec: AttentionSpec, place: int) -> Followed:
    """The whole model with one layer as the stage shows it, and the others with their edits.

    Args:
        layer: that one, with the edits of the others, and what is read, as it was typed.
        spec: of the stage, with its edits.
        place: of the token whose prediction is told, from 0.

    Raises:
        SpecError: as `opened`, the engine and `in_turn`.
    """
    return _turned(layer, lambda _length: 1, lambda: _followed(layer, spec, place))


@kept
def _followed(layer: PretrainedLayer, spec: AttentionSpec, place: int) -> Followed:
    model, ran = opened(layer.name), edited_run(layer, spec)
    found = compared(ran.before, ran.after, ran.first)
    ends = (found.before[-1, place], found.after[-1, place])
    before, after = (guesses(model, end[None], SHOWN_GUESSES)[0] for end in ends)
    near = float(nearness(ran.before)(found.after[-1][None]))
    return Followed(ran.first, found.moved, found.heads_moved, near, before, after)


def patched(layer: PretrainedLayer, other: str, outcome: OutcomeName, place: int) -> Patched:
    """Pieces of the run on one text put into the run on another.

    Args:
        layer: of `edited_model`, with what is read; its edits are in both runs.
        other: the text whose run they are put into.
        outcome: what is compared in the end.
        place: of the token that is followed, from 0.

    Raises:
        SpecError: texts that the model does not tell apart, a followed token without a counterpart, or too much for
            the machine; and as `opened` and `in_turn`.
    """
    heads = opened(layer.name).sizes.num_heads
    return _turned(layer, lambda length: length + heads, lambda: _patched(layer, other, outcome, place))


@kept
def _patched(layer: PretrainedLayer, other: str, outcome: OutcomeName, place: int) -> Patched:
    model, theirs = opened(layer.name), read_by(layer.name, other, 1, SHOWN_DTYPE).layer.read
    clean, put_into = (whole_run(layer.name, read, layer.dtype, layer.others) for read in (layer.read, theirs))
    measured = outcome_of(model, clean, put_into, outcome, place)
    return Patched(
        patched_streams(clean, put_into, measured),
        patched_heads(clean, put_into, measured),
        tuple(token.label for token in theirs.tokens),
        counterparts(clean, put_into),
    )


def outcome_of(model: Model, trace: Trace, other: Trace, outcome: OutcomeName, place: int) -> Outcome:
    """What is compared. Of the next word: the one that the run says, against what the other run says, or the second.

    Raises:
        SpecError: the next word of a model that says none, or a token that the other run does not have.
    """
    if outcome == "sentence":
        return nearness(trace)
    if outcome == "token":
        pairs = counterparts(trace, other)
        if place not in pairs:
            label = trace.tokens[place].label
            message = f"outcome ({outcome!r} {label!r:.60}) does not go with second, which has no such token"
            raise SpecError("outcome", "beside", message, got=label, other="second", of=_written(other))
        return nearness(trace, place, pairs.index(place))
    if model.parts.head is None:
        message = f"outcome ({outcome!r}) does not go with model ({model.name!r}), which says no next word"
        raise SpecError("outcome", "beside", message, got=outcome, other="model", of=model.name)
    return logit_difference(model, -1, *next_pieces(model, trace, other))


def _written(trace: Trace) -> str:
    """The words of a text, as a refusal names it."""
    return shortened(" ".join(token.label for token in trace.tokens))


def _turned(layer: PretrainedLayer, runs: Callable[[int], int], work: Callable[[], R]) -> R:
    """Work that is light at once, else in its turn; what would hold up all others is refused.

    Args:
        layer: any of the model, with what is read.
        runs: how many go on from each layer, with a text of so many tokens.
        work: what is to be done.
    """
    cost = check_bearable(layer, runs)
    return work() if cost < LIGHT else in_turn(work)


def check_bearable(layer: PretrainedLayer, runs: int | Callable[[int], int]) -> float:
    """Multiplications of going on from each layer, in the mean from the middle.

    Args:
        layer: any of the model, with what is read.
        runs: how many go on from each layer, or how many with a text of so many tokens.

    Raises:
        SpecError: what would hold up all others.
    """
    sizes, length = opened(layer.name).sizes, len(layer.read.tokens)

    def cost(length: int) -> float:
        of_one = length * sizes.num_layers * (4 * sizes.d_model**2 + 3 * sizes.d_model * sizes.ff_width)
        return (runs(length) if callable(runs) else runs) * sizes.num_layers * of_one / 2

    if cost(length) > MOST:
        most = next(shorter for shorter in range(length, -1, -1) if cost(shorter) <= MOST)
        message = f"sentence ({length} tokens) must have at most {most} for this, of this model"
        raise SpecError("sentence", "costly", message, got=length, most=most)
    return cost(length)
