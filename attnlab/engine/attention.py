"""Scaled dot-product attention, once with everything in between (`attention`) and once without (`attention_output`).

    weights = softmax((query @ key^T * scale + bias) / temperature, over the keys that mask allows)
    output = dropout(weights) @ value

The trace keeps what took work to compute (weights, output). The scores before the softmax follow from query and
key and are computed when somebody looks: storing them would double the memory traffic of a long sequence.

Of float16 and bfloat16 inputs, scores and weights are float32, as they are inside torch's fused kernels; the output is
rounded once, at the end.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine.choices.masks import causal_mask

HALF_PRECISION = (torch.float16, torch.bfloat16)
COLDEST_FUSED = 0.01
"""Below this temperature the fused kernel's scores could overflow; those of `attention` cannot."""


@dataclass(frozen=True, eq=False)
class ScoreStages:
    """The three stages of the scores, of an attention that is not the plain one; each (B, H, T, S)."""

    scores: Tensor  # as the score function gives them
    scaled_scores: Tensor  # scaled and soft-capped
    masked_scores: Tensor  # with all that is added, -inf where the mask forbids


@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """Every stage of one attention call; shapes as in the legend of `attnlab.engine`."""

    query: Tensor  # (B, H, T, D)
    key: Tensor  # (B, G, S, D)
    value: Tensor  # (B, G, S, Dv)
    weights: Tensor  # (B, H, T, S), rows sum to 1 or are all zeros; float32 or wider
    output: Tensor  # (B, H, T, Dv)
    scale: float
    temperature: float
    mask: Tensor | None  # bool, broadcastable to (B, H, T, S)
    bias: Tensor | None  # broadcastable to (B, H, T, S)
    dropout: float
    dropout_mask: Tensor | None  # bool (B, H, T, S), True = kept
    stages: ScoreStages | None = None  # of a variant; those of plain attention follow from query and key

    @cached_property
    def scores(self) -> Tensor:
        """(B, H, T, S): the bare scores, in plain attention the dot products query . key."""
        return self.stages.scores if self.stages else _scores(self.query, self.key)

    @cached_property
    def scaled_scores(self) -> Tensor:
        """(B, H, T, S): scores * scale, rounded once."""
        return self.stages.scaled_scores if self.stages else _scores(self.query, self.key, scale=self.scale)

    @cached_property
    def masked_scores(self) -> Tensor:
        """(B, H, T, S): scaled scores + bias, minus infinity where the mask forbids. Softmax divides by temperature."""
        if self.stages:
            return self.stages.masked_scores
        return _masked(_scores(self.query, self.key, self.bias, self.scale), self.mask)

    @cached_property
    def dropped_weights(self) -> Tensor:
        """(B, H, T, S): the weights that meet the values: some set to 0 by dropout, the others scaled up."""
        return dropped(self.weights, self.dropout, self.dropout_mask)


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> AttentionTrace:
    """Attention with all its stages.

    Args:
        query: (B, H, T, D).
        key: (B, G, S, D); G divides H, and G < H shares each key head among H / G query heads.
        value: (B, G, S, Dv).
        mask: bool, broadcastable to (B, H, T, S); True means "may attend". What is masked never leaks, NaN included.
        bias: broadcastable to (B, H, T, S), added to the scaled scores in query's dtype; -inf there is a mask too.
        scale: factor on the scores; 1 / sqrt(D) if left out.
        temperature: divides what enters the softmax; above 0.
        dropout: share of the weights set to zero, in [0, 1).
        generator: the randomness of dropout.

    Returns:
        The trace. A query whose mask allows no key has weights and output of zeros.

    Raises:
        ValueError: shapes, dtypes or numbers that do not fit together; the message names them.

    Source: Vaswani et al. 2017, eq. 1, https://arxiv.org/abs/1706.03762; grouped heads: Ainslie et al. 2023,
    https://arxiv.org/abs/2305.13245
    """
    mask, bias, scale = checked_inputs(query, key, value, mask, bias, scale, temperature, dropout)
    weights = _weights(query, key, mask, bias, scale, temperature)
    dropout_mask = drawn_dropout(weights, dropout, generator)
    output = weighted_sum(dropped(weights, dropout, dropout_mask), wide(value), mask)
    if output.dtype != query.dtype:
        output = output.to(query.dtype)
    return AttentionTrace(query, key, value, weights, output, scale, temperature, mask, bias, dropout, dropout_mask)


def attention_output(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    dropout: float = 0.0,
    is_causal: bool = False,
) -> Tensor:
    """The output alone, by torch's fused kernel: for training and wherever nobody looks inside.

    Args as in `attention`; `is_causal` stands for `causal_mask(T, S)` without building it and excludes mask and
    bias. Dropout draws from torch's global generator, the only one the kernel takes.

    Returns:
        (B, H, T, Dv).

    Raises:
        ValueError: as `attention`, and is_causal together with a mask or a bias.
    """
    if is_causal and not (mask is None and bias is None):
        raise ValueError("is_causal (True) must come without mask and bias: compose them with causal_mask")
    mask, bias, scale = checked_inputs(query, key, value, mask, bias, scale, temperature, dropout)
    if temperature < COLDEST_FUSED:
        mask = _causal(query, key) if is_causal else mask
        return attention(
            query, key, value, mask=mask, bias=bias, scale=scale, temperature=temperature, dropout=dropout
        ).output
    if temperature != 1.0:
        scale, bias = scale / temperature, None if bias is None else bias / temperature
    output = _fused(query, key, value, mask, bias, scale, dropout, is_causal)
    if (mask is None and not is_causal) or _is_finite(output):
        return output
    return _past_nonfinite(query, key, value, _causal(query, key) if mask is None else mask, bias, scale, dropout)


