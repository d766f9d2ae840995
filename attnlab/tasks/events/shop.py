"""A shop whose customers follow one rule, and what is known of the next purchase at best."""

import math

import torch
from torch import Tensor

from attnlab.tasks.base import Floor

PAIRS = (
    ("phone", "case"),
    ("printer", "ink"),
    ("camera", "tripod"),
    ("bike", "helmet"),
    ("lamp", "bulb"),
    ("violin", "strings"),
    ("boots", "laces"),
    ("racket", "balls"),
)
"""What is bought, and what goes with it."""
OTHERS = ("bread", "milk", "apples", "soap", "candles", "stamps", "honey", "socks")


def items(num_pairs: int, num_others: int) -> tuple[str, ...]:
    """What there is to buy: first things, then what goes with each, then all else."""
    chosen = PAIRS[:num_pairs]
    return (*(thing for thing, _ in chosen), *(addition for _, addition in chosen), *OTHERS[:num_others])


def sessions(
    count: int, length: int, basket: int, num_pairs: int, num_items: int, rule: float, generator: torch.Generator
) -> Tensor:
    """(count, length) items, one after the other.

    First come `basket` different things. Then, while something is there whose addition was never bought, the next item
    is with probability `rule` the addition of the latest such thing; else, and in all other cases, it is any item.
    """
    anything = torch.randint(num_items, (count, length), generator=generator)
    obeyed = torch.rand(count, length, generator=generator) < rule
    first = torch.rand(count, num_pairs, generator=generator).argsort(1)[:, :basket]
    found = torch.zeros(count, length, dtype=torch.int64)
    waiting = _Waiting(count, num_pairs)
    for t in range(length):
        latest, place = waiting.latest()
        due = obeyed[:, t] & (place >= 0)
        found[:, t] = first[:, t] if t < basket else torch.where(due, latest + num_pairs, anything[:, t])
        waiting.bought(found[:, t], t)
    return found


def deciding(inputs: Tensor, num_pairs: int) -> Tensor:
    """(B, T): after each item of sessions (B, T), where the thing stands whose addition is due; -1 where none is."""
    waiting = _Waiting(len(inputs), num_pairs)
    places = []
    for t, item in enumerate(inputs.unbind(1)):
        waiting.bought(item, t)
        places.append(waiting.latest()[1])
    return torch.stack(places, 1)


class _Waiting:
    """Which things of each session still lack their addition."""

    def __init__(self, count: int, num_pairs: int) -> None:
        self.num_pairs = num_pairs
        self.last = torch.full((count, 2 * num_pairs + 1), -1)  # where each was bought last; all else in one column
        self.never = torch.full((count, num_pairs), -1)

    def bought(self, item: Tensor, t: int) -> None:
        """Item (B,) at position t."""
        self.last.scatter_(1, item.clamp(max=2 * self.num_pairs)[:, None], t)

    def latest(self) -> tuple[Tensor, Tensor]:
        """(B,) each: the thing bought latest of those that lack their addition, and its position (-1: none)."""
        things, additions = self.last[:, : self.num_pairs], self.last[:, self.num_pairs : -1]
        place, thing = torch.where(additions < 0, things, self.never).max(1)
        return thing, place


def best_possible(num_items: int, rule: float) -> Floor:
    """Who knows the rule and has read the whole session, while something waits: loss and accuracy, exactly.

    The addition has probability rule + (1 - rule) / n, each of the other n - 1 items (1 - rule) / n.
    """
    rare = (1 - rule) / num_items
    likely = rule + rare
    return Floor("bayes", -likely * math.log(likely) - (num_items - 1) * rare * math.log(rare), likely)
