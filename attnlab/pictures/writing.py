"""Texts that models have written, letter by letter or piece by piece, as the canvas takes them (`assets/writing/`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from attnlab.engine.transformer.writing import WrittenToken

MOST_OFFERS = 6
MILLE = 1000


@dataclass(frozen=True)
class Offer:
    """A token that might have been written."""

    text: str
    share: float  # before anything is cut
    kept: bool  # whether it could be drawn


@dataclass(frozen=True, eq=False)
class Said:
    """One token that was written."""

    text: str
    offers: tuple[Offer, ...]  # likeliest first; the written one is among them
    looked: tuple[Tensor | None, ...]  # by measure, of the S tokens that were read for it (S,) shares of 1
    begin: int  # the first of them, counted from the first token of the prompt


@dataclass(frozen=True, eq=False)
class Line:
    """The text of one model."""

    name: str
    color: str
    note: str
    prompt: tuple[tuple[str, bool], ...]  # each token, and whether the model knows it
    said: tuple[Said, ...]


def offers(token: WrittenToken, name: Callable[[int], str]) -> tuple[Offer, ...]:
    """The likeliest tokens that could be, and the one that was written.

    Args:
        token: with what it was drawn from.
        name: of a token by its id.
    """
    choice = token.choice
    ranked = choice.probabilities.argsort(descending=True, stable=True)[:MOST_OFFERS].tolist()
    ids = ranked if token.id in ranked else [*ranked[:-1], token.id]
    found = ((id_, float(choice.probabilities[id_])) for id_ in ids)
    return tuple(Offer(name(id_), share, bool(choice.kept[id_])) for id_, share in found if share)


def written_payload(lines: Sequence[Line], measures: Sequence[str], words: Mapping[str, Any]) -> dict[str, Any]:
    """What the canvas takes.

    Args:
        lines: one a model.
        measures: what `looked` tells, by name.
        words: the prose.
    """
    return {"text": dict(words), "measures": list(measures), "lines": [_line(one) for one in lines]}


def _line(one: Line) -> dict[str, Any]:
    said = [
        {
            "text": token.text,
            "offers": [{"text": offer.text, "share": offer.share, "kept": offer.kept} for offer in token.offers],
            "looked": [None if shares is None else _mille(shares) for shares in token.looked],
            "begin": token.begin,
        }
        for token in one.said
    ]
    prompt = [{"text": text, "known": known} for text, known in one.prompt]
    return {"name": one.name, "color": one.color, "note": one.note, "prompt": prompt, "said": said}


def _mille(shares: Tensor) -> list[int]:
    """Whole thousandths: what can be told apart by a shade, and short in the message."""
    found: list[int] = (shares * MILLE).round().int().tolist()
    return found
