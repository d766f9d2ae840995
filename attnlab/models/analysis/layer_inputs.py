"""One attention layer of a trained model, ready for the engine's trace: what enters it, and its weights."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import Entering, LayerInputs, Norm
from attnlab.models.evaluating import evaluating
from attnlab.models.model import SequenceModel
from attnlab.models.parts.block import ResidualBlock

BLANK = "<blank>"
"""How the positions are called on which a model with trailing blanks answers."""


def layer_inputs(
    model: SequenceModel, values: Sequence[int] | Sequence[Sequence[float]], tokens: Sequence[str], layer: int
) -> LayerInputs:
    """What one layer of a Transformer gets on one example, dropout off.

    Args:
        model: of the family "transformer".
        values: T token ids, or the features of each of T positions.
        tokens: what they are called.
        layer: from 0.

    Raises:
        ValueError: a model of another family, or without such a layer; values that the model refuses.
    """
    config = model.config
    if config.family != "transformer" or not 0 <= layer < config.num_layers:
        raise ValueError(
            f"layer ({layer}) must be one of the {config.num_layers} of a transformer, got {config.family}"
        )
    with evaluating(model):
        traced = model.trace(torch.tensor([list(values)]))
    seen, stream = traced.attention[layer], traced.blocks[layer].x[0]
    if seen is None:
        raise ValueError(f"layer ({layer}) must have attention")
    embedding, positions = traced.embedding[0], traced.position_embedding
    block = cast("ResidualBlock", model.blocks[layer])
    norm = _norm(block.mixer_norm, stream) if config.norm_first else None
    weights = seen.projections
    return LayerInputs(
        tokens=(*tokens, *(BLANK,) * (len(embedding) - len(tokens))),
        token_embedding=embedding.detach(),
        position_embedding=torch.zeros_like(embedding) if positions is None else positions.detach(),
        projections=replace(
            weights,
            qkv_proj=weights.qkv_proj.detach(),
            output_proj=weights.output_proj.detach(),
            qkv_bias=None if weights.qkv_bias is None else weights.qkv_bias.detach(),
            output_bias=None if weights.output_bias is None else weights.output_bias.detach(),
        ),
        entering=Entering(layer, stream, norm, seen.x[0]),
    )


def _norm(module: nn.Module, stream: Tensor) -> Norm:
    """The numbers by which a norm acts on each position."""
    if isinstance(module, nn.LayerNorm):
        mean = stream.mean(-1, keepdim=True)
        deviation = (stream.var(-1, correction=0, keepdim=True) + module.eps).sqrt()
        return Norm(mean, deviation, module.weight.detach(), module.bias.detach())
    rms = cast("nn.RMSNorm", module)
    smallest = torch.finfo(stream.dtype).eps if rms.eps is None else rms.eps
    deviation = (stream.square().mean(-1, keepdim=True) + smallest).sqrt()
    gain = rms.weight.detach()
    return Norm(torch.zeros_like(deviation), deviation, gain, torch.zeros_like(gain))
