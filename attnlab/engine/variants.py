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
    attention,
    checked_inputs,
    drawn_dropout,
    dropped,
    per_query_head,
    weighted_sum,
    wide,
)
from attnlab.engine.choices.normalizers import NORMALIZERS, sink_softmax
from attnlab.engine.choices.positions import shaw_scores
from attnlab.engine.choices.scores import SCORES

EditHook = Callable[[str, Tensor], Tensor]
"""(stage, tensor) -> the tensor with what was set by hand; stages and shapes as in `edits.Edit`."""


def unedited(stage: str, tensor: Tensor) -> Tensor:  # noqa: ARG001 - an EditHook
    """Nothing was set by hand."""
    return tensor


@dataclass(frozen=True, eq=False)
class Rule:
    """How heads attend, beside mask and bias. Tensors are of the width in which scores are computed."""

    score: str = "scaled_dot"
    score_parameters: Mapping[str, Tensor] = field(default_factory=dict)
    normalizer: str = "softmax"
    sink: float | None = None  # one more term e^sink below the softmax
    softcap: float | None = None
    relative_keys: Tensor | None = None  # (2 * reach + 1, D), what Shaw's relative positions add to the keys
    qk_norm: bool = False  # of a layer: each query and key vector divided by its root mean square, before RoPE
    scale: float | None = None  # factor on the scores; that of the score function if None
    temperature: float = 1.0  # divides what enters the normalizer
    dropout: float = 0.0  # share of the weights set to zero
    generator: torch.Generator | None = None  # the randomness of dropout
    edit: EditHook = unedited

    @property
    def is_plain(self) -> bool:
        """Whether `attention` will do, which is faster."""
        parts = (self.sink, self.softcap, self.relative_keys)
        plain = self.score in {"scaled_dot", "dot"} and self.normalizer == "softmax" and self.edit is unedited
        return plain and all(part is None for part in parts)

    @property
    def factor(self) -> float | None:
        """What the scores are multiplied with; None is 1 / sqrt(D), as in `attention`."""
        return self.scale if self.scale is not None or SCORES[self.score].scaled else 1.0


PLAIN = Rule()
"""softmax(query . key / sqrt(D))."""


def attention_by(
    rule: Rule, query: Tensor, key: Tensor, value: Tensor, *, mask: Tensor | None = None, bias: Tensor | None = None
) -> AttentionTrace:
    """`attention` where a rule is plain, else `variant_attention`."""
    if not rule.is_plain:
        return variant_attention(query, key, value, rule=rule, mask=mask, bias=bias)
    return attention(
        query,
        key,
        value,
        mask=mask,
        bias=bias,
        scale=rule.factor,
        temperature=rule.temperature,
        dropout=rule.dropout,
        generator=rule.generator,
    )


def variant_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    rule: Rule,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> AttentionTrace:
    """As `attention`, by a rule.

    Args:
        query: (B, H, T, D).
        key: (B, G, S, D).
        value: (B, G, S, Dv).
        rule: how.
        mask: as in `attention`.
        bias: added to the scores after scaling and capping.

    Returns:
        The trace. Its bias holds what relative positions added.

    Raises:
        ValueError: as `attention`.
    """
    temperature, dropout = rule.temperature, rule.dropout
    mask, bias, scale = checked_inputs(query, key, value, mask, bias, rule.factor, temperature, dropout)
    if rule.relative_keys is not None:
        relative = scale * shaw_scores(wide(query), rule.relative_keys, key.shape[2])
        bias = relative if bias is None else bias + relative
    stages = _stages(query, key, mask, bias, scale, rule)
    weights = rule.edit("weights", _normalized(_tempered(stages.masked_scores, temperature), rule))
    dropout_mask = drawn_dropout(weights, dropout, rule.generator)
    output = weighted_sum(dropped(weights, dropout, dropout_mask), wide(value), mask)
    return AttentionTrace(
        query,
        key,
        value,
        weights,
        rule.edit("head", output).to(query.dtype),
        scale,
        temperature,
        mask,
        bias,
        dropout,
        dropout_mask,
        stages,
    )


def _stages(
    query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float, rule: Rule
) -> ScoreStages:
    score = SCORES[rule.score].function
    keys = per_query_head(wide(key), query.shape[1])
    scores = rule.edit("scores", score(wide(query), keys, **rule.score_parameters))
    scaled = _capped(scores * scale, rule.softcap)
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


def _normalized(logits: Tensor, rule: Rule) -> Tensor:
    if not logits.shape[-1]:
        return logits  # no keys, no weights
    if rule.sink is not None:
        return sink_softmax(logits, rule.sink)
    return NORMALIZERS[rule.normalizer](logits)
