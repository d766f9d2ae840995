"""Copy memory: read ten symbols, wait, then write them down. Every answer lies equally far back."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import torch

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.floors import chance, order_blind
from attnlab.tasks.split import draw

BLANK = 0


@dataclass(frozen=True)
class CopyMemory:
    """n symbols, blanks, then markers; at the last n markers the n symbols are due, in order.

    As published: n = 10 symbols of 1..8, `blanks` - 1 blanks, n + 1 markers, in all T = blanks + 2n positions. (The
    first of the n + 1 markers stands where the last blank would be; nothing is due there.) Each answer lies
    blanks + n positions back, always the same distance: convolutions find it at once, if they reach that far.

    Trap: the paper averages its loss over all T positions, nearly all of which ask for a blank. Knowing nothing gives
    n ln 8 / T there, .0204 at 1,000 blanks, which is exactly the LSTM's published loss; and 99 % of all positions are
    "right". Here only the n recalled positions are scored, so knowing nothing gives ln 8 and 1/8.
    Another trap: the published code clips gradients before `backward()`, where it does nothing.

    Floors: the symbols are independent and uniform, so a model without memory can only guess among 8: chance and
    memoryless are both loss ln 8, accuracy 1/8. "order-blind" knows which symbols there were, but not their order.

    The split hashes the n symbols alone, so an example stays on its side at every number of blanks.

    Raises:
        SizeError: a size out of bounds.

    Source: Bai, Kolter, Koltun 2018, section 4 ("Copy memory"), https://arxiv.org/abs/1803.01271
    """

    blanks: int = 50
    num_recalled: int = 10
    num_symbols: int = 8

    def __post_init__(self) -> None:
        check_whole("blanks", self.blanks, 1, 4096)
        check_whole("num_recalled", self.num_recalled, 1, 32)
        check_whole("num_symbols", self.num_symbols, 2, 64)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        memoryless = Floor("memoryless", math.log(self.num_symbols), 1 / self.num_symbols)
        return TaskInfo(
            name="copy_memory",
            symbols=("·", *map(str, range(1, self.num_symbols + 1)), "?"),
            num_features=None,
            num_outputs=self.num_symbols + 2,
            regression=False,
            causal=True,
            seq_len=self.blanks + 2 * self.num_recalled,
            span=self.blanks + self.num_recalled + 1,
            metric="accuracy",
            floors=(chance(self.num_symbols), memoryless, order_blind(self.num_recalled, self.num_symbols)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs and targets (B, T); another seq_len changes the number of blanks."""
        n = self.num_recalled
        T = length_or_default(seq_len, self.info.seq_len, low=2 * n + 1)
        symbols = draw(
            lambda count: torch.randint(1, self.num_symbols + 1, (count, n), generator=generator), batch_size, split
        )
        inputs = torch.full((batch_size, T), BLANK)
        inputs[:, :n] = symbols
        inputs[:, -n - 1 :] = self.num_symbols + 1  # the marker
        targets = torch.full_like(inputs, BLANK)
        targets[:, -n:] = symbols
        scored = torch.zeros_like(inputs, dtype=torch.bool)
        scored[:, -n:] = True
        return Batch(inputs, targets, scored)
