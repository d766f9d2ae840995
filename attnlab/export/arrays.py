"""All numbers of a trace by name, as arrays and as one NPZ file."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from attnlab.engine import LayerTrace

Array = npt.NDArray[np.generic]


def arrays_of(trace: LayerTrace) -> dict[str, Array]:
    """Every stage of every head, in the order of computing; shapes without the batch of one.

    Returns:
        `tokens` (T,) and `spec` (the settings as JSON) as text; `w_query`, `w_key`, `w_value` with one matrix a head or
        group of heads; `query` (H, T, D), `key` (G, T, D), `value` (G, T, Dv); scores, weights and `mask` (H, T, T);
        the streams (T, d_model). What a setting does not have is not there. bfloat16, which NumPy lacks, is stored as
        float32, and `dtype` says so.
    """
    spec = trace.spec
    tensors = {**_inputs(trace), **_weights(trace), **_stages(trace)}
    stored = "bfloat16, stored as float32" if spec.dtype == "bfloat16" else spec.dtype
    return {
        "tokens": np.array(trace.tokens, dtype=np.str_),
        "spec": np.array(json.dumps(dataclasses.asdict(spec)), dtype=np.str_),
        "dtype": np.array(stored, dtype=np.str_),
        **{name: _array(tensor) for name, tensor in tensors.items()},
    }


def npz_of(trace: LayerTrace) -> bytes:
    """`arrays_of` as an NPZ file."""
    return npz_file(arrays_of(trace))


def npz_file(arrays: Mapping[str, Array]) -> bytes:
    """Arrays by name as a compressed NPZ file, which `numpy.load` reads without pickle."""
    file = io.BytesIO()
    # As numpy.savez_compressed, at a third of the time: numbers that are no zeros hardly shrink.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return file.getvalue()


def _array(tensor: Tensor) -> Array:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).contiguous().numpy()


def _present(**tensors: Tensor | None) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


def _inputs(trace: LayerTrace) -> dict[str, Tensor]:
    """What leads to x."""
    importance = trace.spec.importance
    tensors = _present(
        token_embedding=trace.token_embedding,
        position_embedding=trace.position_embedding,
        angles=trace.angles,
        importance=None if importance is None else torch.tensor(importance, dtype=torch.float64),
    )
    entering = trace.entering
    if entering is not None:
        tensors["stream"] = entering.stream
        if entering.norm is not None:
            norm = entering.norm
            tensors |= _present(
                norm_mean=norm.mean, norm_deviation=norm.deviation, norm_gain=norm.gain, norm_bias=norm.bias
            )
    return {**tensors, "x": trace.layer.x[0]}


def _weights(trace: LayerTrace) -> dict[str, Tensor]:
    """The layer's parameters, one matrix a head."""
    projections = trace.layer.projections
    counts = (projections.num_heads, projections.num_kv_heads, projections.num_kv_heads)
    names = ("query", "key", "value")
    matrices = zip(names, counts, projections.matrices, strict=True)
    tensors = {f"w_{name}": matrix.reshape(len(matrix), count, -1).transpose(0, 1) for name, count, matrix in matrices}
    if projections.qkv_bias is not None:
        biases = zip(names, counts, projections.qkv_bias.split_with_sizes(projections.widths), strict=True)
        tensors |= {f"b_{name}": bias.reshape(count, -1) for name, count, bias in biases}
    tensors |= {f"score_{name}": parameter for name, parameter in trace.score_parameters.items()}
    return tensors | _present(w_output=projections.output_proj, b_output=projections.output_bias)


def _stages(trace: LayerTrace) -> dict[str, Tensor]:
    """From the projections to the output."""
    layer, heads = trace.layer, trace.layer.heads
    square = heads.weights.shape
    bias = None if heads.bias is None else heads.bias.expand(square)
    mask = None if heads.mask is None else heads.mask.expand(square)
    stages = _present(
        projected_query=layer.projected_query,
        projected_key=layer.projected_key,
        normed_query=layer.normed_query if trace.spec.qk_norm else None,
        normed_key=layer.normed_key if trace.spec.qk_norm else None,
        query=heads.query,
        key=heads.key,
        value=heads.value,
        scores=heads.scores,
        scaled_scores=heads.scaled_scores,
        bias=bias,
        mask=mask,
        masked_scores=heads.masked_scores,
        weights=heads.weights,
        dropout_mask=heads.dropout_mask,
        dropped_weights=None if heads.dropout_mask is None else heads.dropped_weights,
        head_output=heads.output,
        concat=layer.concat,
        output=layer.output,
    )
    return {name: stage[0] for name, stage in stages.items()}
