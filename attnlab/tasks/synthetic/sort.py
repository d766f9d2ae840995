"""Sort: read a few digits, then write them in order, one at a time."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import torch

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, length_or_default
from attnlab.tasks.split import draw

LEAST_INPUTS = 64
"""To split into training and test."""


@dataclass(frozen=True)
class Sort:
    """n digits, then the first n - 1 of them sorted; from the last digit on, each position is due the next in order.

    T = 2n - 1. The inputs carry the sorted digits so far, as when generating, so a causal model with all n answers
    right generates all n right: the metric is the share of such examples.

    Only S^n inputs exist (729 at 3 digits and length 6), so a model could learn them by heart: a quarter, chosen by
    hash, is never trained on. Trap: minGPT chooses it by Python's `hash`, another one than ours.

    Floors: a uniform guess is loss ln S and all right with probability S^-n. "memoryless" knows the position and sees
    the current digit, and nothing before it (`_memoryless_loss`): what "never smaller than the last" alone gives.

    Raises:
        SizeError: a size out of bounds.

    Source: Karpathy, minGPT, demo.ipynb.
    """

    num_symbols: int = 3
    length: int = 6

    def __post_init__(self) -> None:
        check_whole("num_symbols", self.num_symbols, 2, 16)
        check_whole("length", self.length, 2, 32)
        if self.num_symbols**self.length < LEAST_INPUTS:
            count = self.num_symbols**self.length
            message = f"length ({self.length}) must leave at least {LEAST_INPUTS} inputs to split, not {count}"
            raise SizeError("length", "inputs", message, got=self.length, least=LEAST_INPUTS, left=count)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        S, n = self.num_symbols, self.length
        return TaskInfo(
            name="sort",
            symbols=tuple(map(str, range(S))),
            num_features=None,
            num_outputs=S,
            regression=False,
            causal=True,
            seq_len=2 * n - 1,
            span=2 * n - 1,
            metric="exact",
            floors=(Floor("chance", math.log(S), S**-n), Floor("memoryless", _memoryless_loss(n, S))),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs and targets (B, T), T = 2n - 1; another seq_len changes n and must be odd."""
        T = length_or_default(seq_len, self.info.seq_len, low=3)
        if T % 2 == 0:
            message = f"seq_len ({T}) must be odd: n digits and n - 1 of them sorted"
            raise SizeError("seq_len", "odd", message, got=T)
        n = (T + 1) // 2
        digits = draw(lambda count: torch.randint(self.num_symbols, (count, n), generator=generator), batch_size, split)
        ordered = digits.sort(1).values
        targets = torch.cat([torch.zeros_like(digits[:, 1:]), ordered], dim=1)
        scored = (torch.arange(T) >= n - 1).expand(batch_size, T)
        return Batch(torch.cat([digits, ordered[:, :-1]], dim=1), targets, scored)


def _memoryless_loss(n: int, S: int) -> float:
    """Mean conditional entropy of each answer given its position and the digit there, in nats.

    Counted among the S^n inputs. The first answer stands at the last digit a. It is b < a where the other n - 1 digits
    have minimum b, and a where they have none below it. Each later answer follows the i-th smallest digit a. The
    (i+1)-th is b > a where exactly i digits are at most a, the largest of them a, and the others at least b, the
    smallest of them b: C(n, i) ((a+1)^i - a^i) ((S-b)^(n-i) - (S-b-1)^(n-i)) inputs. In the rest of those whose i-th is
    a, it is a too.
    """
    total = 0.0
    for a in range(S):
        smaller = [(S - b) ** (n - 1) - (S - b - 1) ** (n - 1) for b in range(a)]
        total += _entropy([*smaller, (S - a) ** (n - 1)])
    for i in range(1, n):
        for a in range(S):
            larger = [
                math.comb(n, i) * ((a + 1) ** i - a**i) * ((S - b) ** (n - i) - (S - b - 1) ** (n - i))
                for b in range(a + 1, S)
            ]
            total += _entropy([*larger, _at_most(a, i, n, S) - _at_most(a - 1, i, n, S) - sum(larger)])
    return total / (n * float(S**n))


def _at_most(a: int, i: int, n: int, S: int) -> int:
    """Inputs whose i-th smallest digit is at most a: i or more of their digits are."""
    return sum(math.comb(n, k) * (a + 1) ** k * (S - a - 1) ** (n - k) for k in range(i, n + 1))


def _entropy(counts: list[int]) -> float:
    """-Σ c ln(c / Σc): what one condition contributes to a conditional entropy, times the number of all inputs."""
    whole = sum(counts)
    return -math.fsum(count * (math.log(count) - math.log(whole)) for count in counts if count)