def per_query_head(shared: Tensor, num_heads: int) -> Tensor:
    """(B, G, S, D) -> (B, H, S, D): each key/value head repeated for the query heads of its group."""
    groups = shared.shape[1]
    return shared if groups == num_heads else shared.repeat_interleave(num_heads // groups, dim=1)


def checked_inputs(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    scale: float | None,
    temperature: float,
    dropout: float,
) -> tuple[Tensor | None, Tensor | None, float]:
    """Refuse what does not fit; give back mask, bias and scale as the rest of this file takes them."""
    _check_heads(query, key, value)
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"temperature ({temperature}) must be a finite number above 0")
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"dropout ({dropout}) must be in [0, 1)")
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1])
    elif not math.isfinite(scale):
        raise ValueError(f"scale ({scale}) must be a finite number")
    if mask is not None or bias is not None:
        mask, bias = _checked_terms(mask, bias, (*query.shape[:3], key.shape[2]), query.dtype)
    return mask, bias, scale


def _check_heads(query: Tensor, key: Tensor, value: Tensor) -> None:
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "query, key and value must be (batch, heads, positions, dim), "
            f"got {tuple(query.shape)}, {tuple(key.shape)}, {tuple(value.shape)}"
        )
    batch, heads, _, head_dim = query.shape
    kv_batch, kv_heads, num_keys, key_dim = key.shape
    if key_dim != head_dim or head_dim == 0:
        raise ValueError(f"key head_dim ({key_dim}) must equal query head_dim ({head_dim}) and be at least 1")
    if value.shape[:3] != (kv_batch, kv_heads, num_keys):
        raise ValueError(
            f"key {tuple(key.shape)} and value {tuple(value.shape)} must agree in batch, heads and positions"
        )
    if kv_batch != batch:
        raise ValueError(f"key batch ({kv_batch}) must equal query batch ({batch})")
    if kv_heads == 0 or heads % kv_heads:
        raise ValueError(f"num_kv_heads ({kv_heads}) must divide num_heads ({heads})")
    if not query.dtype == key.dtype == value.dtype:
        raise ValueError(f"query, key and value must share a dtype, got {query.dtype}, {key.dtype}, {value.dtype}")
    if not query.dtype.is_floating_point:
        raise ValueError(f"query, key and value (dtype {query.dtype}) must be floating point")


def _checked_terms(
    mask: Tensor | None, bias: Tensor | None, shape: tuple[int, ...], dtype: torch.dtype
) -> tuple[Tensor | None, Tensor | None]:
    """Mask and bias; the -inf of a bias moves into the mask, where an empty row is known and handled."""
    if mask is not None:
        if mask.dtype != torch.bool:
            raise ValueError(f"mask (dtype {mask.dtype}) must be bool, True = may attend; additive terms go into bias")
        _check_broadcast("mask", mask, shape)
    if bias is None:
        return mask, None
    if not bias.dtype.is_floating_point:
        raise ValueError(f"bias (dtype {bias.dtype}) must be floating point; what is True or False goes into mask")
    _check_broadcast("bias", bias, shape)
    bias = bias.to(dtype)
    if bool(bias.isfinite().all()):
        return mask, bias
    if bool((bias.isnan() | (bias == math.inf)).any()):
        raise ValueError(f"bias must hold finite numbers or -inf, got NaN or +inf (in {dtype})")
    allowed = bias != -math.inf
    return allowed if mask is None else mask & allowed, bias.where(allowed, 0.0)


