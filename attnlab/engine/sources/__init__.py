"""Where a layer's weights and embeddings come from.

A source is one function from a spec to a `Source`; it may look at the sizes, the positions and the seed, not at the
sentence. To add one, write it in a file of its own and add a line here.
"""

from collections.abc import Callable

from attnlab.byte_cache import kept
from attnlab.engine.sources.designed import designed_source
from attnlab.engine.sources.layer import Entering, LayerInputs, Norm, Source
from attnlab.engine.sources.seeded import random_source
from attnlab.engine.spec import AttentionSpec

__all__ = ["SOURCES", "Entering", "LayerInputs", "Norm", "Source", "source_of"]

SOURCES: dict[str, Callable[[AttentionSpec], Source]] = {
    "designed": designed_source,
    "random": random_source,
}


SEEN = ("source", "num_heads", "num_kv_heads", "d_model", "head_dim", "value_dim", "positions", "seed")
"""What a source may look at: whatever else changes finds the same weights."""


def source_of(spec: AttentionSpec) -> Source:
    """The weights that a spec names, built once for all sentences, masks and temperatures."""
    seen = {name: getattr(spec, name) for name in SEEN}
    return _built(AttentionSpec(tokens=("",), **seen))


@kept
def _built(spec: AttentionSpec) -> Source:
    return SOURCES[spec.source](spec)
