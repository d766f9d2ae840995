"""The attention engine: tensors in, tensors out, torch only.

Shapes, everywhere:

    B  batch            H  query heads              T  query positions     D   head_dim of query and key (d_k)
    d_model  stream     G  key/value heads, G | H   S  key positions       Dv  head_dim of value (d_v)

    (B, H, T, D) heads    (B, T, d_model) streams    (B, H, T, S) scores and weights: queries are rows, keys columns

A boolean mask says True = *may attend*, as in `F.scaled_dot_product_attention`. (`nn.MultiheadAttention` means the
opposite.)
"""

from attnlab.engine.analysis.flow import attention_flow, joint_mixings, rollout
from attnlab.engine.analysis.gradients import TokenInfluence, influence_of_tokens
from attnlab.engine.analysis.measures import HeadMeasures, head_label, measure_heads
from attnlab.engine.attention import AttentionTrace, attention, attention_output
from attnlab.engine.choices.masks import all_of, any_of, causal_mask, full_mask, padding_mask, window_mask
from attnlab.engine.choices.positions import (
    alibi_bias,
    alibi_slopes,
    learned_positions,
    rotary_angles,
    rotate,
    sinusoidal_positions,
)
from attnlab.engine.choices.spec_masks import attention_mask
from attnlab.engine.devices import DTYPES, available_devices, describe_device, resolve_device
from attnlab.engine.edits import Edit
from attnlab.engine.efficient.kv_cache import (
    CachedStep,
    DecoderSizes,
    GenerationStep,
    KvCache,
    cached_attention_step,
    generation_step,
    kv_cache_bytes,
)
from attnlab.engine.efficient.linear_attention import linear_attention_output
from attnlab.engine.efficient.window_attention import window_attention_output
from attnlab.engine.errors import SpecError
from attnlab.engine.multihead import (
    MultiHeadTrace,
    Projections,
    merge_heads,
    multi_head_attention,
    multi_head_by,
    multi_head_output,
    split_heads,
)
from attnlab.engine.sources import Entering, LayerInputs, Norm
from attnlab.engine.spec import TRAINED, AttentionSpec
from attnlab.engine.stack import (
    Residual,
    StackInputs,
    StackSpec,
    StackTrace,
    StackWeights,
    blocks_onwards,
    seeded_inputs,
    stack_trace,
    written_share,
)
from attnlab.engine.trace import PAD, LayerTrace, attended, trace
from attnlab.engine.transformer.blocks import BlockStages, BlockSwitches, BlockWeights, PartTrace, block_stages
from attnlab.engine.transformer.feed_forward import FeedForwardTrace, FeedForwardWeights, dead_units, feed_forward
from attnlab.engine.transformer.generation import NextToken, next_token
from attnlab.engine.transformer.norms import NormTrace, NormWeights, normed
from attnlab.engine.variants import Rule, variant_attention

__all__ = [
    "DTYPES",
    "PAD",
    "TRAINED",
    "AttentionSpec",
    "AttentionTrace",
    "BlockStages",
    "BlockSwitches",
    "BlockWeights",
    "CachedStep",
    "DecoderSizes",
    "Edit",
    "Entering",
    "FeedForwardTrace",
    "FeedForwardWeights",
    "GenerationStep",
    "HeadMeasures",
    "KvCache",
    "LayerInputs",
    "LayerTrace",
    "MultiHeadTrace",
    "NextToken",
    "Norm",
    "NormTrace",
    "NormWeights",
    "PartTrace",
    "Projections",
    "Residual",
    "Rule",
    "SpecError",
    "StackInputs",
    "StackSpec",
    "StackTrace",
    "StackWeights",
    "TokenInfluence",
    "alibi_bias",
    "alibi_slopes",
    "all_of",
    "any_of",
    "attended",
    "attention",
    "attention_flow",
    "attention_mask",
    "attention_output",
    "available_devices",
    "block_stages",
    "blocks_onwards",
    "cached_attention_step",
    "causal_mask",
    "dead_units",
    "describe_device",
    "feed_forward",
    "full_mask",
    "generation_step",
    "head_label",
    "influence_of_tokens",
    "joint_mixings",
    "kv_cache_bytes",
    "learned_positions",
    "linear_attention_output",
    "measure_heads",
    "merge_heads",
    "multi_head_attention",
    "multi_head_by",
    "multi_head_output",
    "next_token",
    "normed",
    "padding_mask",
    "resolve_device",
    "rollout",
    "rotary_angles",
    "rotate",
    "seeded_inputs",
    "sinusoidal_positions",
    "split_heads",
    "stack_trace",
    "trace",
    "variant_attention",
    "window_attention_output",
    "window_mask",
    "written_share",
]
