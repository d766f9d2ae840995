"""Selective copying: pick the few data symbols out of the noise, wherever they stand, and give them back in order."""

from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnlab.tasks.base import Batch, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.floors import chance, order_blind
from attnlab.tasks.split import draw

NOISE = 0


@dataclass(frozen=True)
class SelectiveCopying:
    """Noise with n data symbols at random places, then n markers; at the i-th, the i-th data symbol is due.

    Unlike in copy memory the distance varies from example to example, so a fixed convolution cannot do it: what to keep
    depends on what is read.

    Floors, with S symbols: chance is loss ln S, accuracy 1/S; "order-blind" knows which symbols there were, but not
    their order.

    Raises:
        SizeError: a size out of bounds.

    Source: Gu and Dao 2023 ("Mamba"), section 3.1 and appendix E.1 (16 of 16 symbols among 4,096),
        https://arxiv.org/abs/2312.00752
    """

    context: int = 28
    num_copied: int = 4
    num_symbols: int = 8

    def __post_init__(self) -> None:
        check_whole("num_copied", self.num_copied, 1, 32)
        check_whole("context", self.context, self.num_copied, 4096)
        check_whole("num_symbols", self.num_symbols, 2, 64)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        T = self.context + self.num_copied
        return TaskInfo(
            name="selective_copying",
            symbols=("·", *map(str, range(1, self.num_symbols + 1)), "?"),
            num_features=None,
            num_outputs=self.num_symbols + 2,
            regression=False,
            causal=True,
            seq_len=T,
            span=T,
            metric="accuracy",
            floors=(chance(self.num_symbols), order_blind(self.num_copied, self.num_symbols)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs and targets (B, T); another seq_len changes the context."""
        n = self.num_copied
        T = length_or_default(seq_len, self.info.seq_len, low=2 * n)
        inputs, targets = draw(lambda count: self._proposed(count, T, generator), batch_size, split).unbind(1)
        return Batch(inputs, targets, targets > 0)

    def _proposed(self, count: int, T: int, generator: torch.Generator) -> Tensor:
        """(count, 2, T): inputs and targets."""
        n = self.num_copied
        places = torch.rand(count, T - n, generator=generator).topk(n).indices.sort(1).values
        symbols = torch.randint(1, self.num_symbols + 1, (count, n), generator=generator)
        rows = torch.full((count, 2, T), NOISE)
        rows[:, 0].scatter_(1, places, symbols)
        rows[:, 0, -n:] = self.num_symbols + 1  # the marker
        rows[:, 1, -n:] = symbols
        return rows
