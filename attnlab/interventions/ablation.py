"""Which head matters: each is taken away in turn, and the model goes on without it.

Source: Michel et al. 2019, https://arxiv.org/abs/1905.10650
"""

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
    rows = []
    for layer in range(len(trace.blocks)):
        attention = attention_of(trace, layer)
        heads = written_by_heads(attention)
        written = attention.output - heads  # (H, T, d_model)
        if instead == "mean":
            written = written + heads.mean(1, keepdim=True)
        rows.append(outcome(finals(trace, layer, stream_before(trace, layer).expand_as(written), written)))
    return torch.stack(rows)
