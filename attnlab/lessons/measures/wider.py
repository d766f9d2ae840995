"""What can be asked of a whole stack, and of what races have come to. As in `layer.py`, all counts begin with 1."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import BlockStages, SpecError
from attnlab.engine.stack import SideName
from attnlab.lessons.shown import ShownRace, ShownStack

LOWER_IS_BETTER = ("loss", "mse")
"""Metrics of which the least wins."""

# ---- a stack ---------------------------------------------------------------------------------------------------------


def stream_length(shown: ShownStack, block: int) -> float:
    """Mean Euclidean length of a token's row in the stream behind a block; 0 is before the first."""
    return float(_stream(shown, block).norm(dim=-1).mean())


def alike(shown: ShownStack, block: int) -> float:
    """Mean cosine of all pairs of different tokens in the stream behind a block: 1 where all say the same."""
    rows = F.normalize(_stream(shown, block), dim=-1)
    count = len(rows)
    pairs = rows @ rows.T
    return float((pairs.sum() - pairs.diagonal().sum()) / max(count * (count - 1), 1))


def crossed(shown: ShownStack, block: int, head: int, row: int) -> Tensor:
    """(S,) the weights of one written word over the words that are read."""
    return _crossed(shown, block, head)[_within("row", row, len(_crossed(shown, block, head)))]


def looks_at(shown: ShownStack, block: int, head: int, row: int) -> int:
    """The word that is read on which a written word has its largest weight."""
    return int(crossed(shown, block, head, row).argmax()) + 1


def opened_block(shown: ShownStack) -> int:
    """Of the attention between the texts that is open, its block; 0 where another part or none is."""
    side, _, rest = shown.settings.open.partition(".")
    block, _, part = rest.partition(".")
    return int(block) if side == "decoder" and part == "cross_attention" else 0


def opened_focus(shown: ShownStack) -> float:
    """How much of each written word's weight lies on one word, on average, in the head between the texts that is open.

    0 where no attention between the texts is open, or it has no such head.
    """
    block = opened_block(shown)
    if not 1 <= block <= len(shown.trace.decoder):
        return 0.0
    weights = _between(shown.trace.decoder[block - 1])
    head = shown.settings.head
    return 0.0 if weights is None or head > len(weights) else float(weights[head - 1].max(-1).values.mean())


STACK: tuple[Callable[..., Any], ...] = (
    stream_length,
    alike,
    crossed,
    looks_at,
    opened_block,
    opened_focus,
)


def _stream(shown: ShownStack, block: int) -> Tensor:
    """(T, d_model), of the side that is written, or else the only one."""
    sides: tuple[SideName, ...] = tuple(shown.trace.inputs.sides)
    streams = shown.trace.streams(sides[-1])
    return streams[_within("block", block + 1, len(streams))][0].float()


def _crossed(shown: ShownStack, block: int, head: int) -> Tensor:
    """(T, S) the weights of a head between the texts."""
    decoder = shown.trace.decoder
    weights = _between(decoder[_within("block", block, len(decoder))])
    if weights is None:
        raise SpecError("block", "missing", f"block ({block}) must have attention between two texts")
    found: Tensor = weights[_within("head", head, len(weights))]
    return found


def _between(stages: BlockStages) -> Tensor | None:
    """(H, T, S) the weights between two texts; None in a block that reads one."""
    for part in stages.parts:
        if part.name == "cross_attention" and part.attention is not None:
            return part.attention.heads.weights[0]
    return None


def _within(name: str, place: int, most: int) -> int:
    """From 0, of a place counted from 1; a refusal where there is none."""
    if not 1 <= place <= most:
        raise SpecError(name, "range", f"{name} ({place}) must be from 1 to {most}", got=place, low=1, high=most)
    return place - 1


# ---- races -----------------------------------------------------------------------------------------------------------


def final_score(shown: ShownRace, contender: str, length: int = 0) -> float:
    """The median over the seeds of what a contender ends with.

    Args:
        shown: a race.
        contender: its key.
        length: of the test, where it is longer than what was trained on; 0: as trained.

    Raises:
        SpecError: nobody of that name took part, or was tested so.
    """
    rows = [row for row in shown.rows if row["contender"] == contender and row["tested_length"] == (length or None)]
    if not rows:
        choices = tuple(dict.fromkeys(row["contender"] for row in shown.rows))
        message = f"contender ({contender!r}) must be one of {', '.join(choices)}"
        raise SpecError("contender", "choice", message, got=contender, choices=choices)
    return float(rows[0]["median"])


def lead(shown: ShownRace, family: str) -> float:
    """By how much the best of a family is ahead of the best of all others; below 0 where it is behind.

    Longer tests count, where there are some: who is best there has understood.
    """
    longest = max((row["tested_length"] or 0 for row in shown.rows), default=0)
    rows = [row for row in shown.rows if (row["tested_length"] or 0) == longest]
    sign = -1.0 if shown.metric in LOWER_IS_BETTER else 1.0
    ours = [sign * row["median"] for row in rows if row["family"] == family]
    theirs = [sign * row["median"] for row in rows if row["family"] != family]
    if not ours or not theirs:
        message = f"family ({family!r}) must race against others"
        raise SpecError("t_race", "missing", message)
    return float(max(ours) - max(theirs))


def score_at(shown: ShownRace, contender: str, step: int) -> float:
    """What a contender scores after so many steps, in one run.

    Raises:
        SpecError: nobody of that name took part, or no curve of the race is kept.
    """
    found = shown.raced.score_at(contender, step)
    if found is None:
        choices = tuple(shown.raced.curves)
        message = f"contender ({contender!r}) must be one of {', '.join(choices) or 'a race whose curves are kept'}"
        raise SpecError("contender", "choice", message, got=contender, choices=choices)
    return found


RACES: tuple[Callable[..., Any], ...] = (final_score, lead, score_at)
