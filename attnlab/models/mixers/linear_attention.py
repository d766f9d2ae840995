"""Linear attention: all keys and values in a state of fixed size, which each query reads."""

from functools import partial

from torch import Tensor, nn

from attnlab.engine import Rule, linear_attention_output
from attnlab.models.config import ModelConfig
from attnlab.models.mixers.attention import AttentionMixer
from attnlab.models.mixers.base import MixerKind, MixerTrace, unlimited

LINEAR = Rule(score="linear")


class LinearAttentionMixer(nn.Module):
    """An attention layer's weights; training computes states, the trace the weights that they imply.

    RoPE turns queries and keys before the feature map, as it does in the engine's score, so that weights stay above 0;
    Su et al. 2021, eq. 19, turn their features. ALiBi would have to be in the state, and is refused.

    Source: Katharopoulos et al. 2020, section 3, https://arxiv.org/abs/2006.16236
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention = AttentionMixer(config)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model), in O(T)."""
        return self.attention.output_by(partial(linear_attention_output, causal=self.attention.causal), x)

    def trace(self, x: Tensor) -> MixerTrace:
        """Every stage of the layer, its weights phi(q) . phi(k) over their sums, in O(T^2)."""
        return self.attention.traced(x, self.attention.terms(x), LINEAR)


def _state_size(config: ModelConfig, _layer: int, _seq_len: int) -> int:
    """Of each head the sum of phi(k) v^T and that of phi(k)."""
    return config.kv_heads * config.head_dim * (config.head_dim + 1)


LINEAR_ATTENTION = MixerKind(
    build=lambda config, _: LinearAttentionMixer(config), state_size=_state_size, reach=unlimited
)
