"""Engines that are wrong in one thing each. An experiment that cannot tell them from the right one measures nothing."""

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from attnlab.engine import AttentionTrace, attention, cached_attention_step, multi_head_attention
from attnlab.engine.efficient.kv_cache import CachedStep, KvCache
from attnlab.engine.multihead import MultiHeadTrace


def no_scale(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """The scores as they are, whatever scale is asked for."""
    return attention(query, key, value, **{**options, "scale": 1.0})


def always_scaled(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    return attention(query, key, value, **{**options, "scale": None})


def _with_weights(traced: AttentionTrace, weights: Tensor) -> AttentionTrace:
    return dataclasses.replace(traced, weights=weights, output=weights @ traced.value)


def softmax_over_queries(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    traced = attention(query, key, value, **options)
    return _with_weights(traced, torch.softmax(traced.masked_scores, dim=-2).nan_to_num())


def mask_behind_softmax(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """The mask sets weights to 0 that have taken their share already, so that hidden scores are felt."""
    mask = options.pop("mask", None)
    traced = attention(query, key, value, **options)
    return traced if mask is None else _with_weights(traced, traced.weights * mask)


def no_mask(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    return attention(query, key, value, **{**options, "mask": None})


def clipped_weights(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """Small weights are dropped: what FlashAttention is taken for."""
    traced = attention(query, key, value, **options)
    return _with_weights(traced, traced.weights.masked_fill(traced.weights < 0.02, 0.0))


def swapped_temperature(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """Divides the keys' own noise and not the scores: another order at another temperature."""
    heat = options.pop("temperature")
    shift = torch.arange(key.shape[2], dtype=key.dtype) * (heat - 1.0)
    return attention(query, key, value, bias=shift.expand(*query.shape[:3], -1), **options)


def frozen_weights(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """An even share for each key, whatever the words are."""
    traced = attention(query, key, value, **options)
    return _with_weights(traced, torch.full_like(traced.weights, 1 / key.shape[2]))


def symmetric_weights(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    traced = attention(query, key, value, **options)
    return _with_weights(traced, (traced.weights + traced.weights.mT) / 2)


def heads_that_mix(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    """Each head's output is the mean of all."""
    traced = multi_head_attention(x, projections, **options)
    mixed = traced.heads.output.mean(1, keepdim=True).expand_as(traced.heads.output)
    return dataclasses.replace(traced, heads=dataclasses.replace(traced.heads, output=mixed))


def forgetful_cache(x: Tensor, projections: Any, cache: KvCache | None = None, **options: Any) -> CachedStep:
    """Off by one: the oldest token falls out."""
    if cache is not None and cache.key.shape[2] > 2:
        cache = KvCache(cache.key[:, :, 1:], cache.value[:, :, 1:])
    return cached_attention_step(x, projections, cache, **options)


def deaf_attention(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    """Each word hears itself alone."""
    return multi_head_attention(x, projections, **{**options, "mask": torch.eye(x.shape[1], dtype=torch.bool)})


Planted = tuple[str, str, Callable[..., Any], str]
"""A claim, the name that its experiment calls, the engine in its place, and the verdict that this turns it into."""

PLANTED: tuple[Planted, ...] = (
    ("scaling", "weights.attention", no_scale, "false"),
    ("scaling", "weights.attention", always_scaled, "false"),
    ("row_sums", "weights.attention", softmax_over_queries, "false"),
    ("zero_weights", "weights.attention", clipped_weights, "true"),
    ("symmetry", "weights.attention", symmetric_weights, "true"),
    ("temperature", "weights.attention", swapped_temperature, "true"),
    ("changed_word", "weights.attention", frozen_weights, "true"),
    ("kernel", "weights.attention", clipped_weights, "true"),
    ("future", "order.attention", mask_behind_softmax, "false"),
    ("future", "order.attention", no_mask, "false"),
    ("cache", "order.cached_attention_step", forgetful_cache, "true"),
    ("independence", "heads.multi_head_attention", heads_that_mix, "false"),
    ("linear_is_attention", "depth.multi_head_attention", deaf_attention, "depends"),
    ("whole_width", "formulas.attention", no_scale, "true"),
    ("wrong_axis", "formulas.attention", softmax_over_queries, "true"),
    ("mask_behind", "formulas.attention", mask_behind_softmax, "true"),
)
