"""Engines that are wrong in one thing each. An experiment that cannot tell them from the right one measures nothing."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from attnlab.claims import SEED
from attnlab.claims.experiments.drawn import normal
from attnlab.engine import (
    AttentionTrace,
    FeedForwardTrace,
    FeedForwardWeights,
    StackSpec,
    StackTrace,
    attention,
    cached_attention_step,
    feed_forward,
    merge_heads,
    multi_head_attention,
    split_heads,
    stack_trace,
)
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.efficient.kv_cache import CachedStep, KvCache
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.models import FamilyName, ModelConfig, Seq2SeqModel, SequenceModel, count_parameters
from attnlab.models.seq2seq.decoding import greedy
from attnlab.training import shipped_classifier
from attnlab.training.shipped_translation import shipped_translators


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


def attention_of_eight(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    """Reads the first eight words of any text, and so costs the same for all."""
    return multi_head_attention(x[:, :8], projections, **options)


def heads_as_wide_as_the_model(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    """Each head does the work of a whole layer."""
    return [multi_head_attention(x, projections, **options) for _ in range(projections.num_heads)][-1]


def every_window_against_itself(query: Tensor, key: Tensor, value: Tensor, *, window: int, causal: bool) -> Tensor:
    """All pairs within the window of each word are computed, its own and the others'."""
    keys = pad(key, (0, 0, window - 1, 0)).unfold(2, window, 1)  # (B, H, T, D, window)
    return keys.mT @ keys


def parameters_of_pairs(config: ModelConfig) -> tuple[int, ...]:
    """A weight for each pair of places beside those that there are."""
    body, *others = count_parameters(config)
    return (body + config.max_len**2, *others)


def secret_positions(config: ModelConfig) -> SequenceModel:
    return SequenceModel(dataclasses.replace(config, positions="sinusoidal"))


def always_pre_norm(config: ModelConfig) -> SequenceModel:
    return SequenceModel(dataclasses.replace(config, norm_first=True))


def always_residual(stack: StackSpec) -> StackTrace:
    return stack_trace(dataclasses.replace(stack, residual=True))


