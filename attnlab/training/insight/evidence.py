"""How much of what a contender looks at is what decides, where the task knows that."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.seeds import generator
from attnlab.models import SequenceModel, answer_attention, answer_influence
from attnlab.tasks import Batch, HasEvidence, Task

EXAMPLES = 128


@dataclass(frozen=True)
class Evidence:
    """Shares between 0 and 1, means over held-out answers that something decides."""

    attention: float | None  # of the head that looks at it most
    layer: int | None  # of that head, from 0
    head: int | None
    influence: float
    blind: float  # share of the visible inputs that decide: what a look at all alike would give
    count: int  # answers


def evidence_of(model: SequenceModel, task: Task) -> Evidence | None:
    """One answer of each example, the last that something decides; None of a task that does not know what does."""
    if not isinstance(task, HasEvidence):
        return None
    batch, gold, places = decided(task)
    visible = torch.arange(batch.inputs.shape[1]) <= places[:, None]
    weights = answer_attention(model, batch.inputs, places)
    best = None if weights is None else _on_gold(weights, gold)
    at = None if best is None else divmod(int(best.argmax()), best.shape[1])
    return Evidence(
        attention=None if best is None else float(best.max()),
        layer=None if at is None else at[0],
        head=None if at is None else at[1],
        influence=float(_on_gold(answer_influence(model, batch.inputs, places), gold)),
        blind=float((gold.sum(1) / visible.sum(1)).mean()),
        count=len(places),
    )


def decided(task: HasEvidence) -> tuple[Batch, Tensor, Tensor]:
    """Held-out examples with their last answer that something decides.

    Returns:
        (N, ...) the examples; (N, T) bool, what decides that answer; (N,) its position. The same at each call.
    """
    batch, evidence = task.with_evidence(EXAMPLES, generator(0, "evidence", type(task).__name__), "test")
    has = evidence.any(-1)  # (B, A)
    rows = has.any(1)
    places = torch.where(has, torch.arange(has.shape[1]), -1).max(1).values[rows]
    chosen = Batch(batch.inputs[rows], batch.targets[rows], batch.scored[rows])
    return chosen, evidence[rows, places], places


def _on_gold(weights: Tensor, gold: Tensor) -> Tensor:
    """Mean over examples of the weights (..., N, T) on what decides, (N, T)."""
    return (weights * gold).sum(-1).mean(-1)
