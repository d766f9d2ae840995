"""What a head does, measured on its weights."""

import math
import unicodedata
from dataclasses import dataclass

import torch
from torch import Tensor

OFFSETS = {"self": 0, "previous": -1, "next": 1}
OFFSETS |= {f"{steps} {side}": sign * steps for steps in (2, 3, 4, 5) for side, sign in (("back", -1), ("ahead", 1))}
MOST = 0.55  # of the weight: what a pattern must take to name a head


@dataclass(frozen=True)
class HeadMeasures:
    """One number a head for each measure: the mean over the queries that see at least one key.

    All but the total weight are of the rows brought to sum 1, so that normalizers compare: what share goes where.
    """

    entropy_bits: tuple[float, ...]  # 0: one key takes all
    most_bits: tuple[float, ...]  # the largest the entropy could be: log2 of the number of keys the row may see
    effective_tokens: tuple[float, ...]  # 2 ** entropy of each row: "as if it looked at this many keys"
    evenness: tuple[float, ...]  # entropy / most bits, of the rows that see two keys or more
    mean_distance: tuple[float, ...]  # weighted |query - key|, in positions
    total_weight: tuple[float, ...]  # sum of a row: 1 of a softmax, anything of a sigmoid
    shares: dict[str, tuple[float, ...]]
    """Weight on the keys a pattern names: "self", "previous", "first", "2 back", "same word" (itself included),
    "repeat" (the same word elsewhere), "punctuation", "nearby" (two steps or fewer away).
    Each is the mean over the queries for which such a key exists and may be seen."""
    reach: dict[str, tuple[float, ...]]  # share of the queries for which such a key exists and may be seen


def row_entropy_bits(weights: Tensor) -> Tensor:
    """Shannon entropy of each row of weights, in bits: (..., T, S) -> (..., T). A row of zeros has entropy 0."""
    return (0.0 - torch.xlogy(weights, weights).sum(-1)) / math.log(2)  # 0 - x, because -x would make -0 of 0


def measure_heads(weights: Tensor, tokens: tuple[str, ...], mask: Tensor | None = None) -> HeadMeasures:
    """Measure each head of one sentence.

    Args:
        weights: (H, T, T). Weights below 0, which only a hand can set, count as 0 in the shares.
        tokens: the T tokens, to know which are equal (case aside) and which are punctuation.
        mask: bool, broadcastable to (H, T, T); True = may attend.
    """
    total = weights.detach().cpu().double()
    weights = row_shares(total)
    _, length, _ = weights.shape
    allowed = torch.ones(1, length, length, dtype=torch.bool)
    if mask is not None:
        allowed = allowed & mask.cpu()
    live = allowed.any(-1)  # (H or 1, T)
    entropy = row_entropy_bits(weights)
    most = allowed.sum(-1).clamp(min=1).double().log2()
    positions = torch.arange(length)
    distance = (positions[None, :] - positions[:, None]).double()
    patterns = _patterns(tokens, distance)
    keys = torch.stack(list(patterns.values())).double()  # (P, T, T)
    # What may not be seen has weight 0, so the sum over a pattern's keys need not ask.
    exists = _over_keys(keys, allowed.double()) > 0  # (P, H or 1, T)
    shares = _mean(_over_keys(keys, weights), exists)
    reach = _mean(exists, live).expand_as(shares)
    return HeadMeasures(
        entropy_bits=tuple(_mean(entropy, live).tolist()),
        most_bits=tuple(_mean(most, live).expand(len(weights)).tolist()),
        effective_tokens=tuple(_mean(entropy.exp2(), live).tolist()),
        evenness=tuple(_mean(entropy / most.where(most > 0, 1.0), most > 0).tolist()),
        mean_distance=tuple(_mean((weights * distance.abs()).sum(-1), live).tolist()),
        total_weight=tuple(_mean(total.sum(-1), live).tolist()),
        shares=dict(zip(patterns, map(tuple, shares.tolist()), strict=True)),
        reach=dict(zip(patterns, map(tuple, reach.tolist()), strict=True)),
    )


def row_shares(weights: Tensor) -> Tensor:
    """Rows that sum to 1, or to 0 where there is nothing to share."""
    positive = weights.clamp(min=0)
    sums = positive.sum(-1, keepdim=True)
    return positive / sums.where(sums > 0, 1.0)


def head_label(measures: HeadMeasures, head: int) -> str:
    """The pattern that takes most of a head's weight, "uniform" if it is spread evenly, "mixed" if neither is true.

    "nearby" is what a head is called when no narrower pattern will do.
    """
    if measures.evenness[head] > 0.98:
        return "uniform"
    shares = {name: share[head] for name, share in measures.shares.items()}
    repeat, nearby = shares.pop("repeat"), shares.pop("nearby")
    if repeat < 0.25:  # it finds its own word, not the same word
        del shares["same word"]
    # "3 back" says nothing of a head if only one query of four has such a key.
    reach = {name: measures.reach[name][head] for name in shares}
    named = {name: share * reach[name] for name, share in shares.items() if share > MOST and reach[name] >= 0.5}
    if named:
        return max(named, key=lambda name: named[name])
    return "nearby" if nearby > MOST else "mixed"


def is_punctuation(token: str) -> bool:
    """Whether every character of a token is punctuation to Unicode (general category P)."""
    return token != "" and all(unicodedata.category(character).startswith("P") for character in token)


def _patterns(tokens: tuple[str, ...], distance: Tensor) -> dict[str, Tensor]:
    """(T, T) bool for each pattern: the keys it names for each query."""
    numbers: dict[str, int] = {}
    ids = torch.tensor([numbers.setdefault(token.casefold(), len(numbers)) for token in tokens])
    everywhere = torch.ones_like(distance, dtype=torch.bool)
    return {
        **{name: distance == offset for name, offset in OFFSETS.items()},
        "first": everywhere & (torch.arange(len(tokens)) == 0),
        "same word": ids[:, None] == ids[None, :],
        "repeat": (ids[:, None] == ids[None, :]) & (distance != 0),
        "nearby": distance.abs() <= 2,
        "punctuation": everywhere & torch.tensor([is_punctuation(token) for token in tokens]),
    }


def _over_keys(keys: Tensor, rows: Tensor) -> Tensor:
    """(P, T, S), (H, T, S) -> (P, H, T): the sum of each row over the keys of each pattern."""
    return torch.einsum("pts,hts->pht", keys, rows)


def _mean(rows: Tensor, counted: Tensor) -> Tensor:
    return (rows * counted).sum(-1) / counted.sum(-1).clamp(min=1)
