"""A layer whose attention somebody has changed, and what follows in the layers behind it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import blocks_onwards
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.interventions.onwards import attention_of, final_normed
from attnlab.pretrained import Trace

SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Changed:
    """A whole run after a change, beside the run before it.

    Streams are as they leave the layers, the last one normed where the model norms it.
    """

    layer: int  # that was changed, from 0
    before: Tensor  # (L + 1, T, d_model)
    after: Tensor  # the same
    attentions_before: Tensor  # (L, H, T, T)
    attentions: Tensor  # the same

    @property
    def moved(self) -> Tensor:
        """(L + 1, T): how far each stream was moved, in lengths of what it was: |after - before| / |before|."""
        lengths = torch.linalg.vector_norm(self.before, dim=-1).clamp(min=SMALLEST)
        moved: Tensor = torch.linalg.vector_norm(self.after - self.before, dim=-1) / lengths
        return moved

    @property
    def cosines(self) -> Tensor:
        """(L + 1, T): of each stream before and after, 1 where its direction stayed."""
        return F.cosine_similarity(self.before, self.after, dim=-1)

    @property
    def heads_moved(self) -> Tensor:
        """(L, H): the share of its weight that each head moved elsewhere, the mean over its rows.

        Half the sum of the absolute differences, which is the distance in total variation: 0 for none, 1 for all.
        """
        return (self.attentions - self.attentions_before).abs().sum(-1).mean(-1) / 2


def changed(trace: Trace, layer: int, attended: MultiHeadTrace) -> Changed:
    """The run with another attention in one layer.

    Args:
        trace: the run before.
        layer: from 0.
        attended: what this layer's attention does instead, on as many tokens.

    Raises:
        SpecError: the model has no such layer.
        ValueError: an attention on other tokens or of another width.
    """
    block = trace.block(layer)
    output = attended.output.to(block.x)
    if output.shape != block.x.shape:
        raise ValueError(f"attended {tuple(output.shape)} must be {tuple(block.x.shape)}")
    with torch.inference_mode():
        later = blocks_onwards(trace.stack.inputs, block.x, layer, lambda _read: (output, attended, None))
        streams = [*trace.hidden_states[: layer + 1], *(one.output[0] for one in later[:-1])]
        after = torch.stack([*streams, final_normed(trace, later[-1].output)[0]])
    weights = [attention_of(trace, number).heads.weights[0] for number in range(layer)]
    # An attention part that was computed has its trace.
    weights += [one.part("self_attention").attention.heads.weights[0].to(block.x) for one in later]  # type: ignore[union-attr]
    return Changed(layer, trace.hidden_states, after, trace.attentions, torch.stack(weights))
