"""How well French can be written without looking at the English: the floors of translation."""

from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor

from attnlab.tasks.base import Floor


def blind_floors(train: Tensor, test: Tensor, num_symbols: int) -> tuple[Floor, ...]:
    """Tables of words counted on the training targets, scored on the test targets.

    "unigram" knows how often each word occurs: (n_b + 1) / (n + V). "bigram" knows the word before, too, with one
    pseudo-count spread like the unigram: (n_ab + p_b) / (n_a + 1). Its exact match is that of the likeliest word each
    time, given the right words before it.

    Args:
        train: (N, T) ids, each row padded with 0.
        test: (M, T) ids.
        num_symbols: V.
    """
    V = num_symbols
    words = train[train > 0]
    unigram = (torch.bincount(words, minlength=V).double() + 1) / (len(words) + V)
    before = torch.bincount(_before(train)[train > 0], minlength=V)
    counts = Counter((_before(train) * V + train)[train > 0].tolist())  # by pair: V * V of them may be too many
    asked = (_before(test) * V + test)[test > 0]
    seen = torch.tensor([counts[pair] for pair in asked.tolist()], dtype=torch.double)
    bigram = (seen + unigram[asked % V]) / (before[asked // V] + 1)
    likeliest = _likeliest(counts, V)
    right = (likeliest[_before(test)] == test) | (test == 0)
    return (
        Floor("unigram", -unigram[test[test > 0]].log().mean().item(), 0.0),  # one word over and over is no sentence
        Floor("bigram", -bigram.log().mean().item(), right.all(1).double().mean().item()),
    )


def _before(ids: Tensor) -> Tensor:
    """(N, T): the word before each word, 0 before the first."""
    return torch.cat([torch.zeros_like(ids[:, :1]), ids[:, :-1]], dim=1)


def _likeliest(counts: Mapping[int, int], V: int) -> Tensor:
    """(V,) the commonest word after each."""
    best = torch.zeros(V, dtype=torch.long)
    for pair, _ in sorted(counts.items(), key=lambda entry: (entry[1], -entry[0])):
        best[pair // V] = pair % V
    return best
