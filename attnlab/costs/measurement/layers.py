"""Layers as they are measured: a stream in, a stream out, causal; and one token more behind what is kept of a text.

`step` gives the output at the next token, the last row of what `forward` gives for all of them (the tests hold each
layer to that), and what must be remembered for the one after.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.costs.sizes import Sizes
from attnlab.engine import (
    KvCache,
    Projections,
    cached_attention_step,
    causal_mask,
    merge_heads,
    multi_head_attention,
    multi_head_output,
    split_heads,
)
from attnlab.engine.attention import attention_output, per_query_head
from attnlab.engine.efficient.linear_attention import feature_map
from attnlab.models import MIXERS, FamilyName, ModelConfig
from attnlab.models.mixers.attention import AttentionMixer


class Layer(nn.Module, ABC):
    """A causal layer, (B, T, d_model) -> (B, T, d_model)."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The outputs at all positions."""

    @abstractmethod
    def step(self, newest: Tensor, kept: Any = None) -> tuple[Tensor, Any]:
        """One more position.

        Args:
            newest: (B, 1, d_model).
            kept: what the step before gave; None at the first position.

        Returns:
            The output, (B, 1, d_model), and what is kept then.
        """


def config_of(family: FamilyName, sizes: Sizes) -> ModelConfig:
    """The mixer's own config. Positions are none: turning or adding them is no part of the mechanism."""
    return ModelConfig(
        family=family,
        num_features=1,
        num_outputs=1,
        d_model=sizes.d_model,
        num_heads=sizes.num_heads,
        num_kv_heads=sizes.num_kv_heads,
        window=sizes.window,
        positions="none",
    )


class TracedAttention(Layer):
    """The engine's attention as the pages draw it: scores and weights of all pairs are there to be read."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.attention = AttentionMixer(config_of("transformer", sizes))

    def forward(self, x: Tensor) -> Tensor:
        """By `multi_head_attention`."""
        mask = causal_mask(x.shape[1], device=x.device)
        return multi_head_attention(x, self.attention.projections(), mask=mask).output

    def step(self, newest: Tensor, kept: KvCache | None = None) -> tuple[Tensor, KvCache]:
        """By `cached_attention_step`."""
        done = cached_attention_step(newest, self.attention.projections(), kept)
        return done.output, done.cache


class FusedAttention(Layer):
    """The same layer by `F.scaled_dot_product_attention`, which never holds all scores at once."""

    reach: int | None = None  # keys before the newest that it sees; all if None

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.attention = AttentionMixer(config_of("transformer", sizes))

    def forward(self, x: Tensor) -> Tensor:
        """By `multi_head_output`."""
        return multi_head_output(x, self.attention.projections(), is_causal=True)

    def step(self, newest: Tensor, kept: KvCache | None = None) -> tuple[Tensor, KvCache]:
        """The newest query over all keys that are kept, by the same kernel."""
        weights = self.attention.projections()
        query, key, value = projected(newest, weights)
        if kept is not None:
            key, value = torch.cat((kept.key, key), dim=2), torch.cat((kept.value, value), dim=2)
        output = merge_heads(attention_output(query, key, value))
        first = 0 if self.reach is None else max(key.shape[2] - self.reach, 0)
        cache = KvCache(key[:, :, first:], value[:, :, first:])
        return F.linear(output, weights.output_proj.T, weights.output_bias), cache


class WindowAttention(FusedAttention):
    """Attention to the last `window` tokens, block by block."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.mixer = MIXERS["window_attention"].build(config_of("window_attention", sizes), 0)
        self.attention = self.mixer.attention  # type: ignore[attr-defined]
        self.reach = sizes.window - 1

    def forward(self, x: Tensor) -> Tensor:
        """By the mixer."""
        return self.mixer(x)


class LinearAttention(Layer):
    """Attention by a state of fixed size."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.mixer = MIXERS["linear_attention"].build(config_of("linear_attention", sizes), 0)
        self.attention: AttentionMixer = self.mixer.attention  # type: ignore[attr-defined]

    def forward(self, x: Tensor) -> Tensor:
        """By the mixer."""
        return self.mixer(x)

    def step(self, newest: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """By the state, (B, H, D, Dv + 1): the sums over tokens of phi(k) v^T and of phi(k).

        Source: Katharopoulos et al. 2020, eq. 18 to 20, https://arxiv.org/abs/2006.16236
        """
        query, key, value = self._read(newest)
        added = key.transpose(-2, -1) @ value
        state = added if kept is None else kept + added
        sums = query @ state
        weights = self.attention.projections()
        output = merge_heads(sums[..., :-1] / sums[..., -1:])
        return F.linear(output, weights.output_proj.T, weights.output_bias), state

    def _read(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = projected(x, self.attention.projections())
        heads = query.shape[1]
        values = F.pad(per_query_head(value, heads), (0, 1), value=1.0)
        return feature_map(query), feature_map(per_query_head(key, heads)), values


class TorchAttention(Layer):
    """`nn.MultiheadAttention` as it is called in most texts: it gives its weights back, averaged over heads."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(sizes.d_model, sizes.num_heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """With the mask that it wants: True = may not attend."""
        output: Tensor = self.attention(x, x, x, attn_mask=~causal_mask(x.shape[1], device=x.device))[0]
        return output

    def step(self, newest: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """It has no cache of its own: all tokens again as keys and values, of one query."""
        tokens = newest if kept is None else torch.cat((kept, newest), dim=1)
        return self.attention(newest, tokens, tokens)[0], tokens


class Recurrent(Layer):
    """`nn.LSTM` or `nn.GRU`."""

    def __init__(self, sizes: Sizes, cell: Callable[..., nn.LSTM | nn.GRU]) -> None:
        super().__init__()
        self.cell = cell(sizes.d_model, sizes.d_model, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """The states at all positions."""
        output: Tensor = self.cell(x)[0]
        return output

    def step(self, newest: Tensor, kept: Any = None) -> tuple[Tensor, Any]:
        """One step of the recurrence from the last state, of an LSTM with its cell."""
        output, state = self.cell(newest, kept)
        return output, state


class Convolution(Layer):
    """Two causal convolutions, as in a level of a TCN."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        config = config_of("tcn", sizes)
        self.mixer = MIXERS["tcn"].build(config, 0)
        self.reach = MIXERS["tcn"].reach(config, 0) or 0

    def forward(self, x: Tensor) -> Tensor:
        """By the mixer."""
        return self.mixer(x)

    def step(self, newest: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Both convolutions over the last inputs that the output sees."""
        inputs = newest if kept is None else torch.cat((kept, newest), dim=1)
        return self.mixer(inputs)[:, -1:], inputs[:, max(inputs.shape[1] - self.reach, 0) :]


def projected(x: Tensor, weights: Projections) -> tuple[Tensor, Tensor, Tensor]:
    """Query (B, H, T, D), key and value (B, G, T, D) of x."""
    stream = F.linear(x, weights.qkv_proj.T, weights.qkv_bias)
    query, key, value = stream.split_with_sizes(weights.widths, dim=-1)
    groups = weights.num_kv_heads
    return split_heads(query, weights.num_heads), split_heads(key, groups), split_heads(value, groups)
