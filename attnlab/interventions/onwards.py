"""A model that goes on from one of its layers, with many changed streams at once."""

from typing import cast

import torch
from torch import Tensor

from attnlab.engine import blocks_onwards, normed
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.engine.stack.trace import Looks
from attnlab.pretrained import Trace

MOST_AT_ONCE = 512
"""Tokens of all streams together, whose every stage is held while they run."""


def finals(trace: Trace, layer: int, streams: Tensor, attended: Tensor | None = None) -> Tensor:
    """What the model gives in the end.

    Args:
        trace: of the text, whose weights and masks are used, and what was changed in its layers.
        layer: from 0, the first that runs; the number of layers for none.
        streams: (B, T, d_model), what that layer is given.
        attended: (B, T, d_model), what its attention writes, where that is not to be computed.

    Returns:
        (B, T, d_model), normed where the model norms its last stream.
    """
    size = max(1, MOST_AT_ONCE // streams.shape[1])
    parts = torch.split(streams, size)
    written = [None] * len(parts) if attended is None else torch.split(attended, size)
    with torch.inference_mode():
        return torch.cat([_final(trace, layer, *pair) for pair in zip(parts, written, strict=True)])


def _final(trace: Trace, layer: int, stream: Tensor, attended: Tensor | None) -> Tensor:
    last = stream
    if layer < len(trace.blocks):
        put = {} if attended is None else {layer: lambda _read: (attended, None, None)}
        looks: Looks = {**trace.looks, **put}
        last = blocks_onwards(trace.stack.inputs, stream, layer, looks)[-1].output
    return final_normed(trace, last)


def final_normed(trace: Trace, stream: Tensor) -> Tensor:
    """(B, T, d_model): the last stream as a head reads it."""
    norm = trace.stack.final_norm
    return stream if norm is None else normed(stream, norm.weights).output


def stream_before(trace: Trace, layer: int) -> Tensor:
    """(T, d_model): what a layer is given, from 0; behind the last one what it gave, not normed."""
    blocks = trace.blocks
    return blocks[layer].x[0] if layer < len(blocks) else blocks[-1].output[0]


def attention_of(trace: Trace, layer: int) -> MultiHeadTrace:
    """The attention of one layer, from 0."""
    return cast("MultiHeadTrace", trace.blocks[layer].part("self_attention").attention)


def written_by_heads(attention: MultiHeadTrace) -> Tensor:
    """(H, T, d_model): what each head adds to the stream; with the bias of W_O they sum to what the layer writes."""
    heads, weights = attention.heads.output[0], attention.projections
    by_head = weights.output_proj.view(weights.num_heads, weights.value_dim, -1)
    return torch.einsum("htv,hvd->htd", heads, by_head.to(heads.dtype))
