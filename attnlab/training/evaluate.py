"""How good a model is on test examples, which no contender has trained on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.seeds import generator
from attnlab.models import AnyModel
from attnlab.tasks import METRICS, Batch, Task, TaskInfo
from attnlab.training.loss import scored_loss

EXAMPLES = 256
MAX_OUTPUTS = 2**26
"""Numbers that a model may answer at once: 256 MiB of float32. Fewer examples are taken where classes are many."""


@dataclass(frozen=True)
class Evaluation:
    """Scores on one batch of test examples."""

    loss: float  # mean cross-entropy in nats, or squared error, over scored positions
    metric: float | None  # the task's own; None if nothing is scored


def held_out(task: Task, *, examples: int = EXAMPLES, seed: int = 0, seq_len: int | None = None) -> Batch:
    """The test batch of a seed: the same for every contender, step and process."""
    info = task.info
    most = max(1, MAX_OUTPUTS // ((seq_len or info.seq_len) * info.num_outputs))
    return task.sample(min(examples, most), generator(seed, "held out", info.name), "test", seq_len)


def answers(model: AnyModel, inputs: Tensor) -> Tensor:
    """What the model answers without dropout, on the CPU; it is left in the mode it was in.

    Args:
        model: on any device.
        inputs: (B, T) or (B, T, F), on any device.

    Returns:
        (B, A, num_outputs).
    """
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            outputs: Tensor = model(inputs.to(model.head.weight.device)).cpu()
    finally:
        model.train(was_training)
    return outputs


def scores(model: AnyModel, batch: Batch, info: TaskInfo) -> Evaluation:
    """Loss and metric of a model on a batch."""
    outputs = answers(model, batch.inputs)
    return Evaluation(scored_loss(outputs, batch).item(), METRICS[info.metric](outputs, batch))


def evaluate(
    model: AnyModel, task: Task, *, examples: int = EXAMPLES, seed: int = 0, seq_len: int | None = None
) -> Evaluation:
    """Loss and metric on the test split.

    Args:
        model: of any family, on any device.
        task: what it was trained on.
        examples: B.
        seed: of the examples.
        seq_len: another length, where the task has one to choose.
    """
    return scores(model, held_out(task, examples=examples, seed=seed, seq_len=seq_len), task.info)
