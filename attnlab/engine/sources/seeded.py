"""Seeded random weights: a layer as it stands before training."""

import math

import torch
from torch import Tensor

from attnlab.engine.choices.embeddings import seeded_embedding
from attnlab.engine.multihead import Projections
from attnlab.engine.seeds import generator
from attnlab.engine.sources.layer import Source, position_table
from attnlab.engine.spec import MAX_TOKENS, AttentionSpec


def random_source(spec: AttentionSpec) -> Source:
    """Every weight normal with variance 1 / inputs (LeCun et al. 1998, Efficient BackProp, section 4.6).

    Each head's matrix has its own seed, so another number of heads of the same width keeps the first ones.
    """
    d_model = spec.d_model

    def draw(name: str, head: int, rows: int, columns: int) -> Tensor:
        noise = torch.randn(rows, columns, dtype=torch.float64, generator=generator(spec.seed, name, head))
        return noise / math.sqrt(d_model if name != "W_O" else spec.num_heads * spec.value_width)

    heads, shared = range(spec.num_heads), range(spec.kv_heads)
    columns = [draw("W_Q", head, d_model, spec.key_width) for head in heads]
    columns += [draw("W_K", head, d_model, spec.key_width) for head in shared]
    columns += [draw("W_V", head, d_model, spec.value_width) for head in shared]
    rows = [draw("W_O", head, spec.value_width, d_model) for head in heads]
    return Source(
        embed=lambda token: seeded_embedding(token, d_model, spec.seed),
        position_table=position_table(spec, MAX_TOKENS),
        projections=Projections(
            qkv_proj=torch.cat(columns, dim=1),
            output_proj=torch.cat(rows, dim=0),
            num_heads=spec.num_heads,
            num_kv_heads=spec.kv_heads,
            head_dim=spec.key_width,
            value_dim=spec.value_width,
        ),
    )
