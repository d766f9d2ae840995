"""Attention to the neighbourhood: each position sees the last few, and where it may look ahead the next few too."""

from dataclasses import replace
from functools import partial

from torch import Tensor, nn

from attnlab.engine import all_of, window_attention_output, window_mask
from attnlab.models.config import ModelConfig
from attnlab.models.mixers.attention import AttentionMixer, cache_size
from attnlab.models.mixers.base import MixerKind, MixerTrace


class WindowAttentionMixer(nn.Module):
    """An attention layer's weights; training computes the blocks that a window touches, the trace all pairs.

    Sources: Beltagy et al. 2020 (Longformer), section 3.1, https://arxiv.org/abs/2004.05150; causal: Jiang et al. 2023
    (Mistral 7B), section 2, https://arxiv.org/abs/2310.06825
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.window = config.window
        self.attention = AttentionMixer(config)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model), in O(T window)."""
        layer = self.attention
        by_blocks = partial(
            window_attention_output,
            window=self.window,
            causal=layer.causal,
            alibi=layer.positions == "alibi",
            scale=layer.rule.factor,
        )
        return layer.output_by(by_blocks, x)

    def trace(self, x: Tensor) -> MixerTrace:
        """Every stage of the layer, with weights of 0 outside the window, in O(T^2)."""
        terms = self.attention.terms(x)
        near = window_mask(x.shape[1], window=self.window, device=x.device)
        mask = near if terms.mask is None else all_of(terms.mask, near)
        return self.attention.traced(x, replace(terms, mask=mask), self.attention.rule)


def _state_size(config: ModelConfig, layer: int, seq_len: int) -> int:
    """Keys and values that the next position still sees."""
    return cache_size(config, layer, min(config.window - 1, seq_len))


WINDOW_ATTENTION = MixerKind(
    build=lambda config, _: WindowAttentionMixer(config),
    state_size=_state_size,
    reach=lambda config, _: config.window - 1,
)
