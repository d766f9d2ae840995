"""From a spec to every number of its layer."""

import time
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from attnlab.engine.attention import attention_output
from attnlab.engine.devices import DTYPES, resolve_device
from attnlab.engine.masks import all_of, causal_mask, full_mask, padding_mask, window_mask
from attnlab.engine.measures import HeadMeasures, head_label, measure_heads
from attnlab.engine.multihead import MultiHeadTrace, multi_head_attention
from attnlab.engine.positions import alibi_bias, rotary_angles
from attnlab.engine.seeds import generator
from attnlab.engine.sources import Entering, LayerInputs, source_of
from attnlab.engine.spec import TRAINED, AttentionSpec, SpecError

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

    @property
    def weights(self) -> Tensor:
        """(H, T, T)."""
        return self.layer.heads.weights[0]

    @cached_property
    def measures(self) -> HeadMeasures:
        """What each head does, measured."""
        mask = self.layer.heads.mask
        return measure_heads(self.weights, self.tokens, None if mask is None else mask.reshape(mask.shape[-2:]))

    @cached_property
    def reference_error(self) -> float | None:
        """The largest difference of any head's output from torch's own attention on the same Q, K and V.

        None under dropout, which draws its own mask there.
        """
        heads = self.layer.heads
        if heads.dropout_mask is not None:
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
        raise SpecError("source", f"source ({TRAINED!r}) must come with a layer of a model")
    if inputs is not None:
        _check_inputs(spec, inputs)
    try:
        device = resolve_device(spec.device)
    except ValueError as error:
        raise SpecError("device", str(error)) from error
    dtype = DTYPES[spec.dtype]
    if device.type == "mps" and dtype == torch.float64:
        raise SpecError("dtype", "dtype ('float64') must be another on device 'mps', which has no float64")
    try:
        with torch.inference_mode():
            return _trace(spec, _inputs_of_source(spec) if inputs is None else inputs, device, dtype)
    except torch.OutOfMemoryError as error:
        raise SpecError(
            "device", f"device ({spec.device!r}) has too little free memory for {spec.seq_len} tokens: try 'cpu'"
        ) from error


def _inputs_of_source(spec: AttentionSpec) -> LayerInputs:
    pads = (PAD,) * spec.num_padding
    tokens = (*pads, *spec.tokens) if spec.pad_left else (*spec.tokens, *pads)
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


def _trace(spec: AttentionSpec, inputs: LayerInputs, device: torch.device, dtype: torch.dtype) -> LayerTrace:
    def moved(tensor: Tensor) -> Tensor:
        return tensor.to(device, dtype)

    token_embedding, position_embedding = moved(inputs.token_embedding), moved(inputs.position_embedding)
    x = token_embedding + position_embedding if inputs.entering is None else moved(inputs.entering.x)
    weights = inputs.projections
    projections = replace(
        weights,
        qkv_proj=moved(weights.qkv_proj),
        output_proj=moved(weights.output_proj),
        qkv_bias=None if weights.qkv_bias is None else moved(weights.qkv_bias),
        output_bias=None if weights.output_bias is None else moved(weights.output_bias),
    )
    length = len(inputs.tokens)
    angles = rotary_angles(length, spec.key_width) if spec.positions == "rope" else None
    bias = moved(alibi_bias(spec.num_heads, length)) if spec.positions == "alibi" else None
    mask = attention_mask(spec, device)
    _finish(device)
    began = time.perf_counter()
    layer = multi_head_attention(
        x.unsqueeze(0),
        projections,
        angles=angles,
        mask=mask,
        bias=bias,
        scale=spec.scale,
        temperature=spec.temperature,
        dropout=spec.dropout,
        generator=generator(spec.seed, "dropout"),
    )
    _finish(device)
    elapsed_ms = (time.perf_counter() - began) * 1e3
    return LayerTrace(
        spec,
        inputs.tokens,
        token_embedding,
        position_embedding,
        angles,
        layer,
        inputs.head_names,
        device,
        elapsed_ms,
        inputs.entering,
    )


def _finish(device: torch.device) -> None:
    """Wait for what was asked of a GPU, which answers before it is done."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def attention_mask(spec: AttentionSpec, device: torch.device | None = None) -> Tensor | None:
    """(T, T) bool of a spec, True = may attend; None if everything may."""
    length = spec.seq_len
    if spec.mask == "none":
        return None
    if spec.mask == "causal":
        return causal_mask(length, device=device)
    if spec.mask == "window":
        chosen = window_mask(length, window=spec.window, device=device)
    else:
        positions = torch.arange(length, device=device)
        words = len(spec.tokens)
        is_padding = positions < spec.num_padding if spec.pad_left else positions >= words
        chosen = all_of(full_mask(length, device=device), padding_mask(is_padding))
    return all_of(chosen, causal_mask(length, device=device)) if spec.also_causal else chosen
