"""From the embeddings through every block to the logits, every stage kept."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.choices.masks import all_of, causal_mask, padding_mask
from attnlab.engine.choices.positions import alibi_bias, rotary_angles
from attnlab.engine.devices import computing_on, finish
from attnlab.engine.seeds import generator
from attnlab.engine.stack.inputs import SideName, StackInputs
from attnlab.engine.stack.moving import placed
from attnlab.engine.stack.seeded import seeded_inputs
from attnlab.engine.stack.spec import StackSpec
from attnlab.engine.transformer.blocks import BlockStages, PartName, Read, block_stages
from attnlab.engine.transformer.norms import NormTrace, NormWeights, normed

Looks: TypeAlias = Mapping[int, Callable[[Tensor], Read]]
"""What the self-attention of some blocks makes of what it reads, by the number of the block, from 0."""


@dataclass(frozen=True, eq=False)
class StackTrace:
    """One stack, computed. Tensors have a batch of one."""

    inputs: StackInputs  # on the device and of the dtype they were computed with
    encoder: tuple[BlockStages, ...]  # () if there is none
    decoder: tuple[BlockStages, ...]
    memory_norm: NormTrace | None  # of the encoder's last stream, beside a decoder
    memory: Tensor | None  # (B, S, d_model), what cross-attention looks at
    final_norm: NormTrace | None  # of the last stream
    final: Tensor  # (B, T, d_model), what enters the head
    logits: Tensor  # (B, T, V)
    device: torch.device
    elapsed_ms: float  # of the blocks and the head, weights and embeddings at hand

    def blocks(self, side: SideName) -> tuple[BlockStages, ...]:
        """The blocks of one stack."""
        return self.encoder if side == "encoder" else self.decoder

    def streams(self, side: SideName) -> tuple[Tensor, ...]:
        """(B, T, d_model) each: the residual stream before the first block and after every block."""
        blocks = self.blocks(side)
        return (*(block.x for block in blocks[:1]), *(block.output for block in blocks))

    def maps(self, side: SideName, name: PartName = "self_attention") -> tuple[Tensor, ...]:
        """(T, S) each: the weights of an attention part, averaged over its heads, block by block."""
        layers = (block.part(name).attention for block in self.blocks(side))
        return tuple(layer.heads.weights[0].mean(0) for layer in layers if layer is not None)


def stack_trace(stack: StackSpec | StackInputs) -> StackTrace:
    """Run a stack and keep every stage.

    Args:
        stack: a spec, for seeded weights, or weights and embeddings at hand.

    Raises:
        SpecError: the device is not there, does not know the dtype, or has too little memory.
    """
    inputs = seeded_inputs(stack) if isinstance(stack, StackSpec) else stack
    place = computing_on(inputs.device, inputs.dtype, inputs.num_tokens)
    with place as (device, dtype), torch.inference_mode():
        return run_stack(placed(inputs, device, dtype), device)


def run_stack(inputs: StackInputs, device: torch.device) -> StackTrace:
    """The computation itself, in the caller's gradient mode, on inputs that lie on `device` already."""
    weights, (seen, past) = inputs.weights, _masks(inputs, device)
    finish(device)
    began = time.perf_counter()
    encoder: tuple[BlockStages, ...] = ()
    decoder: tuple[BlockStages, ...] = ()
    memory_norm = memory = None
    if weights.encoder:
        encoder = _blocks(inputs, "encoder", mask=seen)
    if weights.encoder and weights.decoder:
        memory_norm = _normed(encoder[-1].output, weights.encoder_norm, inputs)
        memory = encoder[-1].output if memory_norm is None else memory_norm.output
    if weights.decoder:
        decoder = _blocks(inputs, "decoder", mask=past, memory=memory, memory_mask=seen)
    last, last_norm = (decoder, weights.decoder_norm) if decoder else (encoder, weights.encoder_norm)
    final_norm = _normed(last[-1].output, last_norm, inputs)
    final = last[-1].output if final_norm is None else final_norm.output
    logits = F.linear(final, weights.output_proj.T, weights.output_bias)
    finish(device)
    elapsed_ms = (time.perf_counter() - began) * 1e3
    return StackTrace(inputs, encoder, decoder, memory_norm, memory, final_norm, final, logits, device, elapsed_ms)


def _masks(inputs: StackInputs, device: torch.device) -> tuple[Tensor | None, Tensor]:
    """What may be seen of the source, (1, S), None if all of it; and what a decoder may see of its own text, (T, T)."""
    padding = None if inputs.source_mask is None else padding_mask(~inputs.source_mask)
    causal = causal_mask(len(inputs.tokens("decoder")), device=device)
    if padding is not None and inputs.architecture == "decoder":
        return padding, all_of(causal, padding)
    return padding, causal


def _blocks(
    inputs: StackInputs,
    side: SideName,
    *,
    mask: Tensor | None,
    memory: Tensor | None = None,
    memory_mask: Tensor | None = None,
) -> tuple[BlockStages, ...]:
    stream, positions = inputs.embedding(side), inputs.position_embedding(side)
    stream = (stream if positions is None else stream + positions).unsqueeze(0)
    return _run(inputs, side, stream, mask=mask, memory=memory, memory_mask=None if memory is None else memory_mask)


def blocks_onwards(
    inputs: StackInputs, stream: Tensor, first: int, looks: Looks = MappingProxyType({})
) -> tuple[BlockStages, ...]:
    """The last blocks of a stack that has one side alone, from any stream: what follows from a change.

    Args:
        inputs: on one device, weights and stream alike.
        stream: (B, T, d_model), what the first of these blocks is given.
        first: its number, from 0.
        looks: of the self-attention of some of them, by number, as in `block_stages`.

    Raises:
        ValueError: a stack of two sides.
    """
    if inputs.architecture == "encoder_decoder":
        raise ValueError("inputs must have one side: what a decoder looks at follows from the encoder")
    side: SideName = inputs.architecture
    seen, past = _masks(inputs, stream.device)
    return _run(inputs, side, stream, mask=seen if side == "encoder" else past, first=first, looks=looks)


def _run(
    inputs: StackInputs,
    side: SideName,
    stream: Tensor,
    *,
    mask: Tensor | None,
    memory: Tensor | None = None,
    memory_mask: Tensor | None = None,
    first: int = 0,
    looks: Looks = MappingProxyType({}),
) -> tuple[BlockStages, ...]:
    length, heads = stream.shape[1], inputs.blocks(side)[0].self_attention
    angles = rotary_angles(length, heads.head_dim, inputs.rotary_base) if inputs.positions == "rope" else None
    bias = inputs.bias(side)
    if inputs.positions == "alibi":
        slopes = alibi_bias(heads.num_heads, length, device=stream.device)
        bias = slopes if bias is None else bias + slopes
    blocks: list[BlockStages] = []
    for number, weights in enumerate(inputs.blocks(side)[first:], first):
        stages = block_stages(
            blocks[-1].output if blocks else stream,
            weights,
            inputs.switches,
            memory=memory,
            mask=mask,
            memory_mask=memory_mask,
            bias=bias,
            angles=angles,
            generator=generator(inputs.seed, "dropout", side, number),
            looks=looks.get(number),
        )
        blocks.append(stages)
    return tuple(blocks)


def _normed(stream: Tensor, weights: NormWeights | None, inputs: StackInputs) -> NormTrace | None:
    return normed(stream, weights) if weights is not None and inputs.switches.norm else None
