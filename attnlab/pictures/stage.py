"""One repaint of the stage, packed (see `packing`): the selected head in full, the others as thumbnails."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from attnlab.engine import AttentionSpec, Entering, LayerTrace, Projections
from attnlab.engine.attention import wide
from attnlab.looks.layers import Asked
from attnlab.pictures.catalogue import variant_matrices, variant_stages
from attnlab.pictures.items import items_of
from attnlab.pictures.packing import Absent, Packable, packed
from attnlab.pictures.wide import BEFORE, Line, changes, fits, fitted, formerly, looked, most_bytes
from attnlab.prose import kept_by_language, name_of, page_prose, percent
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import rows_of

RELATIVE = ("alibi", "t5", "shaw")
"""Positions that are added to the scores."""
VARIANT = ("score", "normalizer", "softcap", "qk_norm", "sink", "positions")
CAPTIONED = ("sentence", "example", "drawn", "head", "query", "key", "stage", "view", "s", "elsewhere")
ALONE = "alone"
"""In the place of a link, where nobody can be asked."""
THUMBNAIL_PIXELS = 46  # a longer sentence is pooled to this, keeping the strongest weight of each square


@kept_by_language
def stage_picture(asked: Asked, of: str = "") -> bytes:
    """The payload of what the explorer's settings ask for: the same whether a run draws it or `/picture` ahead of it.

    Kept, because most are asked for twice at least: ahead of the run, and by it.

    Args:
        asked: the layer, and where one looks.
        of: what `/picture` is asked for, beside the page's link; nothing on the explorer, whose link says all.

    Raises:
        SpecError: as `Asked.trace`.
    """
    words = page_prose("attention")["stage"]
    looked = asked.selection | _of_layers(asked)
    trace, before = asked.trace(), asked.before()
    return stage_payload(trace, looked, asked.params, words, before, asked.link, of, items=items_of(asked))


def stage_lines(asked: Asked, lines: Sequence[Line]) -> bytes:
    """Rows and columns of the picture's matrices, exact, each by its own name.

    Raises:
        SpecError: a line of no matrix; and as `Asked.trace`.
    """
    trace, head = asked.trace(), asked.selection["head"]
    arrays = stage_arrays(trace, head)
    if trace.angles is not None:
        arrays["angles"] = trace.angles
    if any(line.is_before for line in lines):
        arrays |= _formers(asked, arrays)
    return packed({}, {str(line): line.of(arrays) for line in lines})


def stage_before(asked: Asked) -> bytes:
    """Of a picture that is sent in sketches: how its matrices looked before the edits. Raises as `Asked.trace`."""
    arrays = stage_arrays(asked.trace(), asked.selection["head"])
    return packed({}, looked(arrays, _formers(asked, arrays)))


def stage_changes(asked: Asked) -> bytes:
    """Of a picture that is sent in sketches: how what the edits changed looks. Raises as `Asked.trace`."""
    arrays = stage_arrays(asked.trace(), asked.selection["head"])
    return packed({}, changes(arrays, _formers(asked, arrays)))


def _formers(asked: Asked, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
    before = asked.before()
    return {} if before is None else _before(arrays, stage_arrays(before, asked.selection["head"]))


def _of_layers(asked: Asked) -> dict[str, Any]:
    """Of a pretrained model's layer: which it is, of how many, and the edits of the others; all count from 0."""
    if asked.reading is None or not asked.reading.pretrained or asked.layer is None:
        return {}
    others = [[layer, rows_of(edits)] for layer, edits in asked.edited_elsewhere]
    return {"layer": asked.layer.layer, "layers": asked.reading.num_layers, "others": others}


def _told(params: Mapping[str, Any]) -> list[dict[str, str]]:
    """Settings as their controls name them, but for those that a caption tells in its own words."""
    kinds, labels = Explorer.kinds(), page_prose("attention")["controls"]
    others = {name: value for name, value in params.items() if name not in CAPTIONED}
    return [{"name": labels[name]["label"], "value": kinds[name].shown(value)} for name, value in others.items()]


