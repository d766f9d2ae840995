"""From a spec to every number of its layer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from attnlab.engine.analysis.measures import HeadMeasures, head_label, measure_heads
from attnlab.engine.attention import attention_output
from attnlab.engine.choices.positions import ROTARY_BASE, alibi_bias, rotary_angles, shaw_table, t5_bias
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.choices.spec_masks import attention_mask
from attnlab.engine.devices import computing_on, finish
from attnlab.engine.edits import SHARED, at_stage, heads_off, swapped, with_cells_set
from attnlab.engine.errors import SpecError
from attnlab.engine.multihead import MultiHeadTrace, Projections, multi_head_attention
from attnlab.engine.seeds import generator
from attnlab.engine.sources import Entering, LayerInputs, source_of
from attnlab.engine.spec import TRAINED, AttentionSpec
from attnlab.engine.variants import EditHook, Rule, unedited

PAD = "<pad>"  # the tokenizers never give this token


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One spec, computed. Tensors of `layer` have a batch of one."""

    spec: AttentionSpec
    tokens: tuple[str, ...]  # padding included
    token_embedding: Tensor  # (T, d_model)
    position_embedding: Tensor  # (T, d_model)
    angles: Tensor | None  # (T, D // 2) float64 on the CPU, under RoPE
    layer: MultiHeadTrace
    head_names: tuple[str, ...] | None  # what each head was built to do, if it was built
    device: torch.device
    elapsed_ms: float  # of the layer alone, weights and embeddings at hand
    entering: Entering | None = None  # of a layer that lies within a model
    rotary_base: float = ROTARY_BASE  # of RoPE

    @property
    def weights(self) -> Tensor:
        """(H, T, T)."""
        return self.layer.heads.weights[0]

    @cached_property
    def position_bias(self) -> Tensor:
        """(H, T, T): what positions added to the scaled scores, the importance of tokens aside."""
        heads = self.layer.heads
        bias = torch.zeros((), device=self.device) if heads.bias is None else heads.bias
        if self.spec.importance is not None:
            bias = bias - _prior(self.spec.importance).to(bias)
        return bias.expand(1, *self.weights.shape)[0]

    @property
    def score_parameters(self) -> dict[str, Tensor]:
        """The weights of the score function, if it has any, as the scores were computed with them."""
        width = torch.promote_types(self.layer.x.dtype, torch.float32)
        return drawn_parameters(self.spec, self.device, width)

    @cached_property
    def measures(self) -> HeadMeasures:
        """What each head does, measured."""
        mask = self.layer.heads.mask
        return measure_heads(self.weights, self.tokens, None if mask is None else mask.reshape(mask.shape[-2:]))

    @cached_property
    def reference_error(self) -> float | None:
        """The largest difference of any head's output from torch's own attention on the same Q, K and V.

        None under dropout, which draws its own mask there, and of variants, which torch does not have.
        """
        heads = self.layer.heads
        if heads.dropout_mask is not None or heads.stages is not None:
            return None
        with torch.inference_mode():
            output = attention_output(
                heads.query,
                heads.key,
                heads.value,
                mask=heads.mask,
                bias=heads.bias,
                scale=heads.scale,
                temperature=heads.temperature,
            )
        return float((output - heads.output).abs().max())

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """One word a head, from the measures."""
        return tuple(head_label(self.measures, head) for head in range(self.spec.num_heads))


def trace(spec: AttentionSpec, inputs: LayerInputs | None = None) -> LayerTrace:
    """Run one layer and keep every stage.

    Args:
        spec: what to run.
        inputs: the layer and what enters it, if the spec's source is a trained model; its sizes are those of the spec.

    Raises:
        SpecError: the device is not there, does not know the dtype, or has too little memory; or inputs are missing.
        ValueError: inputs that do not fit the spec.
    """
    if spec.source == TRAINED and inputs is None:
        raise SpecError("source", "missing", f"source ({TRAINED!r}) must come with a layer of a model")
    if inputs is not None:
        _check_inputs(spec, inputs)
    place = computing_on(spec.device, spec.dtype, spec.seq_len)
    with place as (device, dtype), torch.inference_mode():
        return _trace(spec, _inputs_of_source(spec) if inputs is None else inputs, device, dtype)


