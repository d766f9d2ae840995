"""One block of a Transformer: its parts hang on the residual stream, each reads it and writes to it.

    norm first    stream + part(norm(stream))          norm last    norm(stream + part(stream))

An encoder block has self-attention and a feed-forward part; in a decoder block cross-attention stands between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine.attention import drawn_dropout, dropped
from attnlab.engine.multihead import MultiHeadTrace, Projections, multi_head_attention
from attnlab.engine.transformer.feed_forward import ActivationName, FeedForwardTrace, FeedForwardWeights, feed_forward
from attnlab.engine.transformer.norms import NormTrace, NormWeights, normed
from attnlab.engine.variants import PLAIN as SCALED
from attnlab.engine.variants import Rule

PartName = Literal["self_attention", "cross_attention", "feed_forward"]


@dataclass(frozen=True)
class BlockSwitches:
    """How a block is put together, its weights aside.

    Raises:
        ValueError: dropout out of bounds.
    """

    norm_first: bool = True
    residual: bool = True  # whether a part adds to the stream or takes its place
    feed_forward: bool = True
    norm: bool = True
    dropout: float = 0.0  # of what a part adds to the stream, and of nothing else
    scaled: bool = True  # whether scores are divided by sqrt(D); T5's are not

    def __post_init__(self) -> None:
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout ({self.dropout}) must be in [0, 1)")

    @property
    def rule(self) -> Rule:
        """How heads attend."""
        return SCALED if self.scaled else UNSCALED


UNSCALED = Rule(score="dot")
PLAIN = BlockSwitches()


@dataclass(frozen=True, eq=False)
class BlockWeights:
    """The weights of one block; a block with cross-attention is a decoder's.

    Raises:
        ValueError: cross-attention without its norm, or the norm without it.
    """

    self_attention: Projections
    self_norm: NormWeights
    feed_forward: FeedForwardWeights
    feed_forward_norm: NormWeights
    cross_attention: Projections | None = None
    cross_norm: NormWeights | None = None

    def __post_init__(self) -> None:
        if (self.cross_attention is None) != (self.cross_norm is None):
            raise ValueError("cross_attention and cross_norm must come together")

    @classmethod
    def from_torch_encoder(cls, module: nn.TransformerEncoderLayer) -> "BlockWeights":
        """The weights of torch's own encoder block, shared, not copied.

        Raises:
            ValueError: an activation that is neither ReLU nor GELU.
        """
        return cls(
            self_attention=Projections.from_torch(module.self_attn),
            self_norm=NormWeights.from_torch(module.norm1),
            feed_forward=_feed_forward_of(module),
            feed_forward_norm=NormWeights.from_torch(module.norm2),
        )

    @classmethod
    def from_torch_decoder(cls, module: nn.TransformerDecoderLayer) -> "BlockWeights":
        """The weights of torch's own decoder block, shared, not copied. Raises what `from_torch_encoder` does."""
        return cls(
            self_attention=Projections.from_torch(module.self_attn),
            self_norm=NormWeights.from_torch(module.norm1),
            feed_forward=_feed_forward_of(module),
            feed_forward_norm=NormWeights.from_torch(module.norm3),
            cross_attention=Projections.from_torch(module.multihead_attn),
            cross_norm=NormWeights.from_torch(module.norm2),
        )


@dataclass(frozen=True, eq=False)
class PartTrace:
    """What one part did to the stream; (B, T, d_model) unless it says otherwise."""

    name: PartName
    x: Tensor  # the stream before
    norm: NormTrace | None  # of x if the norm comes first, else of joined
    entering: Tensor  # what the part reads
    written: Tensor  # what it adds to the stream, after dropout
    undropped: Tensor  # the same before dropout
    dropout_mask: Tensor | None  # bool, True = kept
    joined: Tensor  # x + written; written alone without the residual
    output: Tensor  # the stream after: joined, or its norm if the norm comes last
    attention: MultiHeadTrace | None = None
    feed_forward: FeedForwardTrace | None = None