def stage_payload(
    trace: LayerTrace,
    selection: Mapping[str, Any],
    params: Mapping[str, Any],
    text: Mapping[str, Any],
    before: LayerTrace | None = None,
    link: str | None = None,
    of: str = "",
    alone: int | None = None,
    items: Mapping[str, Any] | None = None,
) -> bytes:
    """Pack what the stage draws: whole, or where that is too much the largest matrices as sketches (see `wide`).

    Args:
        trace: the computed layer.
        selection: head, query, key, stage, view, s; head counts from 0.
        params: the page's controls, for `data-params`.
        text: the prose of the stage.
        before: the same layer without any edit, if there are edits.
        link: what asks for more of the picture; without one it is sent whole.
        of: as in `stage_picture`.
        alone: bytes of matrices that it may have where nobody can be asked; what is beyond is never read.
        items: what `items_told` says of the positions.
    """
    header = stage_header(trace, selection, params, text) | dict(items or {})
    if of:
        header["of"] = of
    arrays, formers = stage_arrays(trace, selection["head"]), dict[str, Tensor]()
    if before is not None:
        header["before_tokens"] = before.tokens
        formers = _before(arrays, stage_arrays(before, selection["head"]))
    room = most_bytes(trace.spec.seq_len) if alone is None else alone
    whole = [*arrays.values(), *formers.values()]
    if (link is None and alone is None) or fits(whole, room - len(json.dumps(header["angles"]))):
        return packed(header, arrays | formers, revised_by=("params", "selection"))
    wide = page_prose("attention")["wide"]
    words = wide if alone is None else page_prose("notebook")["wide"]
    header |= {"angles": None, "more": {"link": link or ALONE, "words": words}}
    angles = dict[str, Packable]()
    if trace.angles is not None:
        angles["angles"] = Absent(trace.angles) if alone is None else trace.angles
    sent = {**fitted(arrays, room), **formerly(arrays, formers), **angles}
    return packed(header, sent, revised_by=("params", "selection"))


def stage_header(
    trace: LayerTrace, selection: Mapping[str, Any], params: Mapping[str, Any], text: Mapping[str, Any]
) -> dict[str, Any]:
    """All that the stage is told beside numbers. Args as of `stage_payload`."""
    return _header(trace, selection, params) | {"text": {**_words(trace, text), "settings": _told(params)}}


