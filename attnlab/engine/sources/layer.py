"""What a source delivers."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.choices.positions import ROTARY_BASE, learned_positions, sinusoidal_positions
from attnlab.engine.multihead import Projections
from attnlab.engine.spec import AttentionSpec


@dataclass(frozen=True, eq=False)
class Source:
    """A layer's weights, in float64 on the CPU. Nothing in it depends on the sentence: typing does not rebuild it."""

    embed: Callable[[str], Tensor]  # a token's vector: (d_model,)
    position_table: Tensor  # (MAX_TOKENS, d_model); zeros where positions are not added to x
    projections: Projections
    head_names: tuple[str, ...] | None = None  # what each head was built to do, if it was built


@dataclass(frozen=True, eq=False)
class Norm:
    """How a model normed its stream: (stream - mean) / deviation * gain + bias. In RMSNorm mean and bias are 0."""

    mean: Tensor  # (T, 1)
    deviation: Tensor  # (T, 1), its epsilon included
    gain: Tensor  # (d_model,)
    bias: Tensor  # (d_model,)


@dataclass(frozen=True, eq=False)
class Entering:
    """What enters a layer that lies within a model."""

    layer: int  # from 0
    stream: Tensor  # (T, d_model), the residual stream as it reaches the layer
    norm: Norm | None  # what makes x of the stream; None where x is the stream itself
    x: Tensor  # (T, d_model), what is projected


@dataclass(frozen=True, eq=False)
class LayerInputs:
    """One layer and what it gets on one sentence. In the simplest case x is the sum of the two embeddings."""

    tokens: tuple[str, ...]  # T of them, padding included
    token_embedding: Tensor  # (T, d_model)
    position_embedding: Tensor  # (T, d_model); zeros where positions are not added to the stream
    projections: Projections
    head_names: tuple[str, ...] | None = None  # as in `Source`
    entering: Entering | None = None  # if there is more between the embeddings and x
    rotary_base: float = ROTARY_BASE  # of RoPE


def position_table(spec: AttentionSpec, seq_len: int) -> Tensor:
    """(seq_len, d_model) float64: what is added to the token embeddings; zeros for RoPE, ALiBi and none."""
    if spec.positions == "sinusoidal":
        return sinusoidal_positions(seq_len, spec.d_model)
    if spec.positions == "learned":
        return learned_positions(seq_len, spec.d_model, spec.seed)
    return torch.zeros(seq_len, spec.d_model, dtype=torch.float64)
