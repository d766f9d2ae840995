"""Every number of a model on one text."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import TRAINED, AttentionSpec, BlockStages, Entering, LayerInputs, Norm, NormTrace, StackTrace
from attnlab.engine.allowed import check_number
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.engine.spec import PositionsName
from attnlab.engine.stack.trace import Looks
from attnlab.pretrained.embedding import Embedded
from attnlab.pretrained.files.tokens import Token


@dataclass(frozen=True, eq=False)
class Trace:
    """A text, computed. L layers of H heads, T tokens."""

    tokens: tuple[Token, ...]  # T of them
    cut: int  # tokens beyond the model's limit, which were left out
    embedded: Embedded
    stack: StackTrace
    positions: PositionsName  # "learned" or "rope"
    head: Tensor | None = None  # (V, d_model), what makes logits of the last stream
    looks: Looks = field(
        default_factory=dict
    )  # what changed layers make of what they read; nothing in a model as it is

    @property
    def blocks(self) -> tuple[BlockStages, ...]:
        """L blocks with all their stages."""
        return self.stack.encoder or self.stack.decoder

    @cached_property
    def attentions(self) -> Tensor:
        """(L, H, T, T): the weights, queries are rows."""
        return torch.stack([_attention(block).heads.weights[0] for block in self.blocks])

    @cached_property
    def hidden_states(self) -> Tensor:
        """(L + 1, T, d_model): the stream before the first block and after each.

        The last one is normed where the model norms its last stream, as transformers gives it.
        """
        streams = [self.embedded.stream, *(block.output[0] for block in self.blocks[:-1]), self.stack.final[0]]
        return torch.stack(streams)

    @cached_property
    def logits(self) -> Tensor | None:
        """(T, V): of the next token, at each position; None of a model without a head."""
        if self.head is None:
            return None
        final = self.stack.final[0]
        with torch.inference_mode():
            return F.linear(final, self.head.to(final.dtype))

    @property
    def spec(self) -> AttentionSpec:
        """What the engine's `trace` and the stage need to know of a layer, beside `layer`.

        Raises:
            SpecError: more tokens than the stage draws.
        """
        attention, inputs = _attention(self.blocks[0]).projections, self.stack.inputs
        return AttentionSpec(
            tokens=tuple(token.label for token in self.tokens),
            source=TRAINED,
            num_heads=attention.num_heads,
            num_kv_heads=attention.num_kv_heads,
            d_model=attention.output_proj.shape[1],
            head_dim=attention.head_dim,
            value_dim=attention.value_dim,
            positions=self.positions,
            mask="none" if self.stack.encoder else "causal",
            dtype=inputs.dtype,
        )

    def layer(self, number: int) -> LayerInputs:
        """One attention layer, from 0: its weights and what enters it, from which the engine computes it again.

        Raises:
            SpecError: the model has no such layer.
        """
        return LayerInputs(
            tokens=tuple(token.label for token in self.tokens),
            token_embedding=self.embedded.token,
            position_embedding=self.embedded.position,
            projections=_attention(self.block(number)).projections,
            entering=self.entering(number),
            rotary_base=self.stack.inputs.rotary_base,
        )

    def entering(self, number: int) -> Entering:
        """What enters one attention layer, from 0. Raises as `layer`."""
        part, norm_first = self.block(number).parts[0], self.stack.inputs.switches.norm_first
        norm = _norm(part.norm) if norm_first and part.norm is not None else None
        return Entering(number, part.x[0], norm, part.entering[0])

    def block(self, number: int) -> BlockStages:
        """One block, from 0, with all that happened in it: queries, keys, values, scores, weights, outputs.

        Raises:
            SpecError: the model has no such block.
        """
        check_number("layer", number, 0, len(self.blocks) - 1)
        return self.blocks[number]


def _attention(block: BlockStages) -> MultiHeadTrace:
    return cast("MultiHeadTrace", block.part("self_attention").attention)


def _norm(norm: NormTrace) -> Norm:
    gain, bias = norm.weights.gain, norm.weights.bias
    return Norm(norm.mean[0], norm.deviation[0], gain, torch.zeros_like(gain) if bias is None else bias)