def _inputs_of_source(spec: AttentionSpec) -> LayerInputs:
    pads = (PAD,) * spec.num_padding
    words = swapped(spec.tokens, spec.applied)
    tokens = (*pads, *words) if spec.pad_left else (*words, *pads)
    source = source_of(spec)
    token_embedding = torch.stack([source.embed(token) for token in tokens])
    position_embedding = source.position_table[: len(tokens)]
    return LayerInputs(tokens, token_embedding, position_embedding, source.projections, source.head_names)


def _check_inputs(spec: AttentionSpec, inputs: LayerInputs) -> None:
    got = inputs.projections
    sizes = (len(inputs.tokens), got.num_heads, got.num_kv_heads, got.head_dim, got.value_dim)
    wanted = (len(spec.tokens), spec.num_heads, spec.kv_heads, spec.key_width, spec.value_width)
    if sizes != wanted or spec.num_padding:
        raise ValueError(f"inputs (T, H, G, D, Dv = {sizes}) must be of the spec's sizes {wanted}, without padding")


def attended(spec: AttentionSpec, inputs: LayerInputs, streams: Tensor) -> MultiHeadTrace:
    """What a layer of a model makes of many streams at once, as its spec changes it.

    Args:
        spec: of the source "trained".
        inputs: the layer; what enters it there is not read.
        streams: (B, T, d_model), what it projects.

    Raises:
        SpecError: as `trace`.
        ValueError: as `trace`.
    """
    _check_inputs(spec, inputs)
    place = computing_on(spec.device, spec.dtype, spec.seq_len)
    with place as (device, dtype), torch.inference_mode():
        layer, _ = _attended(spec, inputs, streams.to(device, dtype), device)
        return layer


def _trace(spec: AttentionSpec, inputs: LayerInputs, device: torch.device, dtype: torch.dtype) -> LayerTrace:
    def moved(tensor: Tensor) -> Tensor:
        return tensor.to(device, dtype)

    token_embedding, position_embedding = moved(inputs.token_embedding), moved(inputs.position_embedding)
    x = token_embedding + position_embedding if inputs.entering is None else moved(inputs.entering.x)
    layer, elapsed_ms = _attended(spec, inputs, x.unsqueeze(0), device)
    return LayerTrace(
        spec,
        inputs.tokens,
        token_embedding,
        position_embedding,
        _angles(spec, inputs),
        layer,
        inputs.head_names,
        device,
        elapsed_ms,
        inputs.entering,
        inputs.rotary_base,
    )


def _attended(
    spec: AttentionSpec, inputs: LayerInputs, streams: Tensor, device: torch.device
) -> tuple[MultiHeadTrace, float]:
    """What streams (B, T, d_model) become, and the milliseconds of the layer alone."""
    x = with_cells_set(streams, at_stage(spec.applied, "x"))
    projections = _with_weights_set(_moved(inputs.projections, lambda tensor: tensor.to(x)), spec)
    angles, bias = _angles(spec, inputs), _bias(spec, len(inputs.tokens))
    mask = attention_mask(spec, device)
    rule = _rule(spec, device, x.dtype)
    finish(device)
    began = time.perf_counter()
    layer = multi_head_attention(
        x, projections, angles=angles, mask=mask, bias=None if bias is None else bias.to(x), rule=rule
    )
    finish(device)
    elapsed_ms = (time.perf_counter() - began) * 1e3
    if spec.applied and not bool(layer.output.isfinite().all() and layer.heads.weights.isfinite().all()):
        message = f"edits: the numbers set by hand must be smaller, they overflow {spec.dtype}"
        raise SpecError("edits", "overflow", message, got=spec.dtype)
    return layer, elapsed_ms


