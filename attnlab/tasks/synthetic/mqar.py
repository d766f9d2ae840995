"""MQAR, multi-query associative recall: pairs of key and value, then keys; answer each with its value."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, length_or_default
from attnlab.tasks.floors import chance
from attnlab.tasks.split import draw

_POWER = 0.01  # of the law by which gaps between a key and its query fall off; 1 would be uniform


@dataclass(frozen=True)
class Mqar:
    """K key-value pairs, then each key once more, in any order, among blanks; only those queries are scored.

    Symbol 0 is the blank, the other symbols below `vocab_size` / 2 are keys, the rest are values. Keys differ within an
    example, and so do values. Query i stands at position 2K + 2 gap_i, where the gaps are drawn without replacement
    from a power law, as in language, where what was said recently is said again.

    How many pairs a recurrent state can hold is bounded by its size; attention looks them up. It sits on a plateau
    before it jumps: "not converged" is not "failed".

    Trap: the published generator gives the pairs their gaps in the order in which they were drawn, small ones first, so
    the place of a query tells something about its pair without a look at the key. Here they are shuffled.

    Floors, with V/2 values: chance is loss ln(V/2), accuracy 2/V. "in context" knows which values occur but not whose
    they are: each query's value is equally likely to be any of the K, so loss ln K, accuracy 1/K. That is the plateau.

    Raises:
        SizeError: a size out of bounds; vocab_size is odd; T has no room for the queries.

    Source: Arora et al. 2023 ("Zoology"), section 3 and appendix A, https://arxiv.org/abs/2312.04927
    """

    vocab_size: int = 64
    length: int = 32
    num_pairs: int = 4

    def __post_init__(self) -> None:
        check_whole("vocab_size", self.vocab_size, 6, 8192)
        if self.vocab_size % 2:
            message = f"vocab_size ({self.vocab_size}) must be even: half of it are values"
            raise SizeError("vocab_size", "even", message, got=self.vocab_size)
        check_whole("num_pairs", self.num_pairs, 1, min(128, self.vocab_size // 2 - 1))
        check_whole("length", self.length, 4 * self.num_pairs, 1024)
        self._check_even("length", self.length)

    @staticmethod
    def _check_even(field: str, value: int) -> None:
        if value % 2:
            message = f"{field} ({value}) must be even: queries stand at even positions"
            raise SizeError(field, "even", message, got=value)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        half = self.vocab_size // 2
        keys = (f"k{i}" for i in range(1, half))
        values = (f"v{i}" for i in range(1, half + 1))
        return TaskInfo(
            name="mqar",
            symbols=("·", *keys, *values),
            num_features=None,
            num_outputs=self.vocab_size,
            regression=False,
            causal=True,
            seq_len=self.length,
            span=self.length,
            metric="accuracy",
            floors=(chance(half), Floor("in context", math.log(self.num_pairs), 1 / self.num_pairs)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs and targets (B, T); another seq_len changes the room for the queries."""
        T = length_or_default(seq_len, self.length, low=4 * self.num_pairs)
        self._check_even("seq_len", T)
        inputs, targets = draw(lambda count: self._proposed(count, T, generator), batch_size, split).unbind(1)
        return Batch(inputs, targets, targets > 0)

    def _proposed(self, count: int, T: int, generator: torch.Generator) -> Tensor:
        """(count, 2, T): inputs and targets."""
        half, K = self.vocab_size // 2, self.num_pairs
        keys = 1 + _distinct(count, half - 1, K, generator)
        values = half + _distinct(count, half, K, generator)
        space = torch.arange(1, T // 2 - K + 1)
        weights = (space ** (_POWER - 1)).expand(count, -1)
        gaps = torch.multinomial(weights, K, replacement=False, generator=generator)
        # What is drawn first tends to be small: shuffled, or the first pair would be asked for first.
        gaps = gaps.gather(1, _distinct(count, K, K, generator))
        rows = torch.zeros(count, 2, T, dtype=torch.long)
        rows[:, 0, 0 : 2 * K : 2] = keys
        rows[:, 0, 1 : 2 * K : 2] = values
        rows[:, 0].scatter_(1, 2 * K + 2 * gaps, keys)
        rows[:, 1].scatter_(1, 2 * K + 2 * gaps, values)
        return rows


def _distinct(count: int, choices: int, num: int, generator: torch.Generator) -> Tensor:
    """(count, num) numbers below choices, different within a row."""
    return torch.rand(count, choices, generator=generator).topk(num).indices