def _before(now: Mapping[str, Tensor], then: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The matrices that an edit has changed, as they were. What lies upstream is not among them."""
    changed = {name: then[name] for name in now if name in then and not torch.equal(now[name], then[name])}
    return {f"{BEFORE}{name}": matrix for name, matrix in changed.items()}


def stage_arrays(trace: LayerTrace, head: int) -> dict[str, Tensor]:
    """The matrices of one head by name, each (rows, columns)."""
    spec, layer, heads = trace.spec, trace.layer, trace.layer.heads
    group = head // (spec.num_heads // spec.kv_heads)
    w_query, w_key, w_value = layer.projections.matrices
    keys = slice(group * spec.key_width, (group + 1) * spec.key_width)
    values = slice(group * spec.value_width, (group + 1) * spec.value_width)
    arrays = {"token_embedding": trace.token_embedding}
    if spec.positions in {"sinusoidal", "learned"}:
        arrays["position_embedding"] = trace.position_embedding
    if trace.entering is not None:
        arrays |= _entering(trace.entering)
    arrays |= {
        "x": layer.x[0],
        "w_query": w_query[:, head * spec.key_width : (head + 1) * spec.key_width],
        "w_key": w_key[:, keys],
        "w_value": w_value[:, values],
        "query": heads.query[0, head],
        "key": heads.key[0, group],
        "value": heads.value[0, group],
    }
    if trace.angles is not None or spec.qk_norm:
        arrays["projected_query"] = layer.projected_query[0, head]
        arrays["projected_key"] = layer.projected_key[0, group]
    if spec.qk_norm:
        arrays["normed_query"] = layer.normed_query[0, head]
        arrays["normed_key"] = layer.normed_key[0, group]
    arrays |= _score_parts(trace, head, group)
    arrays |= {"scores": heads.scores[0, head], "scaled_scores": heads.scaled_scores[0, head]}
    if spec.positions in RELATIVE:
        arrays["bias"] = trace.position_bias[head]
    arrays |= {"masked_scores": heads.masked_scores[0, head], "weights": heads.weights[0, head]}
    if heads.dropout_mask is not None:
        arrays["dropped_weights"] = heads.dropped_weights[0, head]
    return arrays | {
        "head_output": heads.output[0, head],
        "concat": layer.concat[0],
        "w_output": layer.projections.output_proj,
        "output": layer.output[0],
        **_biases(layer.projections, head, group),
        "thumbnails": thumbnails(heads.weights[0]),
    }


def _score_parts(trace: LayerTrace, head: int, group: int) -> dict[str, Tensor]:
    """What a score function with weights of its own makes of queries and keys, so that its sum can be spelled out."""
    heads, drawn = trace.layer.heads, trace.score_parameters
    query, key = wide(heads.query[0, head]), wide(heads.key[0, group])
    if trace.spec.score == "bilinear":
        return {"score_query": query @ drawn["weight"][head]}
    if trace.spec.score == "additive":
        ours, theirs, vector = (drawn[name][head] for name in ("query_weight", "key_weight", "vector"))
        return {"score_query": query @ ours, "score_key": key @ theirs, "score_vector": vector[None]}
    return {}


def _entering(entering: Entering) -> dict[str, Tensor]:
    """How x came about within a model."""
    if entering.norm is None:
        return {"stream": entering.stream}
    norm = entering.norm
    columns = {"norm_gain": norm.gain[None], "norm_bias": norm.bias[None]}
    return {"stream": entering.stream, "norm_mean": norm.mean, "norm_deviation": norm.deviation, **columns}


def _biases(projections: Projections, head: int, group: int) -> dict[str, Tensor]:
    """What is added to the products with the weights, one row each; nothing where there are none."""
    biases = {}
    if projections.qkv_bias is not None:
        parts = projections.qkv_bias.split_with_sizes(projections.widths)
        width, value_width = projections.head_dim, projections.value_dim
        biases["b_query"] = parts[0][None, head * width :][:, :width]
        biases["b_key"] = parts[1][None, group * width :][:, :width]
        biases["b_value"] = parts[2][None, group * value_width :][:, :value_width]
    if projections.output_bias is not None:
        biases["b_output"] = projections.output_bias[None]
    return biases


def thumbnails(weights: Tensor, pixels: int = THUMBNAIL_PIXELS) -> Tensor:
    """(H, T, T) -> (H * P, P), P at most `pixels`: of a longer sentence the strongest weight of each square."""
    if weights.shape[-1] > pixels:
        weights = F.adaptive_max_pool2d(weights.float(), pixels)
    return weights.flatten(0, 1)


def _words(trace: LayerTrace, text: Mapping[str, Any]) -> Mapping[str, Any]:
    """The prose, with what a layer within a model and the chosen variants do in another way."""
    stages, matrices = _stages_of_a_model(trace, text), dict[str, Any]()
    if trace.entering is not None:
        matrices["x"] = text["trained"]["x_normed" if trace.entering.norm is not None else "x_handed_on"]
    for stage, words in variant_stages(trace.spec).items():
        stages[stage] = {**text["stages"][stage], **words}
    for name, formula in variant_matrices(trace.spec).items():
        matrices[name] = {**text["matrices"][name], "formula": formula}
    return {**text, "stages": text["stages"] | stages, "matrices": text["matrices"] | matrices}


def _stages_of_a_model(trace: LayerTrace, text: Mapping[str, Any]) -> dict[str, Any]:
    """Within a model x comes about in another way and the products have biases."""
    if trace.entering is None:
        return {}
    stages = text["stages"]
    x = "x_normed" if trace.entering.norm is not None else "x_handed_on"
    return {"x": stages[x], "qkv": stages["qkv_biased"], "output": stages["output_biased"]}


def _header(trace: LayerTrace, selection: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    spec = trace.spec
    length, heads = spec.seq_len, spec.num_heads
    square = f"{heads}×{length}×{length}"
    return {
        "tokens": trace.tokens,
        "head": selection["head"],
        "selection": dict(selection),
        "params": dict(params),
        "heads": [_head(trace, head) for head in range(heads)],
        "head_dim": spec.key_width,
        "value_dim": spec.value_width,
        "scaling": spec.scaling,
        "temperature": spec.heat,
        "positions": spec.positions,
        "source": spec.source,
        "variant": {name: getattr(spec, name) for name in VARIANT} | {"scaled": spec.scaling},
        "edits": [{**asdict(edit), "applied": edit in spec.applied} for edit in spec.edits],
        "groups": spec.num_heads // spec.kv_heads,
        "importance": spec.importance,
        "layer": None if trace.entering is None else trace.entering.layer,
        "angles": None if trace.angles is None else trace.angles.tolist(),
        "formula": {
            "scale": f"/√{spec.key_width}" if spec.scaling else "",
            "bias": " + bias" if spec.positions in RELATIVE else "",
            "temperature": "" if spec.heat == 1 else f" at {spec.heat:.2g}",
        },
        "shapes": {
            "tokens": str(length),
            "x": f"{length}×{spec.d_model}",
            "qkv": f"{heads}×{length}×{spec.key_width}",
            "scores": square,
            "scale": f"÷ √{spec.key_width}" if spec.scaling else "÷ 1",
            "mask": _mask_name(spec),
            "softmax": square,
            "values": f"{heads}×{length}×{spec.value_width}",
            "output": f"{length}×{spec.d_model}",
        },
    }


def _mask_name(spec: AttentionSpec) -> str:
    """The mask or masks, as their controls name them."""
    masks = [name_of("mask", mask) for mask in (spec.mask, spec.second_mask) if mask != "none"]
    return f" {name_of('combine', spec.combine)} ".join(masks) or name_of("mask", "none")


def _head(trace: LayerTrace, head: int) -> dict[str, Any]:
    measures = trace.measures
    shares = {name: percent(measures.shares[name][head]) for name in ("self", "previous", "first")}
    return {
        "label": trace.labels[head],
        "built": trace.head_names[head] if trace.head_names else None,
        "entropy_bits": measures.entropy_bits[head],
        "entropy_bits_text": f"{measures.entropy_bits[head]:.2f}",
        "effective_text": f"{measures.effective_tokens[head]:.1f}",
        "distance_text": f"{measures.mean_distance[head]:.1f}",
        **{f"{name}_text": share for name, share in shares.items()},
    }
