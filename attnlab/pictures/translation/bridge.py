"""One repaint of a translation, packed (see `packing`): two sentences, who looked where, what moved what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from torch import Tensor

from attnlab.charts import STYLES
from attnlab.models import FamilyName
from attnlab.pictures.packing import packed
from attnlab.prose import name_of, page_prose, token_name
from attnlab.settings.translate import Translate
from attnlab.tasks import Pair, readable
from attnlab.tasks.translation.corpus import END
from attnlab.training.scoring.translating import Head, Written

MOST_PIECES = 60
"""Words of a sentence that are marked one by one; a longer one is nonsense anyway."""

GAP = "‸"
"""Stands where words of the reference are missing."""

Piece = tuple[str, bool]
"""A part of a sentence as it is written, and whether it differs from the reference."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What is drawn: one translator in full, and the sentences of all."""

    family: FamilyName
    written: Written
    heads: tuple[Head, ...]  # measured on held-out sentences, best first; none without attention or gold links
    sentences: Mapping[FamilyName, Written]
    reference: Pair | None  # what the grammar, or the user's own text, has for the sentence
    forming: bool = False  # while it trains the best head changes, and the one that is looked at had better not
    name: str = ""  # of a model that others have trained; the others are called as their families are


def words_of(written: Written) -> tuple[str, ...]:
    """What was written, without <end>."""
    return tuple(word for word in written.words if word != END)


def compared(words: Sequence[str], reference: Sequence[str]) -> list[Piece]:
    """Each word and whether the reference has another, and a GAP wherever it has more."""
    found: list[Piece] = []
    steps = SequenceMatcher(None, list(words), list(reference), autojunk=False).get_opcodes()
    for kind, start, end, _, _ in steps:
        found += [(GAP, True)] if kind == "insert" else [(word, kind != "equal") for word in words[start:end]]
    return found


def pieces_of(words: Sequence[str], reference: Sequence[str] | None) -> list[Piece]:
    """A sentence as one writes it, word by word; nothing is marked where there is no reference."""
    marked = [(word, False) for word in words] if reference is None else compared(words, reference)
    pieces: list[Piece] = []
    count, before = 0, ""
    for word, wrong in marked[:MOST_PIECES]:
        if word == GAP and wrong:
            pieces += [(" ", False), (GAP, True)]
            continue
        count += 1
        text = readable(words[:count])
        piece = text[len(before) :]
        if piece.startswith(" "):
            pieces.append((" ", False))
        pieces.append((piece.removeprefix(" "), wrong))
        before = text
    return pieces


def is_right(written: Written, reference: Pair | None) -> bool | None:
    """Whether every word is the reference's; None where there is none."""
    return None if reference is None else words_of(written) == reference.target


def gold_links(written: Written, reference: Pair | None) -> list[tuple[int, int, str]]:
    """(written word, read word, "sure" or "possible"): known only of a sentence that is written as the grammar does."""
    if reference is None or not is_right(written, reference):
        return []
    return [
        (target, source, "sure" if (target, source) in reference.sure else "possible")
        for target, source in sorted(reference.possible)
    ]


def chosen_head(picture: Picture, layer: int | None, head: int | None) -> tuple[int, int]:
    """The asked head as far as there is one, from 0; else the one nearest to the gold links, or the last layer's.

    While heads are forming it is the last layer's all along.
    """
    weights = picture.written.cross_weights
    if weights is None:
        return 0, 0
    L, H = weights.shape[:2]
    nearest = picture.heads[0] if picture.heads and not picture.forming else None
    best = (L - 1, 0) if nearest is None else (nearest.layer, nearest.head)
    if layer is None and head is None:
        return best
    return min((layer or best[0] + 1), L) - 1, min((head or 1), H) - 1


def translation_payload(
    picture: Picture, settings: Translate, params: Mapping[str, Any], words: Mapping[str, str]
) -> bytes:
    """Pack what is drawn.

    Args:
        picture: of the chosen translator.
        settings: the page's settings.
        params: those that differ from their defaults, for `data-params`.
        words: the prose of the picture.
    """
    written, reference = picture.written, picture.reference
    layer, head = chosen_head(picture, settings.layer, settings.head)
    weights = written.cross_weights
    header = {
        "selection": {
            "word": min(settings.word, len(written.words)) - 1,
            "layer": layer,
            "head": head,
            "view": settings.view,
        },
        "params": dict(params),
        "sentence": f"{picture.family} {written.text}",
        "source": [{"name": token, "unknown": token in written.source.unknown} for token in written.source.tokens],
        "target": _target(written, reference),
        "heads": [] if weights is None else _heads(weights, picture.heads),
        "heads_a_layer": 1 if weights is None else weights.shape[1],
        "gold": gold_links(written, reference),
        "rows": [_row(family, one, picture) for family, one in picture.sentences.items()],
        "reference": None if reference is None else readable(reference.target),
        "words": {**words, "legend": page_prose("attention")["stage"]["legend"]},
    }
    arrays = {"influence": written.influence}
    if weights is not None:
        arrays["cross"] = weights.flatten(0, 2)
    return packed(header, arrays, revised_by=("selection", "params", "source", "target", "rows", "gold"))


def _target(written: Written, reference: Pair | None) -> list[dict[str, Any]]:
    own = [] if reference is None else compared(words_of(written), reference.target)
    wrong = [mark for word, mark in own if word != GAP]
    wrong += [False] * (len(written.words) - len(wrong))
    return [
        {
            "name": token_name(word),
            "ends": word == END,
            "wrong": mark,
            "candidates": [(token_name(one.word), one.probability) for one in candidates],
        }
        for word, mark, candidates in zip(written.words, wrong, written.candidates, strict=True)
    ]


def _heads(weights: Tensor, measured: Sequence[Head]) -> list[dict[str, Any]]:
    """Every head at its own place, whatever it has learned; the one nearest to the gold links is marked."""
    L, H = weights.shape[:2]
    errors = {(one.layer, one.head): one.error_rate for one in measured}
    best = next(iter(errors), None)
    places = [(layer, head) for layer in range(L) for head in range(H)]
    return [
        {"layer": layer, "head": head, "error": errors.get((layer, head)), "best": (layer, head) == best}
        for layer, head in places
    ]


def _row(family: FamilyName, written: Written, picture: Picture) -> dict[str, Any]:
    right = is_right(written, picture.reference)
    target = None if picture.reference is None else picture.reference.target
    return {
        "family": family,
        "name": picture.name or name_of("family", family),
        "color": STYLES[family].color,
        "pieces": [(written.text, False)] if picture.name else pieces_of(words_of(written), target),
        "verdict": "" if right is None else "right" if right else "wrong",
        "chosen": family == picture.family,
    }
