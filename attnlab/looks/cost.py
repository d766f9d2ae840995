"""What a picture costs, before anything of it is computed: the bytes of its trace, which its time follows."""

from attnlab.engine import DTYPES, AttentionSpec
from attnlab.engine.stack import StackSpec

HEAVY_BYTES = 6 * 2**20
"""From here on it is heavy. The page as it opens has 0.1 MB, 128 tokens in its layer 2 MB, the widest layer 40 MB."""
STAGES = 6
"""Matrices of (T, T) that a head keeps: scores, scaled, masked, bias, weights, dropped."""


def layer_cost(spec: AttentionSpec) -> int:
    """At least the bytes of the trace of a layer; twice that with edits, which are compared with the layer without."""
    length, heads, width, value_width = spec.seq_len, spec.num_heads, spec.key_width, spec.value_width
    projected = heads * (2 * width + 2 * value_width)
    numbers = STAGES * heads * length**2 + 2 * length * projected + spec.d_model * (projected + 4 * length)
    return numbers * DTYPES[spec.dtype].itemsize * (2 if spec.edits else 1)


def stack_cost(spec: StackSpec) -> int:
    """At least the bytes of the trace of a stack, its weights included."""
    attentions = 3 if spec.reads_two_texts else 1
    widest = max(map(len, spec.texts))
    attention = 4 * spec.d_model**2 + STAGES * spec.num_heads * widest**2 + 8 * widest * spec.d_model
    feed_forward = len(spec.texts) * spec.ff_width * (3 * spec.d_model + 3 * widest)
    return spec.depth * (attentions * attention + feed_forward) * DTYPES[spec.dtype].itemsize


def heavy(spec: AttentionSpec | StackSpec) -> bool:
    """Whether it must wait its turn."""
    cost = layer_cost(spec) if isinstance(spec, AttentionSpec) else stack_cost(spec)
    return cost >= HEAVY_BYTES
