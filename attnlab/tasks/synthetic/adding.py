"""Adding: two of many numbers are marked; answer their sum. Regression, with a long wait."""

from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.split import draw


@dataclass(frozen=True)
class Adding:
    """The sum of the two marked numbers, due at the last position, which alone is scored.

    Each position has a number, uniform in [0, 1), and a mark, which is 1 at two random positions and 0 elsewhere.

    Floors: a uniform number has variance 1/12, so the sum of two independent ones has 1/6: the squared error of always
    answering its mean, 1 ("constant"). Knowing one of them leaves the variance of the other, 1/12 ("one of two"). Below
    1e-3 a model adds.

    Trap: the published code trains at 4e-3, the paper says 2e-3.

    Raises:
        SizeError: a size out of bounds.

    Source: Hochreiter and Schmidhuber 1997, section 5.4; as in Bai, Kolter, Koltun 2018, section 4 ("The adding
        problem"), https://arxiv.org/abs/1803.01271
    """

    length: int = 100

    def __post_init__(self) -> None:
        check_whole("length", self.length, 2, 4096)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, floors."""
        return TaskInfo(
            name="adding",
            symbols=None,
            num_features=2,
            num_outputs=1,
            regression=True,
            causal=True,
            seq_len=self.length,
            span=self.length,
            metric="mse",
            floors=(Floor("constant", 1 / 6, 1 / 6), Floor("one of two", 1 / 12, 1 / 12)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T, 2) float32, number and mark; targets (B, T) float32, the sum at the end and 0 elsewhere."""
        T = length_or_default(seq_len, self.length, low=2)
        inputs = draw(lambda count: _proposed(count, T, generator), batch_size, split)
        targets = torch.zeros(batch_size, T)
        targets[:, -1] = (inputs[..., 0] * inputs[..., 1]).sum(1)
        scored = (torch.arange(T) == T - 1).expand(batch_size, T)
        return Batch(inputs, targets, scored)


def _proposed(count: int, T: int, generator: torch.Generator) -> Tensor:
    """(count, T, 2)."""
    numbers = torch.rand(count, T, generator=generator)
    first = torch.randint(T, (count, 1), generator=generator)
    second = (first + torch.randint(1, T, (count, 1), generator=generator)) % T  # any other position
    marks = torch.zeros(count, T).scatter_(1, torch.cat([first, second], dim=1), 1.0)
    return torch.stack([numbers, marks], dim=-1)
