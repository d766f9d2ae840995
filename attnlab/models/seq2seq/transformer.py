"""The encoder-decoder of Vaswani et al. 2017: two stacks, the second of which looks at what the first has made."""

from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import MultiHeadTrace, Projections, multi_head_attention, multi_head_output
from attnlab.models.block import FeedForward
from attnlab.models.mixers.attention import projections_of
from attnlab.models.seq2seq.base import Decoded, Memory
from attnlab.models.seq2seq.config import Seq2SeqConfig


class AttentionLayer(nn.Module):
    """Multi-head attention over itself or over a memory: a holder of weights around the engine's functions."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, d_model // num_heads
        self.qkv_proj = nn.Linear(d_model, 3 * d_model)
        self.output_proj = nn.Linear(d_model, d_model)

    def forward(
        self, x: Tensor, *, memory: Tensor | None = None, mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        """(B, T, d_model), by the fused kernel."""
        return multi_head_output(x, self.projections(), memory=memory, mask=mask, is_causal=is_causal)

    def trace(self, x: Tensor, *, memory: Tensor | None = None, mask: Tensor | None = None) -> MultiHeadTrace:
        """The same, with every stage."""
        return multi_head_attention(x, self.projections(), memory=memory, mask=mask)

    def projections(self) -> Projections:
        """The weights for the engine, as views."""
        return projections_of(self.qkv_proj, self.output_proj, self.num_heads, self.num_heads, self.head_dim)


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
        x = self._joined(x, self.self_attention(self._entering(x, self.self_norm), mask=mask), self.self_norm)
        return self._fed_forward(x)

    def decode(self, x: Tensor, memory: Tensor, mask: Tensor, *, look: bool) -> tuple[Tensor, MultiHeadTrace | None]:
        """(B, T, d_model), and what the cross-attention did if that is asked."""
        norm, attention = cast("nn.LayerNorm", self.cross_norm), cast("AttentionLayer", self.cross_attention)
        x = self._joined(x, self.self_attention(self._entering(x, self.self_norm), is_causal=True), self.self_norm)
        entering, seen = self._entering(x, norm), None
        if look:
            seen = attention.trace(entering, memory=memory, mask=mask)
        written = attention(entering, memory=memory, mask=mask) if seen is None else seen.output
        return self._fed_forward(self._joined(x, written, norm)), seen

    def _fed_forward(self, x: Tensor) -> Tensor:
        norm = self.feed_forward_norm
        return self._joined(x, self.feed_forward(self._entering(x, norm)), norm)

    def _entering(self, x: Tensor, norm: nn.LayerNorm) -> Tensor:
        normed: Tensor = norm(x) if self.norm_first else x
        return normed

    def _joined(self, x: Tensor, added: Tensor, norm: nn.LayerNorm) -> Tensor:
        joined: Tensor = x + self.dropout(added)
        return joined if self.norm_first else norm(joined)


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