@dataclass(frozen=True, eq=False)
class BlockStages:
    """What one block did, part by part."""

    parts: tuple[PartTrace, ...]  # in the order of the computation

    @property
    def x(self) -> Tensor:
        """(B, T, d_model): the stream before."""
        return self.parts[0].x

    @property
    def output(self) -> Tensor:
        """(B, T, d_model): the stream after."""
        return self.parts[-1].output

    def part(self, name: PartName) -> PartTrace:
        """One part.

        Raises:
            ValueError: the block has no such part.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise ValueError(f"part ({name!r}) must be one of {', '.join(part.name for part in self.parts)}")


Read = tuple[Tensor, MultiHeadTrace | None, FeedForwardTrace | None]
"""What a part makes of what it reads, and how."""


def block_stages(
    x: Tensor,
    weights: BlockWeights,
    switches: BlockSwitches = PLAIN,
    *,
    memory: Tensor | None = None,
    mask: Tensor | None = None,
    memory_mask: Tensor | None = None,
    bias: Tensor | None = None,
    angles: Tensor | None = None,
    generator: torch.Generator | None = None,
    looks: Callable[[Tensor], Read] | None = None,
) -> BlockStages:
    """One block with all its stages.

    Args:
        x: (B, T, d_model), the stream before.
        weights: the block's weights; whether it has cross-attention is theirs to say.
        switches: how the block is put together.
        memory: (B, S, d_model), what cross-attention looks at.
        mask: bool, broadcastable to (B, H, T, T), of self-attention; True means "may attend".
        memory_mask: bool, broadcastable to (B, H, T, S), of cross-attention.
        bias: broadcastable to (B, H, T, T), added to the scaled scores of self-attention.
        angles: (T, D // 2) RoPE angles, of self-attention: between two texts there is no distance to turn by.
        generator: the randomness of dropout.
        looks: what self-attention makes of what it reads, where somebody has changed it: (B, T, d_model) -> the same.

    Raises:
        ValueError: a memory without cross-attention or cross-attention without one; what attention refuses.

    Source: Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762; norm first: Xiong et al. 2020,
    https://arxiv.org/abs/2002.04745
    """
    if (memory is None) != (weights.cross_attention is None):
        raise ValueError("memory must come with weights of cross_attention, and they with a memory")

    def looks_at_itself(entering: Tensor) -> Read:
        seen = multi_head_attention(
            entering, weights.self_attention, mask=mask, bias=bias, angles=angles, rule=switches.rule
        )
        return seen.output, seen, None

    def feeds_forward(entering: Tensor) -> Read:
        fed = feed_forward(entering, weights.feed_forward)
        return fed.output, None, fed

    parts = [_part("self_attention", x, looks or looks_at_itself, weights.self_norm, switches, generator)]
    if weights.cross_attention is not None and weights.cross_norm is not None:
        cross = weights.cross_attention

        def looks_at_memory(entering: Tensor) -> Read:
            seen = multi_head_attention(entering, cross, memory=memory, mask=memory_mask, rule=switches.rule)
            return seen.output, seen, None

        stream = parts[-1].output
        parts.append(_part("cross_attention", stream, looks_at_memory, weights.cross_norm, switches, generator))
    if switches.feed_forward:
        stream = parts[-1].output
        parts.append(_part("feed_forward", stream, feeds_forward, weights.feed_forward_norm, switches, generator))
    return BlockStages(tuple(parts))


def _part(
    name: PartName,
    x: Tensor,
    read: Callable[[Tensor], Read],
    norm_weights: NormWeights,
    switches: BlockSwitches,
    generator: torch.Generator | None,
) -> PartTrace:
    norm = normed(x, norm_weights) if switches.norm and switches.norm_first else None
    entering = x if norm is None else norm.output
    undropped, attention, fed = read(entering)
    dropout_mask = drawn_dropout(undropped, switches.dropout, generator)
    written = dropped(undropped, switches.dropout, dropout_mask)
    joined = output = x + written if switches.residual else written
    if switches.norm and not switches.norm_first:
        norm = normed(joined, norm_weights)
        output = norm.output
    return PartTrace(name, x, norm, entering, written, undropped, dropout_mask, joined, output, attention, fed)


def _feed_forward_of(module: nn.TransformerEncoderLayer | nn.TransformerDecoderLayer) -> FeedForwardWeights:
    return FeedForwardWeights(
        up_proj=module.linear1.weight.T,
        up_bias=module.linear1.bias,
        down_proj=module.linear2.weight.T,
        down_bias=module.linear2.bias,
        activation=_activation_of(module.activation),
    )


def _activation_of(bend: object) -> ActivationName:
    if bend is F.relu or isinstance(bend, nn.ReLU):
        return "relu"
    if bend is F.gelu or (isinstance(bend, nn.GELU) and bend.approximate == "none"):
        return "gelu"
    raise ValueError(f"activation ({bend!r:.60}) must be ReLU or GELU")
