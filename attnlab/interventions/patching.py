"""Activation patching: a piece of one run is put into another, and what comes of it is compared with both.

Sources: Vig et al. 2020, https://arxiv.org/abs/2004.12265 (causal mediation); Meng et al. 2022, section 2,
https://arxiv.org/abs/2202.05262 (restored streams).
"""

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.interventions.alignment import counterparts
from attnlab.interventions.onwards import attention_of, finals, stream_before, written_by_heads
from attnlab.interventions.outcomes import Outcome
from attnlab.pretrained import Trace

LEAST_APART = 1e-6
"""Of the outcomes of two runs: what is nearer cannot be told from rounding."""


def patched_streams(clean: Trace, other: Trace, outcome: Outcome) -> Tensor:
    """For each layer and token the other run with the clean one's stream put in there.

    Args:
        clean: the run that the pieces are of.
        other: the run that they are put into, each token's in the place of its counterpart (`counterparts`).
        outcome: what is compared.

    Returns:
        (L + 1, T): 0 where the outcome stays the other's, 1 where it becomes the clean one's, NaN at a token that has
        no counterpart; the first row is what enters the first layer.

    Raises:
        SpecError: runs whose outcomes are the same.
    """
    scaled, (places, own) = _scaled(clean, other, outcome), _places(clean, other)
    rows = stream_before(other, 0).new_full((len(clean.blocks) + 1, len(other.tokens)), torch.nan)
    for layer, row in enumerate(rows):
        patched = stream_before(other, layer).repeat(len(places), 1, 1)
        patched[torch.arange(len(places)), places] = stream_before(clean, layer)[own]
        row[places] = scaled(finals(other, layer, patched))
    return rows


def patched_heads(clean: Trace, other: Trace, outcome: Outcome) -> Tensor:
    """For each head the other run with what the head wrote in the clean one, at all tokens that have a counterpart.

    Returns:
        (L, H), as in `patched_streams`. Raises as there.
    """
    scaled, (places, own) = _scaled(clean, other, outcome), _places(clean, other)
    rows = []
    for layer in range(len(clean.blocks)):
        attention = attention_of(other, layer)
        ours, theirs = written_by_heads(attention_of(clean, layer)), written_by_heads(attention)
        written = attention.output.repeat(len(theirs), 1, 1)  # (H, T, d_model)
        written[:, places] += ours[:, own] - theirs[:, places]
        streams = stream_before(other, layer).expand_as(written)
        rows.append(scaled(finals(other, layer, streams, written)))
    return torch.stack(rows)


def _scaled(clean: Trace, other: Trace, outcome: Outcome) -> Outcome:
    """The outcome on a scale that is 0 for the other run and 1 for the clean one."""
    at_one, at_zero = (outcome(trace.hidden_states[-1][None]) for trace in (clean, other))
    apart = at_one - at_zero
    if float(apart.abs()) < LEAST_APART:
        raise SpecError("second", "alike", "other must end elsewhere than the clean text does")
    return lambda final: (outcome(final) - at_zero) / apart


def _places(clean: Trace, other: Trace) -> tuple[list[int], list[int]]:
    """Where tokens of the other run stand that have a counterpart, and where that stands."""
    pairs = [(place, own) for place, own in enumerate(counterparts(clean, other)) if own is not None]
    return [place for place, _ in pairs], [own for _, own in pairs]
