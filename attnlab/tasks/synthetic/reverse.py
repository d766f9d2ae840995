"""Reverse: give the digits back in the opposite order. The task attention solves with one head, in one look."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import torch

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.floors import chance
from attnlab.tasks.split import draw


@dataclass(frozen=True)
class Reverse:
    """Answer t is digit T - 1 - t; every position is scored.

    Not causal: the first answer is the last digit. A recurrent model must read in both directions, a convolution must
    be centred. One that reads only forwards can know the answers of the second half alone (floor "one-way").

    Floors, with V symbols: chance is loss ln V, accuracy 1/V. "one-way": in floor(T/2) positions the digit asked for
    has not been read yet, so loss floor(T/2)/T ln V and accuracy 1 - floor(T/2)/T (1 - 1/V).

    Raises:
        SizeError: a size out of bounds.

    Source: Lippe, UvA Deep Learning Tutorials, tutorial 6, "Sequence to Sequence"; 10 digits, length 16.
    """

    num_symbols: int = 10
    length: int = 16

    def __post_init__(self) -> None:
        check_whole("num_symbols", self.num_symbols, 2, 100)
        check_whole("length", self.length, 4, 512)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        unread = self.length // 2 / self.length
        one_way = Floor("one-way", unread * math.log(self.num_symbols), 1 - unread * (1 - 1 / self.num_symbols))
        return TaskInfo(
            name="reverse",
            symbols=tuple(map(str, range(self.num_symbols))),
            num_features=None,
            num_outputs=self.num_symbols,
            regression=False,
            causal=False,
            seq_len=self.length,
            span=self.length,
            metric="accuracy",
            floors=(chance(self.num_symbols), one_way),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) uniform digits, targets the same from right to left, all scored."""
        length = length_or_default(seq_len, self.length, low=4)
        digits = draw(
            lambda count: torch.randint(self.num_symbols, (count, length), generator=generator), batch_size, split
        )
        return Batch(digits, digits.flip(1), torch.ones_like(digits, dtype=torch.bool))
