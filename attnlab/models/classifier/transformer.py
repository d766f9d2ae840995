"""Self-attention in both directions, and one more query that asks the whole text for its verdict."""

from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from attnlab.engine import attention, padding_mask
from attnlab.models.classifier.base import Pooled, even_shares, word_means
from attnlab.models.classifier.config import ClassifierConfig
from attnlab.models.parts.attention_layer import AttentionLayer
from attnlab.models.parts.block import FeedForward
from attnlab.models.parts.residual import around, joined


class ClassifierBlock(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x)); padding is hidden from every query.

    Source: Vaswani et al. 2017, section 3.1; norm first: Xiong et al. 2020, https://arxiv.org/abs/2002.04745
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.attention = AttentionLayer(config.d_model, config.num_heads)
        self.feed_forward_norm = nn.LayerNorm(config.d_model)
        self.feed_forward = FeedForward(config.d_model, config.ff_width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, d_model), with a mask (B, 1, 1, T)."""
        attended = around(x, partial(self.attention, mask=mask), self.attention_norm, self.dropout, norm_first=True)
        return self._fed_forward(attended)

    def looked_into(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and the weights (B, H, T, T)."""
        traced = self.attention.trace(self.attention_norm(x), mask=mask)
        attended = joined(x, traced.output, self.attention_norm, self.dropout, norm_first=True)
        return self._fed_forward(attended), traced.heads.weights

    def _fed_forward(self, x: Tensor) -> Tensor:
        return around(x, self.feed_forward, self.feed_forward_norm, self.dropout, norm_first=True)


class TransformerBody(nn.Module):
    """A stack of blocks, then the mean over the words, or what one learned query finds in them.

    The query asks every word at once, as a query of the engine's attention: its weights say which words the verdict is
    made of.

    Source: of the query, Yang et al. 2016, eq. 5-7, https://aclanthology.org/N16-1174, here with scaled dot products.
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ClassifierBlock(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.d_model)
        self.query = nn.Embedding(1, config.d_model) if config.pooling == "query" else None

    def pooled(self, embedded: Tensor, mask: Tensor, *, look: bool = False) -> Pooled:
        """As `Body.pooled`."""
        x, words = embedded, padding_mask(~mask)
        seen: list[Tensor] = []
        for each in self.blocks:
            block = cast("ClassifierBlock", each)
            if look:
                x, looks = block.looked_into(x, words)
                seen.append(looks)
            else:
                x = block(x, words)
        states = self.norm(x)
        weights = torch.stack(seen, dim=1) if seen else None
        if self.query is None:
            return Pooled(word_means(states, mask), even_shares(mask, states) if look else None, weights)
        asked = self.query.weight.expand(len(states), 1, 1, -1)
        found = attention(asked, states[:, None], states[:, None], mask=words)
        return Pooled(found.output[:, 0, 0], found.weights[:, 0, 0] if look else None, weights)
