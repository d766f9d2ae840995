"""Every number of an encoder-decoder on a source and a target."""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import BlockStages, StackTrace
from attnlab.engine.allowed import check_choice, check_number
from attnlab.engine.stack import SideName
from attnlab.engine.transformer.blocks import PartName
from attnlab.pretrained.files.tokens import Token

SIDES: tuple[SideName, ...] = ("encoder", "decoder")


@dataclass(frozen=True, eq=False)
class PairTrace:
    """A source and a target, computed. L layers of H heads in each half, S source tokens, T target tokens.

    What is read at place t of the target says what comes at t + 1.
    """

    source: tuple[Token, ...]  # S of them, padding included
    target: tuple[Token, ...]  # T of them, the start first
    cut: int  # tokens of the source beyond the model's limit, which were left out
    cut_target: int
    stack: StackTrace
    head: Tensor  # (V, d_model)
    head_bias: Tensor | None  # (V,)
    output_scale: float  # of the last stream as it enters the head

    @cached_property
    def encoder_attentions(self) -> Tensor:
        """(L, H, S, S): the weights of the encoder, queries are rows."""
        return self._weights("encoder", "self_attention")

    @cached_property
    def decoder_attentions(self) -> Tensor:
        """(L, H, T, T): how the target looks at itself."""
        return self._weights("decoder", "self_attention")

    @cached_property
    def cross_attentions(self) -> Tensor:
        """(L, H, T, S): how the target looks at the source."""
        return self._weights("decoder", "cross_attention")

    @cached_property
    def hidden_states(self) -> tuple[Tensor, Tensor]:
        """(L + 1, S, d_model) and (L + 1, T, d_model): encoder and decoder, before the first block and after each.

        The last ones are normed where the model norms its last streams, as transformers gives them.
        """
        memory = self.stack.encoder[-1].output if self.stack.memory is None else self.stack.memory
        encoder, decoder = self.stack.streams("encoder"), self.stack.streams("decoder")
        return torch.cat([*encoder[:-1], memory]), torch.cat([*decoder[:-1], self.stack.final])

    @cached_property
    def logits(self) -> Tensor:
        """(T, V): of the next token of the target, at each place."""
        final = self.stack.final[0] * self.output_scale
        bias = None if self.head_bias is None else self.head_bias.to(final.dtype)
        with torch.inference_mode():
            return F.linear(final, self.head.to(final.dtype), bias)

    def block(self, side: SideName, number: int) -> BlockStages:
        """One block, from 0, with all that happened in it: queries, keys, values, scores, weights, outputs.

        Raises:
            SpecError: no such half, or no such block in it.
        """
        check_choice("side", side, SIDES)
        blocks = self.stack.blocks(side)
        check_number("layer", number, 0, len(blocks) - 1)
        return blocks[number]

    def _weights(self, side: SideName, name: PartName) -> Tensor:
        layers = (block.part(name).attention for block in self.stack.blocks(side))
        return torch.stack([layer.heads.weights[0] for layer in layers if layer is not None])
