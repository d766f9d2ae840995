"""The attention engine: tensors in, tensors out, torch only.

Shapes, everywhere:

    B  batch            H  query heads              T  query positions     D   head_dim of query and key (d_k)
    d_model  stream     G  key/value heads, G | H   S  key positions       Dv  head_dim of value (d_v)

    (B, H, T, D) heads    (B, T, d_model) streams    (B, H, T, S) scores and weights: queries are rows, keys columns

A boolean mask says True = *may attend*, as in `F.scaled_dot_product_attention`. (`nn.MultiheadAttention` means the
opposite.)
"""

from attnlab.engine.attention import AttentionTrace, attention, attention_output
from attnlab.engine.devices import DTYPES, available_devices, describe_device, resolve_device
from attnlab.engine.edits import Edit
from attnlab.engine.errors import SpecError
from attnlab.engine.masks import all_of, any_of, causal_mask, full_mask, padding_mask, window_mask
from attnlab.engine.measures import HeadMeasures, head_label, measure_heads
from attnlab.engine.multihead import (
    MultiHeadTrace,
    Projections,
    merge_heads,
    multi_head_attention,
    multi_head_output,
    split_heads,
)
from attnlab.engine.positions import (
    alibi_bias,
    alibi_slopes,
    learned_positions,
    rotary_angles,
    rotate,
    sinusoidal_positions,
)
from attnlab.engine.sources import Entering, LayerInputs, Norm
from attnlab.engine.spec import TRAINED, AttentionSpec
from attnlab.engine.spec_masks import attention_mask
from attnlab.engine.trace import PAD, LayerTrace, trace
from attnlab.engine.variants import Variant, variant_attention

__all__ = [
    "DTYPES",
    "PAD",
    "TRAINED",
    "AttentionSpec",
    "AttentionTrace",
    "Edit",
    "Entering",
    "HeadMeasures",
    "LayerInputs",
    "LayerTrace",
    "MultiHeadTrace",
    "Norm",
    "Projections",
    "SpecError",
    "Variant",
    "alibi_bias",
    "alibi_slopes",
    "all_of",
    "any_of",
    "attention",
    "attention_mask",
    "attention_output",
    "available_devices",
    "causal_mask",
    "describe_device",
    "full_mask",
    "head_label",
    "learned_positions",
    "measure_heads",
    "merge_heads",
    "multi_head_attention",
    "multi_head_output",
    "padding_mask",
    "resolve_device",
    "rotary_angles",
    "rotate",
    "sinusoidal_positions",
    "split_heads",
    "trace",
    "variant_attention",
    "window_mask",
]
