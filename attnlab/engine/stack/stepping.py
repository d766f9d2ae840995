"""A decoder that writes: the newest token alone is run through the blocks, all before it is kept.

The numbers are those of `run_stack`; the tests hold the two to each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from attnlab.engine.efficient.kv_cache import KvCache, cached_attention_step, cached_cross_attention, memory_cache
from attnlab.engine.multihead import Projections
from attnlab.engine.transformer.blocks import BlockSwitches, BlockWeights
from attnlab.engine.transformer.feed_forward import feed_forward
from attnlab.engine.transformer.norms import NormWeights, normed


@dataclass(frozen=True, eq=False)
class Decoder:
    """The blocks of a decoder, and beside a memory the keys and values of that at hand."""

    blocks: tuple[BlockWeights, ...]
    norm: NormWeights | None  # of the last stream
    looks: tuple[tuple[Projections, KvCache], ...]  # cross-attention of each block, and its memory, of one row; or ()
    switches: BlockSwitches  # dropout aside
    bias: Tensor | None = None  # (H, T, T) of the longest text that is written, added to the scaled scores
    angles: Tensor | None = None  # (T, D // 2) of the same, where positions are turned by RoPE


@dataclass(frozen=True, eq=False)
class SoFar:
    """What B texts of one length have left behind in each block; () before the first token."""

    caches: tuple[KvCache, ...] = ()

    @property
    def length(self) -> int:
        """Tokens so far."""
        return self.caches[0].key.shape[2] if self.caches else 0

    def of(self, rows: Tensor) -> "SoFar":
        """The same of some of the texts, in a new order: (N,) of their numbers."""
        return SoFar(tuple(KvCache(cache.key[rows], cache.value[rows]) for cache in self.caches))


def decoder_beside(
    memory: Tensor,
    blocks: tuple[BlockWeights, ...],
    norm: NormWeights | None,
    switches: BlockSwitches,
    bias: Tensor | None = None,
) -> Decoder:
    """A decoder beside a memory (1, S, d_model), all of it words.

    Raises:
        ValueError: a block without cross-attention.
    """
    crossing = [block.cross_attention for block in blocks if block.cross_attention is not None]
    if len(crossing) < len(blocks):
        raise ValueError("blocks must have cross_attention, which is what looks at a memory")
    looks = tuple((projections, memory_cache(memory, projections)) for projections in crossing)
    return Decoder(blocks, norm, looks, switches, bias)


@dataclass(frozen=True, eq=False)
class Steps:
    """What T new tokens of B texts became."""

    stream: Tensor  # (B, T, d_model), the last one as it enters the head
    weights: tuple[Tensor, ...]  # of each block (B, H, T, S): where they looked among all S tokens so far
    so_far: SoFar  # with them in it


def decoder_steps(decoder: Decoder, x: Tensor, so_far: SoFar) -> Steps:
    """The newest tokens of each text through all blocks.

    Args:
        decoder: with the memory that all texts share, if it has one.
        x: (B, T, d_model), the vectors of the newest tokens; at first of a whole prompt.
        so_far: of the same texts without them.

    Source: Pope et al. 2022, section 2.1, https://arxiv.org/abs/2211.05102
    """
    stream, before, caches, weights = x, so_far.length, [], []
    until, scale, switches = before + x.shape[1], decoder.switches.rule.factor, decoder.switches
    bias = None if decoder.bias is None else decoder.bias[:, before:until, :until]
    angles = None if decoder.angles is None else decoder.angles[:until]
    for number, block in enumerate(decoder.blocks):
        cache = so_far.caches[number] if so_far.caches else None
        entering = _entering(stream, block.self_norm, switches)
        step = cached_attention_step(entering, block.self_attention, cache, angles=angles, bias=bias, scale=scale)
        caches.append(step.cache)
        weights.append(step.heads.weights)
        stream = _joined(stream, step.output, block.self_norm, switches)
        if decoder.looks:
            stream = _part(stream, _crossing(*decoder.looks[number], scale), block.cross_norm, switches)
        if switches.feed_forward:
            stream = _part(stream, _feeding(block), block.feed_forward_norm, switches)
    if decoder.norm is not None and switches.norm:
        stream = normed(stream, decoder.norm).output
    return Steps(stream, tuple(weights), SoFar(tuple(caches)))


def decoder_step(decoder: Decoder, x: Tensor, so_far: SoFar) -> tuple[Tensor, SoFar]:
    """`decoder_steps` of one new token each: (B, d_model) becomes (B, d_model), and what is kept now."""
    steps = decoder_steps(decoder, x[:, None], so_far)
    return steps.stream[:, 0], steps.so_far


def _crossing(projections: Projections, kept: KvCache, scale: float | None) -> Callable[[Tensor], Tensor]:
    def crossed(entering: Tensor) -> Tensor:
        texts = len(entering)
        shared = KvCache(kept.key.expand(texts, -1, -1, -1), kept.value.expand(texts, -1, -1, -1))
        return cached_cross_attention(entering, projections, shared, scale=scale)

    return crossed


def _feeding(block: BlockWeights) -> Callable[[Tensor], Tensor]:
    return lambda entering: feed_forward(entering, block.feed_forward).output


def _part(
    stream: Tensor, read: Callable[[Tensor], Tensor], norm: NormWeights | None, switches: BlockSwitches
) -> Tensor:
    return _joined(stream, read(_entering(stream, norm, switches)), norm, switches)


def _entering(stream: Tensor, norm: NormWeights | None, switches: BlockSwitches) -> Tensor:
    return normed(stream, norm).output if norm is not None and switches.norm and switches.norm_first else stream


def _joined(stream: Tensor, written: Tensor, norm: NormWeights | None, switches: BlockSwitches) -> Tensor:
    joined = stream + written if switches.residual else written
    return normed(joined, norm).output if norm is not None and switches.norm and not switches.norm_first else joined