def _angles(spec: AttentionSpec, inputs: LayerInputs) -> Tensor | None:
    """(T, D // 2) under RoPE."""
    return rotary_angles(len(inputs.tokens), spec.key_width, inputs.rotary_base) if spec.positions == "rope" else None


def _moved(weights: Projections, moved: Callable[[Tensor], Tensor]) -> Projections:
    return replace(
        weights,
        qkv_proj=moved(weights.qkv_proj),
        output_proj=moved(weights.output_proj),
        qkv_bias=None if weights.qkv_bias is None else moved(weights.qkv_bias),
        output_bias=None if weights.output_bias is None else moved(weights.output_bias),
    )


def _bias(spec: AttentionSpec, length: int) -> Tensor | None:
    """What positions and importance add to the scaled scores: (H, T, T) or (1, 1, T) float64, or nothing."""
    bias = None
    if spec.positions == "alibi":
        bias = alibi_bias(spec.num_heads, length)
    elif spec.positions == "t5":
        bias = t5_bias(spec.num_heads, length, seed=spec.seed)
    if spec.importance is None:
        return bias
    prior = _prior(spec.importance)
    return prior.expand(1, 1, length) if bias is None else bias + prior


def _prior(importance: tuple[float, ...]) -> Tensor:
    """(T,) float64: log w of each key; 0 for w = 0, which is a mask already, and whose log is no number to add."""
    return torch.tensor([weight or 1.0 for weight in importance], dtype=torch.float64).log()


def drawn_parameters(spec: AttentionSpec, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
    """The seeded weights of a score function that has some; empty for the others."""
    drawn = SCORES[spec.score].parameters(spec.num_heads, spec.key_width, spec.seed)
    return {name: tensor.to(device, dtype) for name, tensor in drawn.items()}


def _rule(spec: AttentionSpec, device: torch.device, dtype: torch.dtype) -> Rule:
    """How the heads of a spec attend."""
    # Scores are computed in float32 at least.
    width = torch.promote_types(dtype, torch.float32)
    table = shaw_table(spec.key_width, seed=spec.seed) if spec.positions == "shaw" else None
    return Rule(
        score=spec.score,
        score_parameters=drawn_parameters(spec, device, width),
        normalizer=spec.normalizer,
        sink=spec.sink,
        softcap=spec.softcap,
        relative_keys=None if table is None else table.to(device, width),
        qk_norm=spec.qk_norm,
        scale=spec.scale,
        temperature=spec.heat,
        dropout=spec.dropout,
        generator=generator(spec.seed, "dropout"),
        edit=_edit_hook(spec),
    )


def _edit_hook(spec: AttentionSpec) -> EditHook:
    """Sets cells by hand at the stages within the layer."""
    applied, shared = spec.applied, spec.num_heads // spec.kv_heads
    if not applied:
        return unedited
    off = sorted(heads_off(applied))

    def edit(stage: str, tensor: Tensor) -> Tensor:
        if stage == "head":
            return tensor.index_fill(1, torch.tensor(off, device=tensor.device), 0.0) if off else tensor
        return with_cells_set(tensor, at_stage(applied, stage), shared if stage in SHARED else 1)

    return edit


def _with_weights_set(weights: Projections, spec: AttentionSpec) -> Projections:
    """The projections with the cells of W_Q, W_K and W_V that were set by hand."""
    stages = ("w_query", "w_key", "w_value")
    if not any(at_stage(spec.applied, stage) for stage in stages):
        return weights
    shared = spec.num_heads // spec.kv_heads
    matrices = []
    for stage, matrix in zip(stages, weights.matrices, strict=True):
        heads_each = shared if stage in SHARED else 1
        per_head = matrix.view(len(matrix), spec.num_heads // heads_each, -1).transpose(0, 1)  # (heads, d_model, D)
        edited = with_cells_set(per_head, at_stage(spec.applied, stage), heads_each)
        matrices.append(edited.transpose(0, 1).flatten(1))
    return replace(weights, qkv_proj=torch.cat(matrices, dim=-1))
