"""Attention with other parts: any score function, any normalizer, soft-cap, sinks, relative positions, edits.

    weights = normalizer((cap(score(query, key) * scale) + bias) / temperature, over the keys that mask allows)
    output = dropout(weights) @ value

`attention` is the plain case of this, and faster; the tests hold the two to the same numbers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from attnlab.engine.attention import (
    AttentionTrace,
    ScoreStages,
    checked_inputs,
    drawn_dropout,
    dropped,
    per_query_head,
    weighted_sum,
    wide,
)
from attnlab.engine.normalizers import NORMALIZERS, sink_softmax
from attnlab.engine.positions import shaw_scores
from attnlab.engine.scores import SCORES

EditHook = Callable[[str, Tensor], Tensor]
"""(stage, tensor) -> the tensor with what was set by hand; stages and shapes as in `edits.Edit`."""


def unedited(stage: str, tensor: Tensor) -> Tensor:  # noqa: ARG001 - an EditHook
    """Nothing was set by hand."""
    return tensor


@dataclass(frozen=True, eq=False)
class Variant:
    """The parts of an attention that is not the plain one. Tensors are of the width in which scores are computed."""

    score: str = "scaled_dot"
    score_parameters: Mapping[str, Tensor] = field(default_factory=dict)
    normalizer: str = "softmax"
    sink: float | None = None  # one more term e^sink below the softmax
    softcap: float | None = None
    relative_keys: Tensor | None = None  # (2 * reach + 1, D), what Shaw's relative positions add to the keys
    edit: EditHook = unedited


def variant_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    variant: Variant,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    temperature: float = 1.0,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> AttentionTrace:
    """As `attention`, with the parts that a variant names.

    Args:
        query: (B, H, T, D).
        key: (B, G, S, D).
        value: (B, G, S, Dv).
        variant: which parts.
        mask: as in `attention`, and so are all that follow.
        bias: added to the scores after scaling and capping.
        scale: factor on the scores; that of the score function if left out.
        temperature: divides what enters the normalizer.
        dropout: share of the weights set to zero.
        generator: the randomness of dropout.

    Returns:
        The trace. Its bias holds what relative positions added.

    Raises:
        ValueError: as `attention`.
    """
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if SCORES[variant.score].scaled else 1.0
    mask, bias, scale = checked_inputs(query, key, value, mask, bias, scale, temperature, dropout)
    if variant.relative_keys is not None:
        relative = scale * shaw_scores(wide(query), variant.relative_keys, key.shape[2])
        bias = relative if bias is None else bias + relative
    stages = _stages(query, key, mask, bias, scale, variant)
    weights = variant.edit("weights", _normalized(_tempered(stages.masked_scores, temperature), variant))
    dropout_mask = drawn_dropout(weights, dropout, generator)
    output = weighted_sum(dropped(weights, dropout, dropout_mask), wide(value), mask)
    return AttentionTrace(
        query,
        key,
        value,
        weights,
        variant.edit("head", output).to(query.dtype),
        scale,
        temperature,
        mask,
        bias,
        dropout,
        dropout_mask,
        stages,
    )


def _stages(
    query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float, variant: Variant
) -> ScoreStages:
    score = SCORES[variant.score].function
    keys = per_query_head(wide(key), query.shape[1])
    scores = variant.edit("scores", score(wide(query), keys, **variant.score_parameters))
    scaled = _capped(scores * scale, variant.softcap)
    summed = scaled if bias is None else scaled + wide(bias)
    return ScoreStages(scores, scaled, summed if mask is None else summed.masked_fill(~mask, -math.inf))


def _capped(scores: Tensor, softcap: float | None) -> Tensor:
    """Scores squeezed into (-softcap, softcap).

    Source: Gemma 2, section 2, https://arxiv.org/abs/2408.00118
    """
    return scores if softcap is None else softcap * torch.tanh(scores / softcap)


def _tempered(logits: Tensor, temperature: float) -> Tensor:
    """Logits / temperature, within the finite numbers; minus infinity stays."""
    if temperature == 1.0:
        return logits
    limits = torch.finfo(logits.dtype)
    divided = (logits / max(temperature, limits.tiny)).clamp(limits.min, limits.max)
    return divided.masked_fill(logits == -math.inf, -math.inf)


def _normalized(logits: Tensor, variant: Variant) -> Tensor:
    if not logits.shape[-1]:
        return logits  # no keys, no weights
    if variant.sink is not None:
        return sink_softmax(logits, variant.sink)
    return NORMALIZERS[variant.normalizer](logits)
