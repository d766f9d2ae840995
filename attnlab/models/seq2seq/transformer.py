"""The encoder-decoder of Vaswani et al. 2017: two stacks, the second of which looks at what the first has made."""

from collections.abc import Callable
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import MultiHeadTrace
from attnlab.models.parts.attention_layer import AttentionLayer
from attnlab.models.parts.block import FeedForward
from attnlab.models.parts.residual import around, entering, joined
from attnlab.models.seq2seq.base import Decoded, Memory
from attnlab.models.seq2seq.config import Seq2SeqConfig


class TransformerBlock(nn.Module):
    """Self-attention, in a decoder cross-attention, feed-forward: each with its norm, each added to the stream.

    Source: Vaswani et al. 2017, section 3.1; norm first: Xiong et al. 2020, https://arxiv.org/abs/2002.04745
    """

    def __init__(self, config: Seq2SeqConfig, *, cross: bool) -> None:
        super().__init__()
        d_model = config.d_model
        self.norm_first = config.norm_first
        self.self_norm = nn.LayerNorm(d_model)
        self.self_attention = AttentionLayer(d_model, config.num_heads)
        self.cross_norm = nn.LayerNorm(d_model) if cross else None
        self.cross_attention = AttentionLayer(d_model, config.num_heads) if cross else None
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, config.ff_width)
        self.dropout = nn.Dropout(config.dropout)

    def encode(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, S, d_model), with a mask (B, 1, 1, S)."""
        return self._fed_forward(self._around(x, partial(self.self_attention, mask=mask), self.self_norm))

    def decode(self, x: Tensor, memory: Tensor, mask: Tensor, *, look: bool) -> tuple[Tensor, MultiHeadTrace | None]:
        """(B, T, d_model), and what the cross-attention did if that is asked."""
        norm, attention = cast("nn.LayerNorm", self.cross_norm), cast("AttentionLayer", self.cross_attention)
        x = self._around(x, partial(self.self_attention, is_causal=True), self.self_norm)
        if not look:
            return self._fed_forward(self._around(x, partial(attention, memory=memory, mask=mask), norm)), None
        seen = attention.trace(entering(x, norm, norm_first=self.norm_first), memory=memory, mask=mask)
        return self._fed_forward(joined(x, seen.output, norm, self.dropout, norm_first=self.norm_first)), seen

    def _fed_forward(self, x: Tensor) -> Tensor:
        return self._around(x, self.feed_forward, self.feed_forward_norm)

    def _around(self, x: Tensor, part: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        return around(x, part, norm, self.dropout, norm_first=self.norm_first)


class TransformerBody(nn.Module):
    """A stack that reads the source, and one that reads the target and the first one's result."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(TransformerBlock(config, cross=False) for _ in range(config.num_layers))
        self.decoder = nn.ModuleList(TransformerBlock(config, cross=True) for _ in range(config.num_layers))
        self.encoder_norm = nn.LayerNorm(config.d_model) if config.norm_first else nn.Identity()  # else it is normed
        self.decoder_norm = nn.LayerNorm(config.d_model) if config.norm_first else nn.Identity()

    def encode(self, embedded: Tensor, mask: Tensor) -> Memory:
        """As `Body.encode`; every word sees every word, and no padding."""
        x, words = embedded, mask[:, None, None, :]
        for block in self.encoder:
            x = cast("TransformerBlock", block).encode(x, words)
        return Memory(self.encoder_norm(x), mask)

    def decode(self, memory: Memory, embedded: Tensor, *, look: bool = False) -> Decoded:
        """As `Body.decode`."""
        x, seen, words = embedded, [], memory.mask[:, None, None, :]
        for block in self.decoder:
            x, layer = cast("TransformerBlock", block).decode(x, memory.states, words, look=look)
            if layer is not None:
                seen.append(layer)
        weights = torch.stack([layer.heads.weights for layer in seen], dim=1) if seen else None
        return Decoded(self.decoder_norm(x), weights, tuple(seen))
