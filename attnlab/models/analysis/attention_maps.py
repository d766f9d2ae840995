"""The attention weights of a whole model."""

import torch
from torch import Tensor

from attnlab.models.evaluating import evaluating, one_example
from attnlab.models.model import SequenceModel


def attention_maps(model: SequenceModel, inputs: Tensor) -> Tensor | None:
    """Every head's weights on one example, from the engine's trace.

    Args:
        model: of any family.
        inputs: one example, (1, T) or (1, T, num_features).

    Returns:
        (L, H, T, T): queries are rows, keys columns; 2T in place of T with trailing blanks. None if the model has no
        attention.

    Raises:
        ValueError: inputs that are not one example or that the model refuses.
    """
    one_example(model, inputs)
    with evaluating(model):
        layers = model.trace(inputs).attention
    maps = [layer.heads.weights[0] for layer in layers if layer is not None]
    return torch.stack(maps) if maps else None


def answer_attention(model: SequenceModel, inputs: Tensor, positions: Tensor) -> Tensor | None:
    """Every head's weights in the row of one answer of each example.

    Args:
        model: of any family, without trailing blanks.
        inputs: (B, T) or (B, T, num_features).
        positions: (B,) where the answer is.

    Returns:
        (L, H, B, T). None if the model has no attention.

    Raises:
        ValueError: inputs that the model refuses.
    """
    with evaluating(model):
        layers = model.trace(inputs).attention
    rows = torch.arange(len(inputs))
    maps = [layer.heads.weights[rows, :, positions].transpose(0, 1) for layer in layers if layer is not None]
    return torch.stack(maps) if maps else None
