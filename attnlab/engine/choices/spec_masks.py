"""The mask that a spec names: one or two masks, combined, with the cells that were painted by hand.

To add a mask, write its function in `masks`, add a line here and its name to `MaskName`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from attnlab.engine.choices.masks import (
    all_of,
    any_of,
    block_mask,
    causal_mask,
    dilated_mask,
    full_mask,
    global_mask,
    padding_mask,
    prefix_mask,
    random_blocks_mask,
    window_mask,
)
from attnlab.engine.edits import at_stage, fits, with_cells_set
from attnlab.engine.spec import AttentionSpec

SpecMask = Callable[[AttentionSpec], Tensor]
"""A spec -> bool (T, T) or (1, T), True = may attend."""

MASKS: dict[str, SpecMask] = {
    "causal": lambda spec: causal_mask(spec.seq_len),
    "window": lambda spec: window_mask(spec.seq_len, window=spec.window),
    "padding": lambda spec: padding_mask(_is_padding(spec)),
    "dilated": lambda spec: dilated_mask(spec.seq_len, window=spec.window, dilation=spec.dilation),
    "block": lambda spec: block_mask(spec.seq_len, block=spec.block),
    "global": lambda spec: global_mask(spec.seq_len, count=spec.global_tokens),
    "random_blocks": lambda spec: random_blocks_mask(
        spec.seq_len, block=spec.block, count=spec.random_blocks, seed=spec.seed
    ),
    "prefix": lambda spec: prefix_mask(spec.seq_len, prefix=spec.prefix),
}


def attention_mask(spec: AttentionSpec, device: torch.device | None = None) -> Tensor | None:
    """(T, T) bool of a spec, True = may attend; None if everything may."""
    named = [MASKS[name](spec) for name in (spec.mask, spec.second_mask) if name != "none"]
    painted = [edit for edit in at_stage(spec.edits, "mask") if fits(edit, spec.sizes)]
    unseen = _unimportant(spec)
    if not (named or painted or unseen is not None):
        return None
    combined = (
        any_of(*named) if named and spec.combine == "or" else all_of(*named) if named else full_mask(spec.seq_len)
    )
    mask = with_cells_set(all_of(full_mask(spec.seq_len), combined), painted)
    return (mask if unseen is None else mask & ~unseen).to(device)


def _is_padding(spec: AttentionSpec) -> Tensor:
    positions = torch.arange(spec.seq_len)
    return positions < spec.num_padding if spec.pad_left else positions >= len(spec.tokens)


def _unimportant(spec: AttentionSpec) -> Tensor | None:
    """(T,) bool, the keys whose importance is 0: log 0 is minus infinity, which is a mask. None if there are none."""
    importance = spec.importance
    if importance is None or 0.0 not in importance:
        return None
    return torch.tensor(importance) == 0.0
