"""What training lowers: cross-entropy, or the squared error of a regression task, over the scored positions."""

import torch.nn.functional as F
from torch import Tensor

from attnlab.tasks import Batch


def scored_loss(outputs: Tensor, batch: Batch, *, label_smoothing: float = 0.0) -> Tensor:
    """The mean loss over the scored positions, to be differentiated.

    Args:
        outputs: (B, A, num_outputs), on any device.
        batch: (B, A), on the CPU, where finding the scored positions keeps no accelerator waiting.
        label_smoothing: share of each target that is spread evenly over all classes (Szegedy et al. 2016, section 7,
            https://arxiv.org/abs/1512.00567).

    Returns:
        (): nats, or the square of the targets' unit where these are float32.
    """
    targets, flat = batch.targets.flatten(), outputs.flatten(0, 1)
    rows = batch.scored.flatten().nonzero().squeeze(1)
    if len(rows) < len(targets):
        targets, flat = targets[rows], flat.index_select(0, rows.to(flat.device))
    targets = targets.to(flat.device)
    if targets.is_floating_point():
        return F.mse_loss(flat.squeeze(1), targets)
    return F.cross_entropy(flat, targets, label_smoothing=label_smoothing)
