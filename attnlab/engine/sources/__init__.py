"""Where a layer's weights and embeddings come from.

A source is one function from a spec to a `Source`; it may look at the sizes, the positions and the seed, not at the
sentence. To add one, write it in a file of its own and add a line here.
"""

import functools
from collections.abc import Callable
from dataclasses import replace

from attnlab.engine.sources.designed import designed_source
from attnlab.engine.sources.layer import Entering, LayerInputs, Norm, Source
from attnlab.engine.sources.seeded import random_source
from attnlab.engine.spec import AttentionSpec

__all__ = ["SOURCES", "Entering", "LayerInputs", "Norm", "Source", "source_of"]

SOURCES: dict[str, Callable[[AttentionSpec], Source]] = {
    "designed": designed_source,
    "random": random_source,
}


def source_of(spec: AttentionSpec) -> Source:
    """The weights that a spec names, built once for all sentences, masks and temperatures."""
    # What no source looks at is set to one value, so that changing it finds the same weights.
    named = replace(spec, tokens=("",), mask="none", window=1, padding=0, pad_left=False, also_causal=False)
    return _built(replace(named, scaling=True, temperature=1.0, dropout=0.0, dtype="float32", device="cpu"))


@functools.lru_cache(maxsize=16)  # of 0.2 MB each as the page opens, 17 MB at the widest
def _built(spec: AttentionSpec) -> Source:
    return SOURCES[spec.source](spec)


__all__ = ["SOURCES", "Source", "source_of"]
