"""Multi-head attention as a mixer: a holder of weights around the engine's functions."""

from collections.abc import Callable

from torch import Tensor, nn

from attnlab.engine import Projections, Rule, multi_head_attention, multi_head_by, multi_head_output
from attnlab.models.config import ModelConfig
from attnlab.models.mixers.base import MixerKind, MixerTrace, unlimited
from attnlab.models.parts.attention_layer import projections_of
from attnlab.models.parts.terms import AttentionTerms, attention_terms, turning_angles


class AttentionMixer(nn.Module):
    """Training takes the fused kernel, the trace every stage; both read the same weights.

    Source: Vaswani et al. 2017, section 3.2, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_heads, self.num_kv_heads, self.head_dim = config.query_heads, config.kv_heads, config.head_dim
        self.causal, self.positions = config.causal, config.position_encoding
        self.rule = Rule(score="scaled_dot" if config.scaling else "dot")
        self.qkv_proj = nn.Linear(config.d_model, (self.num_heads + 2 * self.num_kv_heads) * self.head_dim)
        self.output_proj = nn.Linear(config.d_model, config.d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        terms = self.terms(x)
        is_causal = terms.mask is not None and terms.bias is None  # the fused kernel can do without the mask
        return multi_head_output(
            x,
            self.projections(),
            angles=terms.angles,
            mask=None if is_causal else terms.mask,
            bias=terms.bias,
            is_causal=is_causal,
            scale=self.rule.factor,
        )

    def trace(self, x: Tensor) -> MixerTrace:
        """Every stage of the layer."""
        return self.traced(x, self.terms(x), self.rule)

    def traced(self, x: Tensor, terms: AttentionTerms, rule: Rule) -> MixerTrace:
        """Every stage, by other terms or another rule than the layer's own."""
        layer = multi_head_attention(
            x, self.projections(), angles=terms.angles, mask=terms.mask, bias=terms.bias, rule=rule
        )
        return MixerTrace(layer.output, layer, terms)

    def output_by(self, heads_output: Callable[[Tensor, Tensor, Tensor], Tensor], x: Tensor) -> Tensor:
        """(B, T, d_model): the output where heads attend by another function, as in `multi_head_by`."""
        angles = turning_angles(self.positions, self.head_dim, x.shape[1], x.device)
        return multi_head_by(heads_output, x, self.projections(), angles=angles)

    def projections(self) -> Projections:
        """The weights for the engine, as views."""
        return projections_of(self.qkv_proj, self.output_proj, self.num_heads, self.num_kv_heads, self.head_dim)

    def terms(self, x: Tensor) -> AttentionTerms:
        """Mask, bias and angles for the length of x."""
        return attention_terms(
            self.positions, self.causal, self.num_heads, self.head_dim, x.shape[1], x.dtype, x.device
        )


def cache_size(config: ModelConfig, _layer: int, seq_len: int) -> int:
    """Numbers in the cache of keys and values: it grows with every position."""
    return 2 * config.kv_heads * config.head_dim * seq_len


ATTENTION = MixerKind(build=lambda config, _: AttentionMixer(config), state_size=cache_size, reach=unlimited)
