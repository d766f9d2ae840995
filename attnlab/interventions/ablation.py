"""Which head matters: each is taken away in turn, and the model goes on without it.

Source: Michel et al. 2019, https://arxiv.org/abs/1905.10650
"""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from attnlab.interventions.onwards import attention_of, finals, stream_before, written_by_heads
from attnlab.interventions.outcomes import Outcome
from attnlab.pretrained import Trace

AblationName = Literal["zero", "mean"]


def ablated_heads(trace: Trace, outcome: Outcome, instead: AblationName = "zero") -> Tensor:
    """(L, H): the outcome of the run without each head.

    Args:
        trace: the run.
        outcome: what is looked at in the end.
        instead: "zero", the head writes nothing; "mean", it writes at every token what it writes there on average, so
            that what it always adds stays.
    """
    return torch.stack(list(ablated_by_layer(trace, outcome, instead)))


def ablated_by_layer(
    trace: Trace, outcome: Outcome, instead: AblationName = "zero", first: int = 0
) -> Iterator[Tensor]:
    """As `ablated_heads`, layer by layer as they are computed.

    Args:
        trace: the run.
        outcome: what is looked at in the end.
        instead: what a head writes.
        first: the layer to begin with, from 0.

    Yields:
        (H,) for each layer.
    """
    for layer in range(first, len(trace.blocks)):
        attention = attention_of(trace, layer)
        heads = written_by_heads(attention)
        written = attention.output - heads  # (H, T, d_model)
        if instead == "mean":
            written = written + heads.mean(1, keepdim=True)
        yield outcome(finals(trace, layer, stream_before(trace, layer).expand_as(written), written))
