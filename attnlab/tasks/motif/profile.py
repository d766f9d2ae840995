"""A motif as a profile: how likely each letter is at each of its places; and what a profile tells at best."""

import itertools
import math

import torch
from torch import Tensor

from attnlab.tasks.motif.dna import LETTERS

CONSENSUS = "TGACGTCA"
"""The cAMP response element, to which the protein CREB binds (Montminy et al. 1986, doi:10.1073/pnas.83.18.6682). Each
letter is in it twice, so that how often letters occur tells nothing."""
VARIES = (1.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 1.6)
"""How much of the noise each place has: a motif is best kept in its middle."""
WIDTH = len(CONSENSUS)


def profile(noise_percent: int) -> Tensor:
    """(W, 4) float64: the probability of A, C, G, T at each place of a copy."""
    noise = torch.tensor(VARIES, dtype=torch.float64) * noise_percent / 100
    kept = torch.tensor([[letter == wanted for letter in LETTERS] for wanted in CONSENSUS])
    return torch.where(kept, (1 - noise)[:, None], noise[:, None] / (len(LETTERS) - 1))


def bits(shares: Tensor) -> Tensor:
    """(W, 4): the height of each letter of a sequence logo, its share times what its place tells.

    Args:
        shares: (W, 4), of letters at each place; each row sums to 1.

    Source: Schneider and Stephens 1990, "Sequence logos", https://doi.org/10.1093/nar/18.20.6097
    """
    told = math.log2(shares.shape[1]) + torch.xlogy(shares, shares).sum(1) / math.log(2)
    return shares * told[:, None]


def shuffled_profile(shares: Tensor) -> Tensor:
    """(4, ..., 4), W times: the probability of each word where a copy's letters are put into any order.

    It is that of the copy's letters without their order, divided evenly among their orders.
    """
    counted: dict[tuple[int, ...], float] = {(0,) * len(LETTERS): 1.0}
    for row in shares.tolist():
        grown: dict[tuple[int, ...], float] = {}
        for counts, chance in counted.items():
            for letter, share in enumerate(row):
                after = (*counts[:letter], counts[letter] + 1, *counts[letter + 1 :])
                grown[after] = grown.get(after, 0.0) + chance * share
        counted = grown
    of_words = {
        counts: chance * math.prod(map(math.factorial, counts)) / math.factorial(len(shares))
        for counts, chance in counted.items()
    }
    words = itertools.product(range(len(LETTERS)), repeat=len(shares))
    return torch.tensor([of_words[tuple(map(word.count, range(len(LETTERS))))] for word in words], dtype=torch.float64)
