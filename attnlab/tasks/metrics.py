"""How good answers are, on the positions that count and no others.

Per-token accuracy over a whole copy-memory sequence of 500 blanks reads 98 % for a model that knows nothing, since
nearly every answer is a blank. So every metric here looks only where `scored` is True, and none of them calls an empty
batch right or wrong: it has no score, None.

Outputs are (B, T, C): logits of C classes, or C = 1 value for a regression task. An output that is NaN, of a model that
diverged, is wrong.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch.nn.functional as F
from torch import Tensor

from attnlab.tasks.base import Batch


def accuracy(outputs: Tensor, batch: Batch) -> float | None:
    """Share of scored positions whose largest logit is the target's."""
    return _mean(_right(outputs, batch)[batch.scored])


def exact_match(outputs: Tensor, batch: Batch) -> float | None:
    """Share of examples with every scored position right; an example without one does not count.

    For a causal model that is fed the right answers so far, all positions right is the same as greedy generation right:
    as long as it makes no mistake, what it is fed is what it generated.
    """
    right = (_right(outputs, batch) | ~batch.scored).all(-1)  # (B,)
    return _mean(right[batch.scored.any(-1)])


def mse(outputs: Tensor, batch: Batch) -> float | None:
    """Mean squared error over scored positions."""
    return _mean((outputs.squeeze(-1) - batch.targets)[batch.scored] ** 2)


def cross_entropy(outputs: Tensor, batch: Batch) -> float | None:
    """Mean cross-entropy in nats over scored positions."""
    if not batch.scored.any():
        return None
    return F.cross_entropy(outputs[batch.scored], batch.targets[batch.scored]).item()


METRICS: Mapping[str, Callable[[Tensor, Batch], float | None]] = MappingProxyType(
    {"accuracy": accuracy, "exact": exact_match, "mse": mse, "loss": cross_entropy}
)
"""By the names that `TaskInfo.metric` takes."""
SHARES = ("accuracy", "exact")
"""Metrics that are shares of what was right."""


def _right(outputs: Tensor, batch: Batch) -> Tensor:
    """(B, T) bool."""
    return (outputs.argmax(-1) == batch.targets) & ~outputs.isnan().any(-1)


def _mean(values: Tensor) -> float | None:
    return values.double().mean().item() if values.numel() else None
