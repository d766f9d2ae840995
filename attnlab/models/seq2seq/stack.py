"""A trained encoder-decoder as the engine's stack, so that every part of it can be looked into."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import (
    BlockSwitches,
    BlockWeights,
    FeedForwardWeights,
    NormWeights,
    StackInputs,
    StackWeights,
    sinusoidal_positions,
)
from attnlab.models.seq2seq.model import Seq2SeqModel
from attnlab.models.seq2seq.transformer import TransformerBlock, TransformerBody


def translation_stack(
    model: Seq2SeqModel,
    source: Sequence[int],
    target: Sequence[int],
    source_vocabulary: Sequence[str],
    vocabulary: Sequence[str],
) -> StackInputs:
    """The stack of a Transformer on one source and one target, weights shared with the model; dropout is off.

    Args:
        model: of the family "transformer".
        source: S ids, no padding.
        target: T ids, start first: the last row of the logits is about what follows them.
        source_vocabulary: what the source's ids are called.
        vocabulary: what the target's ids are called.

    Raises:
        ValueError: a model of another family.
    """
    config = model.config
    if not isinstance(model.body, TransformerBody):
        raise ValueError(f"family ({config.family!r}) must be 'transformer', which has blocks to show")
    body = model.body
    return StackInputs(
        weights=StackWeights(
            encoder=tuple(_block(cast("TransformerBlock", block)) for block in body.encoder),
            decoder=tuple(_block(cast("TransformerBlock", block)) for block in body.decoder),
            encoder_norm=_norm(body.encoder_norm),
            decoder_norm=_norm(body.decoder_norm),
            output_proj=model.head.weight.detach().T,
            output_bias=model.head.bias.detach(),
        ),
        source_tokens=tuple(source_vocabulary[word] for word in source),
        source_embedding=_embedded(model.source_embedding, source),
        vocabulary=tuple(vocabulary),
        target_tokens=tuple(vocabulary[word] for word in target),
        target_embedding=_embedded(model.target_embedding, target),
        source_positions=sinusoidal_positions(len(source), config.d_model),
        target_positions=sinusoidal_positions(len(target), config.d_model),
        source_vocabulary=tuple(source_vocabulary),
        switches=BlockSwitches(norm_first=config.norm_first),
    )


def _embedded(embedding: nn.Embedding, ids: Sequence[int]) -> Tensor:
    return embedding.weight.detach()[torch.tensor(list(ids))]


def _block(block: TransformerBlock) -> BlockWeights:
    up, down = block.feed_forward.up_proj, block.feed_forward.down_proj
    return BlockWeights(
        self_attention=block.self_attention.projections(),
        self_norm=NormWeights.from_torch(block.self_norm),
        feed_forward=FeedForwardWeights(
            up_proj=up.weight.T, up_bias=up.bias, down_proj=down.weight.T, down_bias=down.bias, activation="relu"
        ),
        feed_forward_norm=NormWeights.from_torch(block.feed_forward_norm),
        cross_attention=None if block.cross_attention is None else block.cross_attention.projections(),
        cross_norm=None if block.cross_norm is None else NormWeights.from_torch(block.cross_norm),
    )


def _norm(module: nn.Module) -> NormWeights | None:
    """None of a stack whose last block has normed the stream already."""
    return NormWeights.from_torch(module) if isinstance(module, nn.LayerNorm) else None
