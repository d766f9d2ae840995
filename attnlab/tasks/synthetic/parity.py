"""Parity: is the number of ones so far odd? One bit of state, which has to be updated at every step."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import torch

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.floors import chance
from attnlab.tasks.split import draw


@dataclass(frozen=True)
class Parity:
    """Answer t is the parity of bits 0..t, at every position.

    Deletang et al. ask at the end only, of strings of every length up to a bound. Asking everywhere is the same
    question: each prefix is an example of its own length, so one batch at T = 20 trains all lengths 1 to 20, without
    padding, and the short ones come within reach first; asked at the end alone, no model starts to learn in the minute
    a learner waits.

    A test longer than `length` scores only the positions beyond it: at seq_len 80 the lengths 21 to 80, which no
    training step has seen. There a recurrent state goes on toggling, while a Transformer and a convolution fall back
    to chance.

    Floors: bits are independent and uniform, so without all of them the answer is a coin: chance is loss ln 2, accuracy
    1/2. "memoryless" sees the current bit, which is the answer at the first position and nothing later: loss
    (T - 1)/T ln 2, accuracy 1/2 + 1/(2T) at the trained length; beyond it, it is chance.

    Trap: "first symbol = last symbol" needs no state and is another task ("even pairs"), often called parity.

    Raises:
        SizeError: a size out of bounds.

    Source: Deletang et al. 2023, section 4 and appendix A ("Parity check"), https://arxiv.org/abs/2207.02098
    """

    length: int = 20

    def __post_init__(self) -> None:
        check_whole("length", self.length, 4, 512)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        T = self.length
        return TaskInfo(
            name="parity",
            symbols=("0", "1"),
            num_features=None,
            num_outputs=2,
            regression=False,
            causal=True,
            seq_len=T,
            span=T,
            metric="accuracy",
            floors=(chance(2), Floor("memoryless", (T - 1) / T * math.log(2), 0.5 + 0.5 / T)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) bits, targets (B, T) parities; a test longer than `length` scores what lies beyond it."""
        T = length_or_default(seq_len, self.length, low=4)
        bits = draw(lambda count: torch.randint(2, (count, T), generator=generator), batch_size, split)
        scored = torch.ones_like(bits, dtype=torch.bool)
        if split == "test" and self.length < T:
            scored[:, : self.length] = False
        return Batch(bits, bits.cumsum(1) % 2, scored)