def _check_broadcast(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    pairs = zip(reversed(tensor.shape), reversed(shape), strict=False)
    if tensor.ndim > len(shape) or any(size not in (1, wanted) for size, wanted in pairs):
        raise ValueError(f"{name} {tuple(tensor.shape)} must be broadcastable to (B, H, T, S) = {shape}")


def wide(tensor: Tensor) -> Tensor:
    """Half precision as float32; the others as they are."""
    return tensor.float() if tensor.dtype in HALF_PRECISION else tensor


def _scores(query: Tensor, key: Tensor, bias: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """Scaled and biased in one call, so that what enters the softmax and what a trace shows are the same numbers."""
    query, key = wide(query), wide(key)
    batch, heads, num_queries, head_dim = query.shape
    num_keys = key.shape[2]
    if bias is None:
        start = query.new_empty(())
    else:
        start = wide(bias).expand(batch, heads, num_queries, num_keys).reshape(batch * heads, num_queries, num_keys)
    return torch.baddbmm(
        start,
        query.reshape(batch * heads, num_queries, head_dim),
        per_query_head(key, heads).reshape(batch * heads, num_keys, head_dim).transpose(1, 2),
        beta=0 if bias is None else 1,  # 0: whatever new_empty holds is ignored, NaN too
        alpha=scale,
    ).view(batch, heads, num_queries, num_keys)


def _masked(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Fresh scores, overwritten where the mask forbids."""
    return scores if mask is None else scores.masked_fill_(~mask, -math.inf)


def _weights(
    query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float, temperature: float
) -> Tensor:
    logits = _masked(_scores(query, key, bias, scale), mask)
    if temperature != 1.0 and key.shape[2]:
        logits = _tempered(logits, temperature)
    # In place unless a gradient needs the logits: at n = 2048 a pass costs not its arithmetic but its fresh memory.
    weights = torch.softmax(logits, dim=-1, out=None if logits.requires_grad else logits)
    if mask is not None:
        blind = ~mask.any(-1, keepdim=True)
        if bool(blind.any()):
            weights = weights.masked_fill(blind, 0.0)  # softmax over no key is 0 / 0
    return weights


def _tempered(logits: Tensor, temperature: float) -> Tensor:
    """Logits / temperature, less the row's maximum first, so that no temperature can overflow them."""
    limits = torch.finfo(logits.dtype)
    peak = logits.detach().amax(-1, keepdim=True).clamp(min=limits.min)
    # A divisor that this dtype rounds to 0 or to infinity would make NaN of 0 / 0 and of -inf / inf.
    return (logits - peak) / min(max(temperature, limits.tiny), limits.max)


def weighted_sum(weights: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """(B, H, T, Dv): weights @ value; what the mask hides does not leak into the sum, NaN included."""
    value = per_query_head(value, weights.shape[1])
    output = weights @ value
    if mask is None or _is_finite(output):
        return output
    # 0 * NaN is NaN: what a query may not see must not enter its sum. What it may see must.
    finite = value.isfinite()
    output = weights @ value.where(finite, 0.0)
    for key_index in (~finite).any(-1).flatten(0, -2).any(0).nonzero().flatten().tolist():
        seen = mask.expand_as(weights)[..., key_index, None]  # (B, H, T, 1)
        wild = (~finite[..., key_index, :]).unsqueeze(-2)  # (B, H, 1, Dv)
        product = weights[..., key_index, None] * value[..., key_index, :].unsqueeze(-2)
        output = output + product.where(seen & wild, 0.0)
    return output


def drawn_dropout(weights: Tensor, dropout: float, generator: torch.Generator | None) -> Tensor | None:
    """Which weights stay: bool (B, H, T, S), or None without dropout."""
    if dropout == 0.0:
        return None
    # Drawn on the generator's own device, so that a seed means the same mask everywhere.
    device = weights.device if generator is None else generator.device
    return (torch.rand(weights.shape, generator=generator, device=device) >= dropout).to(weights.device)


def dropped(weights: Tensor, dropout: float, dropout_mask: Tensor | None) -> Tensor:
    """The weights that stay, scaled up by as much as the others took."""
    return weights if dropout_mask is None else weights * dropout_mask / (1 - dropout)


def _fused(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    scale: float,
    dropout: float,
    is_causal: bool = False,
) -> Tensor:
    allowed = mask if bias is None else bias if mask is None else torch.where(mask, bias, -math.inf)
    if allowed is not None:
        allowed = allowed[(None,) * (4 - allowed.ndim)]  # some kernels want all four axes
    grouped = query.shape[1] != key.shape[1]
    output = F.scaled_dot_product_attention(
        query, key, value, allowed, dropout, is_causal, scale=scale, enable_gqa=grouped
    )
    return output if mask is None else output.masked_fill(~mask.any(-1, keepdim=True), 0.0)


def _causal(query: Tensor, key: Tensor) -> Tensor:
    return causal_mask(query.shape[2], key.shape[2], device=query.device)


def _past_nonfinite(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, bias: Tensor | None, scale: float, dropout: float
) -> Tensor:
    """The fused kernel where keys or values hold NaN or infinity, which it would multiply by 0 and so let through.

    It gets zeros in their place; the queries that do see one are computed by `attention`.
    """
    wild = ~(key.isfinite().all(-1, keepdim=True) & value.isfinite().all(-1, keepdim=True))  # (B, G, S, 1)
    output = _fused(query, key.masked_fill(wild, 0.0), value.masked_fill(wild, 0.0), mask, bias, scale, dropout)
    sees_wild = (mask & per_query_head(wild, query.shape[1]).transpose(-2, -1)).any(-1, keepdim=True)
    if not bool(sees_wild.any()):
        return output
    seen = attention(query, key, value, mask=mask, bias=bias, scale=scale, dropout=dropout).output
    return torch.where(sees_wild, seen, output)


def _is_finite(tensor: Tensor) -> bool:
    """Whether a tensor holds neither NaN nor infinity; a sum that overflows is a false alarm, which only costs time."""
    return math.isfinite(tensor.detach().sum(dtype=torch.promote_types(tensor.dtype, torch.float32)).item())