def scores_for_weights(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    traced = attention(query, key, value, **options)
    return _with_weights(traced, traced.scores)


def deaf_to_keys(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """Compares the queries with each other."""
    return attention(query, query, value, **options)


def even_where_nothing_is_seen(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> AttentionTrace:
    """A row whose keys are all masked is shared out evenly."""
    traced = attention(query, key, value, **options)
    empty = traced.weights.sum(-1, keepdim=True) == 0
    return _with_weights(traced, torch.where(empty, 1 / key.shape[2], traced.weights))


def diagonal_for_causal(length: int) -> Tensor:
    return torch.eye(length, dtype=torch.bool)


def bend_before(x: Tensor, weights: FeedForwardWeights) -> FeedForwardTrace:
    """Bends the input, and then what the first matrix gives."""
    return feed_forward(x.relu(), weights)


def matrix_on_the_left(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    traced = multi_head_attention(x, projections, **options)
    return dataclasses.replace(traced, projected_query=(projections.matrices[0] @ x)[:, None])


def a_matrix_for_each_place(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    """W_Q of each place, as `formulas.matrix_a_place` draws them."""
    traced, width = multi_head_attention(x, projections, **options), x.shape[2]
    own = normal(SEED, "W_Qi", x.shape[1], width, width) / width**0.5
    return dataclasses.replace(traced, projected_query=(x[0, :, None] @ own)[None, None, :, 0])


def inputs_handed_on(x: Tensor, projections: Any, **options: Any) -> MultiHeadTrace:
    traced = multi_head_attention(x, projections, **options)
    concat = merge_heads(traced.heads.weights @ split_heads(x, projections.num_heads))
    return dataclasses.replace(traced, concat=concat)


def always_batch_first(width: int, heads: int, *, batch_first: bool) -> nn.MultiheadAttention:
    """A layer of torch's that takes sentences first, whatever it is told."""
    return torch_layer(width, heads, batch_first=batch_first or True)


torch_layer = nn.MultiheadAttention


# --- of models that come with the app ---------------------------------------------------------------------------------


class everyone_an_lstm:  # noqa: N801 - stands where a module of functions stands
    """Classifiers that are all the LSTM."""

    @staticmethod
    def shipped() -> dict[str, Any]:
        """By family."""
        found = shipped_classifier.shipped()
        return dict.fromkeys(found, found["lstm"])


def what_counts_is_what_is_attended(model: Any, text: Tensor) -> Any:
    """Words change the verdict by as much as they are attended to."""
    with torch.no_grad():
        return SimpleNamespace(divergence=model.trace(text).attention[0].mean((0, 1, 2)))


def deaf_to_attention() -> dict[FamilyName, Seq2SeqModel]:
    """The writer with attention is the one without."""
    found = shipped_translators()
    return {**found, "gru_attention": found["gru"]}


class lost_by_any_cut:  # noqa: N801 - stands where a function stands
    """Writes as the whole model does, and nothing once a head is cut."""

    def __init__(self) -> None:
        self._whole: Seq2SeqModel | None = None

    def __call__(self, model: Seq2SeqModel, sources: Tensor) -> list[tuple[int, ...]]:
        """As `greedy`."""
        self._whole = self._whole or model
        return greedy(model, sources) if model is self._whole else [()] * len(sources)


def next_word_alone(stack: Any) -> Any:
    """Each word attends to the one behind it."""
    tokens = len(stack_trace(stack).maps("encoder")[0])
    return SimpleNamespace(maps=lambda _side: (torch.eye(tokens).roll(1, dims=1),))


Planted = tuple[str, str, Any, str]
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
    ("growth", "costs.multi_head_attention", attention_of_eight, "depends"),
    ("window", "costs.window_attention_output", every_window_against_itself, "true"),
    ("parameters", "costs.count_parameters", parameters_of_pairs, "true"),
    ("head_costs", "heads.multi_head_attention", heads_as_wide_as_the_model, "depends"),
    ("dot_and_cosine", "weights.SCORES", {**SCORES, "cosine": SCORES["dot"]}, "true"),
    ("word_order", "order.SequenceModel", secret_positions, "false"),
    ("norm_place", "depth.SequenceModel", always_pre_norm, "true"),
    ("without_residual", "depth.stack_trace", always_residual, "false"),
    ("noise", "shipped.shipped_classifier", everyone_an_lstm, "false"),
    ("explanation", "shipped.word_occlusion", what_counts_is_what_is_attended, "true"),
    ("long_sentences", "shipped.shipped_translators", deaf_to_attention, "false"),
    ("cut_heads", "shipped.greedy", lost_by_any_cut(), "true"),
    ("related_words", "shipped.stack_trace", next_word_alone, "true"),
    ("no_softmax", "formulas.attention", scores_for_weights, "true"),
    ("diagonal_mask", "formulas.causal_mask", diagonal_for_causal, "true"),
    ("feed_forward_twice", "formulas.feed_forward", bend_before, "true"),
    ("weight_on_the_left", "formulas.multi_head_attention", matrix_on_the_left, "true"),
    ("matrix_a_place", "formulas.multi_head_attention", a_matrix_for_each_place, "true"),
    ("inputs_for_values", "formulas.multi_head_attention", inputs_handed_on, "true"),
    ("batch_for_time", "formulas.nn.MultiheadAttention", always_batch_first, "true"),
    ("large_negative", "formulas.attention", even_where_nothing_is_seen, "true"),
    ("keys_of_the_decoder", "formulas.attention", deaf_to_keys, "true"),
    ("whole_width", "formulas.attention", no_scale, "true"),
    ("wrong_axis", "formulas.attention", softmax_over_queries, "true"),
    ("mask_behind", "formulas.attention", mask_behind_softmax, "true"),
)
