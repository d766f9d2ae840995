"""Layers whose attention somebody has changed, and what follows in the whole model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import AttentionSpec, attended, blocks_onwards, normed
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.engine.stack.trace import Looks
from attnlab.engine.transformer.blocks import Read
from attnlab.pretrained import Trace

SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Changed:
    """A whole run after a change, beside the run before it.

    Streams are as they leave the layers, the last one normed where the model norms it.
    """

    layer: int  # the first that was changed, from 0
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


def edited(trace: Trace, specs: Mapping[int, AttentionSpec]) -> Trace:
    """The whole run with edits in some of its layers, each on what the layers before it give now.

    Whatever goes on from a layer of it, goes on with the edits of the layers behind.

    Args:
        trace: the run before; its tokens are those of the specs, with swaps that were made in them already.
        specs: what each edited layer computes, by its number from 0; without any it is the run itself.

    Raises:
        SpecError: the model has no such layer, or what the engine refuses.
        ValueError: a spec of other sizes than the layer's.
    """
    return _onwards(trace, {layer: _Edited(trace, layer, specs[layer]) for layer in sorted(specs)})


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
    return compared(trace, _onwards(trace, {layer: lambda _read: (output, attended, None)}), layer)


def compared(trace: Trace, after: Trace, layer: int) -> Changed:
    """Two runs on as many tokens; the second one has a change in a layer, from 0, and perhaps in later ones."""
    return Changed(layer, trace.hidden_states, after.hidden_states, trace.attentions, after.attentions)


class _Edited:
    """What an edited layer makes of what it reads."""

    def __init__(self, trace: Trace, layer: int, spec: AttentionSpec) -> None:
        self.inputs, self.spec = trace.layer(layer), spec

    def __call__(self, read: Tensor) -> Read:
        found = attended(self.spec, self.inputs, read)
        return found.output.to(read), found, None


def _onwards(trace: Trace, looks: Looks) -> Trace:
    """The run from the first of these layers on, the layers before it as they were."""
    if not looks:
        return trace
    first, stack = min(looks), trace.stack
    looks = {**trace.looks, **looks}
    with torch.inference_mode():
        later = blocks_onwards(stack.inputs, trace.block(first).x, first, looks)
        blocks, last = (*trace.blocks[:first], *later), later[-1].output
        norm = None if stack.final_norm is None else normed(last, stack.final_norm.weights)
    encoder, decoder = (blocks, ()) if stack.encoder else ((), blocks)
    final = last if norm is None else norm.output
    ran = replace(stack, encoder=encoder, decoder=decoder, final_norm=norm, final=final)
    return replace(trace, stack=ran, looks=looks)
