"""Traces that were computed already. Bounded: a trace of the largest spec takes about 20 MB, a usual one 0.3 MB."""

import functools

from attnlab.engine import AttentionSpec, LayerTrace
from attnlab.engine import trace as compute
from attnlab.looks.layers import TrainedLayer


@functools.lru_cache(maxsize=48)
def trace(spec: AttentionSpec, layer: TrainedLayer | None = None) -> LayerTrace:
    """The engine's answer to a spec, shared by all sessions; nobody writes into it.

    Args:
        spec: what to run.
        layer: of a trained model, if that is the spec's source.
    """
    return compute(spec, None if layer is None else layer.inputs())
