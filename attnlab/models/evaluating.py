"""Looking at a model without changing it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from attnlab.models.model import SequenceModel


@contextmanager
def evaluating(model: nn.Module, *, gradients: bool = False) -> Iterator[None]:
    """Dropout off; afterwards every module is in the mode it was in.

    Args:
        model: what is looked at.
        gradients: whether the block needs autograd, whatever mode the caller is in.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    if gradients:  # cuDNN has no backward pass for a recurrent layer in eval mode; ours hold no dropout of their own
        for module, _ in modes:
            if isinstance(module, nn.RNNBase):
                module.train()
    try:
        with torch.inference_mode(False), torch.set_grad_enabled(gradients):
            yield
    finally:
        for module, training in modes:
            module.training = training


def one_example(model: SequenceModel, inputs: Tensor) -> None:
    """Refuse anything but a batch of one; the rest is checked by the model.

    Raises:
        ValueError: another number of examples.
    """
    wanted = "(1, T)" if model.config.num_features is None else f"(1, T, {model.config.num_features})"
    if inputs.ndim != wanted.count(",") + 1 or inputs.shape[0] != 1:
        raise ValueError(f"inputs {tuple(inputs.shape)} must be one example, {wanted}")


def examples_at_once(seq_len: int) -> int:
    """How many copies of an example go through a model together: attention holds T x T numbers a head for each."""
    return max(1, 2**22 // seq_len**2)
