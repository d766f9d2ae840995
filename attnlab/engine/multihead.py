"""Multi-head attention: project, split into heads, attend, merge, project back.

Weights are (inputs, outputs), so that what is computed reads as it is drawn: query = x @ W_Q.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.engine.attention import AttentionTrace, attention_output
from attnlab.engine.choices.positions import rotate
from attnlab.engine.variants import PLAIN, Rule, attention_by


@dataclass(frozen=True, eq=False)
class Projections:
    """The weights of one attention layer.

    W_Q, W_K and W_V lie side by side in one matrix, because one product over the three is faster than three.

    Raises:
        ValueError: num_kv_heads does not divide num_heads, or a matrix does not have the size the heads ask for.
    """

    qkv_proj: Tensor  # (d_model, H*D + G*D + G*Dv)
    output_proj: Tensor  # (H*Dv, d_model)
    num_heads: int  # H
    num_kv_heads: int  # G
    head_dim: int  # D
    value_dim: int  # Dv
    qkv_bias: Tensor | None = None  # (H*D + G*D + G*Dv,)
    output_bias: Tensor | None = None  # (d_model,)

    def __post_init__(self) -> None:
        if self.num_kv_heads < 1 or self.num_heads % self.num_kv_heads:
            raise ValueError(f"num_kv_heads ({self.num_kv_heads}) must divide num_heads ({self.num_heads})")
        if self.qkv_proj.shape[-1] != sum(self.widths):
            raise ValueError(f"qkv_proj has {self.qkv_proj.shape[-1]} columns, the heads need {sum(self.widths)}")
        if self.output_proj.shape[0] != self.num_heads * self.value_dim:
            raise ValueError(
                f"output_proj has {self.output_proj.shape[0]} rows, the heads give {self.num_heads * self.value_dim}"
            )
        for name, bias, matrix in (
            ("qkv_bias", self.qkv_bias, self.qkv_proj),
            ("output_bias", self.output_bias, self.output_proj),
        ):
            if bias is not None and bias.shape != matrix.shape[1:]:
                raise ValueError(f"{name} {tuple(bias.shape)} must have one number a column: ({matrix.shape[1]},)")

    @property
    def widths(self) -> tuple[int, int, int]:
        """Columns of W_Q, W_K and W_V."""
        keys = self.num_kv_heads * self.head_dim
        return self.num_heads * self.head_dim, keys, self.num_kv_heads * self.value_dim

    @property
    def matrices(self) -> tuple[Tensor, ...]:
        """W_Q (d_model, H*D), W_K (d_model, G*D), W_V (d_model, G*Dv), as views."""
        return self.qkv_proj.split_with_sizes(self.widths, dim=-1)

    @classmethod
    def from_torch(cls, module: nn.MultiheadAttention) -> "Projections":
        """The weights of torch's own layer, shared, not copied.

        Raises:
            ValueError: a layer with `kdim`, `vdim`, `add_bias_kv` or `add_zero_attn`, which this one has no place for.
        """
        if module.in_proj_weight is None or module.bias_k is not None or module.add_zero_attn:
            raise ValueError("module must be a MultiheadAttention without kdim, vdim, add_bias_kv and add_zero_attn")
        heads = module.num_heads
        return cls(
            qkv_proj=module.in_proj_weight.T,
            output_proj=module.out_proj.weight.T,
            num_heads=heads,
            num_kv_heads=heads,
            head_dim=module.embed_dim // heads,
            value_dim=module.embed_dim // heads,
            qkv_bias=module.in_proj_bias,
            output_bias=module.out_proj.bias,
        )


@dataclass(frozen=True, eq=False)
class MultiHeadTrace:
    """Every stage of one multi-head attention layer."""

    x: Tensor  # (B, T, d_model), where the queries come from
    memory: Tensor  # (B, S, d_model), where keys and values come from; x itself in self-attention
    projections: Projections
    projected_query: Tensor  # (B, H, T, D), before it is normed and RoPE turns it
    projected_key: Tensor  # (B, G, S, D)
    normed_query: Tensor  # (B, H, T, D), under QK-norm, before RoPE turns it; as projected without
    normed_key: Tensor  # (B, G, S, D)
    heads: AttentionTrace
    concat: Tensor  # (B, T, H*Dv)
    output: Tensor  # (B, T, d_model)


def multi_head_attention(
    x: Tensor,
    projections: Projections,
    *,
    memory: Tensor | None = None,
    angles: Tensor | None = None,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    rule: Rule = PLAIN,
) -> MultiHeadTrace:
    """One attention layer with all its stages.

    Args:
        x: (B, T, d_model).
        projections: the layer's weights.
        memory: (B, S, d_model) for cross-attention; x if left out.
        angles: (max(T, S), D // 2) RoPE angles by position; no rotation if left out.
        mask: as in `attention`.
        bias: added to the scaled scores.
        rule: how the heads attend; as in `attention` if left out.

    Raises:
        ValueError: as `attention`, and a stream or angles that do not fit.

    Source: Vaswani et al. 2017, section 3.2.2, https://arxiv.org/abs/1706.03762
    """
    projected_query, projected_key, value = _heads_of(x, projections, memory)
    query, key = projected_query, projected_key
    if rule.qk_norm:
        query, key = root_mean_square_normed(query), root_mean_square_normed(key)
    normed_query, normed_key = query, key
    if angles is not None:
        query, key = rotate(query, angles), rotate(key, angles)
    edit = rule.edit
    heads = attention_by(rule, edit("query", query), edit("key", key), edit("value", value), mask=mask, bias=bias)
    concat = merge_heads(heads.output)
    output = F.linear(concat, projections.output_proj.T, projections.output_bias)
    return MultiHeadTrace(
        x,
        x if memory is None else memory,
        projections,
        projected_query,
        projected_key,
        normed_query,
        normed_key,
        heads,
        concat,
        output,
    )


def multi_head_output(
    x: Tensor,
    projections: Projections,
    *,
    memory: Tensor | None = None,
    angles: Tensor | None = None,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """(B, T, d_model): the layer's output alone, by torch's fused kernel. Args as in `multi_head_attention`.

    `is_causal` stands for a causal mask, as in `attention_output`; `scale` is the factor on the scores, 1 / sqrt(D) if
    left out.
    """

    def fused(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return attention_output(query, key, value, mask=mask, bias=bias, is_causal=is_causal, scale=scale)

    return multi_head_by(fused, x, projections, memory=memory, angles=angles)


def multi_head_by(
    heads_output: Callable[[Tensor, Tensor, Tensor], Tensor],
    x: Tensor,
    projections: Projections,
    *,
    memory: Tensor | None = None,
    angles: Tensor | None = None,
) -> Tensor:
    """(B, T, d_model): the layer's output alone, its heads by a function of theirs.

    Args:
        heads_output: query (B, H, T, D), key (B, G, S, D) and value (B, G, S, Dv) -> (B, H, T, Dv).
        x: (B, T, d_model).
        projections: the layer's weights.
        memory: as in `multi_head_attention`.
        angles: as there.
    """
    query, key, value = _heads_of(x, projections, memory)
    if angles is not None:
        query, key = rotate(query, angles), rotate(key, angles)
    output = heads_output(query, key, value)
    return F.linear(merge_heads(output), projections.output_proj.T, projections.output_bias)


def root_mean_square_normed(vectors: Tensor) -> Tensor:
    """(..., D): each vector divided by its root mean square, so that q . k / sqrt(D) is sqrt(D) times their cosine.

    A vector of zeros stays zero.

    Source: Dehghani et al. 2023 (ViT-22B), section 2.1, https://arxiv.org/abs/2302.05442; the norm: Zhang and
    Sennrich 2019 (RMSNorm), https://arxiv.org/abs/1910.07467, without gain.
    """
    square = vectors.square().mean(-1, keepdim=True)
    return vectors * torch.where(square > 0, square.rsqrt(), 0.0)


def split_heads(stream: Tensor, num_heads: int) -> Tensor:
    """(B, T, H*D) -> (B, H, T, D).

    Raises:
        ValueError: num_heads does not divide the width of the stream.
    """
    batch, length, width = stream.shape
    if width % num_heads:
        raise ValueError(f"num_heads ({num_heads}) must divide the stream's width ({width})")
    return stream.view(batch, length, num_heads, width // num_heads).transpose(1, 2)


def merge_heads(heads: Tensor) -> Tensor:
    """(B, H, T, D) -> (B, T, H*D)."""
    return heads.transpose(1, 2).flatten(2)


def _heads_of(x: Tensor, projections: Projections, memory: Tensor | None) -> tuple[Tensor, ...]:
    """Query (B, H, T, D), key (B, G, S, D) and value (B, G, S, Dv)."""
    _check_stream("x", x, projections)
    heads, kv_heads = projections.num_heads, projections.num_kv_heads
    weight, bias = projections.qkv_proj.T, projections.qkv_bias  # (outputs, inputs), as F.linear takes it
    if memory is None:
        stream = F.linear(x, weight, bias)
        if projections.head_dim == projections.value_dim:  # all heads alike: one split does for the three
            return split_heads(stream, heads + 2 * kv_heads).split_with_sizes((heads, kv_heads, kv_heads), dim=1)
        query, key, value = stream.split_with_sizes(projections.widths, dim=-1)
    else:
        _check_stream("memory", memory, projections)
        width, *kv_widths = projections.widths
        query = F.linear(x, weight[:width], None if bias is None else bias[:width])
        shared = F.linear(memory, weight[width:], None if bias is None else bias[width:])
        key, value = shared.split_with_sizes(kv_widths, dim=-1)
    return split_heads(query, heads), split_heads(key, kv_heads), split_heads(value, kv_heads)


def _check_stream(name: str, stream: Tensor, projections: Projections) -> None:
    weight = projections.qkv_proj
    if stream.ndim != 3 or stream.shape[2] != weight.shape[0]:
        raise ValueError(f"{name} {tuple(stream.shape)} must be (batch, positions, d_model = {weight.shape[0]})")
    if stream.dtype != weight.dtype:
        raise ValueError(f"{name} (dtype {stream.dtype}) must have the dtype of the projections ({weight.dtype})")
