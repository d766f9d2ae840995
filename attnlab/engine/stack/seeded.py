"""Seeded random weights for a whole stack: as it stands before training.

Each block has its own seed, so another block leaves those below as they were; a token's vector and its column of the
head depend on (seed, token) alone, so that typing leaves the other tokens as they were.
"""

import math

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine.choices.embeddings import seeded_embedding
from attnlab.engine.choices.positions import sinusoidal_positions
from attnlab.engine.multihead import Projections
from attnlab.engine.seeds import generator
from attnlab.engine.stack.inputs import SideName, StackInputs, StackWeights
from attnlab.engine.stack.spec import StackSpec
from attnlab.engine.transformer.blocks import BlockWeights
from attnlab.engine.transformer.feed_forward import ActivationName, FeedForwardWeights
from attnlab.engine.transformer.norms import NormName, NormWeights

EPS = 1e-5


def seeded_inputs(spec: StackSpec) -> StackInputs:
    """A stack of random weights on the texts of a spec, in float64 on the CPU.

    Every weight is normal with variance 1 / inputs, as in `random_source`; norms have gain 1 and bias 0. The stack's
    vocabulary is the tokens of its texts, each once, in their order. Where the norm comes first, the last stream of
    each stack is normed as well: nothing else would be.
    """
    target = spec.target_tokens if spec.reads_two_texts else None
    vocabulary = tuple(dict.fromkeys(token for text in spec.texts for token in text))
    return StackInputs(
        weights=StackWeights(
            encoder=_blocks(spec, "encoder"),
            decoder=_blocks(spec, "decoder"),
            encoder_norm=_last_norm(spec, "encoder"),
            decoder_norm=_last_norm(spec, "decoder"),
            output_proj=torch.stack([_column(token, spec.d_model, spec.seed) for token in vocabulary], dim=1),
        ),
        source_tokens=spec.source_tokens,
        source_embedding=_embedded(spec, spec.source_tokens),
        vocabulary=vocabulary,
        target_tokens=target or (),
        target_embedding=None if target is None else _embedded(spec, target),
        source_positions=_positions(spec, spec.source_tokens),
        target_positions=None if target is None else _positions(spec, target),
        switches=spec.switches,
        positions=spec.positions,
        seed=spec.seed,
        dtype=spec.dtype,
        device=spec.device,
    )


def _embedded(spec: StackSpec, tokens: tuple[str, ...]) -> Tensor:
    return torch.stack([seeded_embedding(token, spec.d_model, spec.seed) for token in tokens])


def _positions(spec: StackSpec, tokens: tuple[str, ...]) -> Tensor | None:
    return sinusoidal_positions(len(tokens), spec.d_model) if spec.positions == "sinusoidal" else None


def _has(spec: StackSpec, side: SideName) -> bool:
    return spec.architecture in {side, "encoder_decoder"}


def _blocks(spec: StackSpec, side: SideName) -> tuple[BlockWeights, ...]:
    return tuple(_block_of(spec, side, number) for number in range(spec.depth)) if _has(spec, side) else ()


def _last_norm(spec: StackSpec, side: SideName) -> NormWeights | None:
    return _norm(spec.d_model, spec.norm) if _has(spec, side) and spec.norm_first and spec.norm_on else None


def _column(token: str, d_model: int, seed: int) -> Tensor:
    noise = torch.randn(d_model, dtype=torch.float64, generator=generator(seed, "head", token))
    return noise / math.sqrt(d_model)


def _norm(d_model: int, kind: NormName) -> NormWeights:
    gain = torch.ones(d_model, dtype=torch.float64)
    return NormWeights(gain, torch.zeros_like(gain) if kind == "layer" else None, kind, EPS)


def _block_of(spec: StackSpec, side: SideName, number: int) -> BlockWeights:
    return _block(
        side,
        number,
        cross=side == "decoder" and spec.reads_two_texts,
        num_heads=spec.num_heads,
        kv_heads=spec.kv_heads,
        d_model=spec.d_model,
        ff_width=spec.ff_width,
        norm=spec.norm,
        activation=spec.activation,
        seed=spec.seed,
    )


@kept
def _block(
    side: SideName,
    number: int,
    *,
    cross: bool,
    num_heads: int,
    kv_heads: int,
    d_model: int,
    ff_width: int,
    norm: NormName,
    activation: ActivationName,
    seed: int,
) -> BlockWeights:
    """Shared: nobody writes into it."""

    def draw(name: str, rows: int, columns: int) -> Tensor:
        noise = generator(seed, side, number, name)
        return torch.randn(rows, columns, dtype=torch.float64, generator=noise) / math.sqrt(rows)

    def attention(name: str) -> Projections:
        head_dim = d_model // num_heads
        widths = {"W_Q": num_heads * head_dim, "W_K": kv_heads * head_dim, "W_V": kv_heads * head_dim}
        return Projections(
            qkv_proj=torch.cat([draw(f"{name} {part}", d_model, width) for part, width in widths.items()], dim=1),
            output_proj=draw(f"{name} W_O", d_model, d_model),
            num_heads=num_heads,
            num_kv_heads=kv_heads,
            head_dim=head_dim,
            value_dim=head_dim,
        )

    gated = activation == "swiglu"
    return BlockWeights(
        self_attention=attention("self_attention"),
        self_norm=_norm(d_model, norm),
        feed_forward=FeedForwardWeights(
            up_proj=draw("W_up", d_model, ff_width),
            up_bias=None,
            down_proj=draw("W_down", ff_width, d_model),
            down_bias=None,
            gate_proj=draw("W_gate", d_model, ff_width) if gated else None,
            activation=activation,
        ),
        feed_forward_norm=_norm(d_model, norm),
        cross_attention=attention("cross_attention") if cross else None,
        cross_norm=_norm(d_model, norm) if cross else None,
    )
