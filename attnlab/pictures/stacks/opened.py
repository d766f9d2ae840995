"""The part of a stack that is open: its matrices in the order of the computation, and what their laws need to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from attnlab.engine.choices.positions import alibi_bias
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.engine.stack import StackTrace
from attnlab.engine.transformer.blocks import PartTrace
from attnlab.engine.transformer.feed_forward import FeedForwardTrace, dead_units
from attnlab.engine.transformer.norms import NormTrace
from attnlab.pictures.stacks.places import Place, last_norm, part_of

Stage = TypeVar("Stage")

Axis = Literal["", "rows", "keys", "vocabulary"]
"""What stands along an edge of a matrix: the tokens of the part's own side, those it looks at, or the vocabulary."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One matrix of an open part."""

    name: str
    matrix: Tensor  # (rows, columns)
    rows: Axis = ""
    cols: Axis = ""
    words: str = ""  # its entry in the prose, if that has another name
    share: bool = False  # its numbers go from 0 to 1


@dataclass(frozen=True, eq=False)
class Contents:
    """What is inside an open part."""

    kind: Literal["embedding", "norm", "attention", "add", "feed_forward", "memory", "logits"]
    result: str  # the matrix that is handed on
    lines: list[list[Shown]]  # those that stand beside each other
    facts: Mapping[str, Any] = field(default_factory=dict)  # JSON values that its laws name
    weights: Tensor | None = None  # (H, T, S) of an attention

    @property
    def matrices(self) -> list[Shown]:
        """All of them, in the order of the computation."""
        return [shown for line in self.lines for shown in line]


def contents_of(trace: StackTrace, place: Place, head: int) -> Contents:
    """The matrices of a part.

    Args:
        trace: the computed stack.
        place: the part.
        head: which head of an attention is shown, from 0; its last one if it has fewer.
    """
    if place.name == "embedding":
        return _embedding(trace, place)
    if place.name == "memory":
        return Contents("memory", "memory", [[Shown("memory", _there(trace.memory)[0], "rows")]])
    if place.name == "final_norm":
        return _norm(last_norm(trace, place.side))
    if place.name == "logits":
        return _logits(trace)
    part = part_of(trace, place)
    if part is None:
        raise ValueError(f"place ({place.path}) must be a part of the stack")
    if place.role == "norm":
        return _norm(part.norm)
    if place.role == "add":
        return _add(trace, part)
    if part.feed_forward is not None:
        return _feed_forward(part, part.feed_forward)
    return _attention(trace, part, _there(part.attention), head)


def _there(stage: Stage | None) -> Stage:
    """A stage that the stack is known to have."""
    if stage is None:
        raise ValueError("stage (None) must be one that the stack has")
    return stage


def _row(vector: Tensor | None) -> Tensor | None:
    return None if vector is None else vector[None]


def _given(*shown: tuple[str, Tensor | None, Axis]) -> list[Shown]:
    """Those matrices that there are."""
    return [Shown(name, matrix, rows) for name, matrix, rows in shown if matrix is not None]


def _embedding(trace: StackTrace, place: Place) -> Contents:
    inputs, side = trace.inputs, place.side
    token, position = inputs.embedding(side), inputs.position_embedding(side)
    matrices = _given(("token_embedding", token, "rows"), ("position_embedding", position, "rows"))
    x = trace.streams(side)[0][0]
    return Contents("embedding", "x", [[*matrices, Shown("x", x, "rows", words="x_stream")]])


def _norm(maybe: NormTrace | None) -> Contents:
    norm = _there(maybe)
    kind, bias = norm.weights.kind, norm.weights.bias
    mean = norm.mean[0] if kind == "layer" else None
    read = [Shown("x", norm.x[0], "rows", words="x_stream"), *_given(("mean", mean, "rows"))]
    read += [Shown("deviation", norm.deviation[0], "rows"), Shown("normalised", norm.normalised[0], "rows")]
    learned = [Shown("gain", norm.weights.gain[None])]
    if bias is not None:
        learned.append(Shown("bias", bias[None], words="bias_norm"))
    made = [Shown("output", norm.output[0], "rows")]
    return Contents("norm", "output", [read, learned, made], {"norm": kind})


def _attention(trace: StackTrace, part: PartTrace, layer: MultiHeadTrace, head: int) -> Contents:
    projections, heads = layer.projections, layer.heads
    head = min(head, projections.num_heads - 1)
    group = head // (projections.num_heads // projections.num_kv_heads)
    width, value_width = projections.head_dim, projections.value_dim
    places = [slice(at * size, (at + 1) * size) for at, size in ((head, width), (group, width), (group, value_width))]
    weights = [matrix[:, columns] for matrix, columns in zip(projections.matrices, places, strict=True)]
    qkv_bias = projections.qkv_bias
    parts = (None,) * 3 if qkv_bias is None else qkv_bias.split_with_sizes(projections.widths)
    biases = [None if one is None else one[None, columns] for one, columns in zip(parts, places, strict=True)]
    crossing = part.name == "cross_attention"
    keys: Axis = "keys" if crossing else "rows"
    read = [Shown("entering", layer.x[0], "rows")]
    if crossing:
        read.append(Shown("memory", layer.memory[0], "keys"))
    tokens: dict[str, Axis] = {"query": "rows", "key": keys, "value": keys}
    made = (heads.query[0, head], heads.key[0, group], heads.value[0, group])
    projected = []
    for name, weight, bias, matrix in zip(tokens, weights, biases, made, strict=True):
        projected += _given((f"w_{name}", weight, ""), (f"b_{name}", bias, ""), (name, matrix, tokens[name]))
    positions = "none" if crossing else trace.inputs.positions  # between two texts there is no distance
    looked = []
    if positions == "alibi":
        slope = alibi_bias(projections.num_heads, layer.x.shape[1], device=layer.x.device)[head]
        looked.append(Shown("bias", slope, "rows", "keys"))
    looked += [
        Shown("scores", heads.masked_scores[0, head], "rows", "keys"),
        Shown("weights", heads.weights[0, head], "rows", "keys", share=True),
        Shown("head_output", heads.output[0, head], "rows"),
    ]
    merged = [
        Shown("concat", layer.concat[0], "rows"),
        Shown("w_output", projections.output_proj),
        *_given(("b_output", _row(projections.output_bias), "")),
        Shown("undropped", part.undropped[0], "rows"),
    ]
    facts = {"head": head, "heads": projections.num_heads, "head_dim": width, "value_dim": value_width}
    facts["turned"] = positions == "rope"
    return Contents("attention", "undropped", [read, projected, looked, merged], facts, heads.weights[0])


def _feed_forward(part: PartTrace, stages: FeedForwardTrace) -> Contents:
    weights = stages.weights
    dead = dead_units(stages)
    gate = None if stages.gate is None else stages.gate[0]
    widened = [
        Shown("entering", part.entering[0], "rows"),
        *_given(("w_up", weights.up_proj, ""), ("b_up", _row(weights.up_bias), "")),
        *_given(("w_gate", weights.gate_proj, ""), ("b_gate", _row(weights.gate_bias), "")),
    ]
    bent = [
        Shown("pre_activation", stages.pre_activation[0], "rows"),
        *_given(("gate", gate, "rows")),
        Shown("activation", stages.activation[0], "rows"),
    ]
    narrowed = [
        Shown("dead", dead[None].to(stages.activation.dtype), share=True),
        *_given(("w_down", weights.down_proj, ""), ("b_down", _row(weights.down_bias), "")),
        Shown("undropped", part.undropped[0], "rows"),
    ]
    facts = {"activation": weights.activation, "dead": int(dead.sum()), "units": len(dead)}
    return Contents("feed_forward", "undropped", [widened, bent, narrowed], facts)


def _add(trace: StackTrace, part: PartTrace) -> Contents:
    stream, dropped = [Shown("x", part.x[0], "rows")], list[Shown]()
    facts = {"residual": trace.inputs.switches.residual, "dropout": trace.inputs.switches.dropout}
    mask = part.dropout_mask
    if mask is not None:
        kept = mask[0].to(part.x.dtype)
        dropped += [Shown("undropped", part.undropped[0], "rows"), Shown("dropout_mask", kept, "rows", share=True)]
        facts |= {"dropped": int((mask == 0).sum()), "numbers": mask.numel()}
    stream += [Shown("written", part.written[0], "rows"), Shown("output", part.joined[0], "rows", words="joined")]
    return Contents("add", "output", [dropped, stream] if dropped else [stream], facts)


def _logits(trace: StackTrace) -> Contents:
    weights, logits = trace.inputs.weights, trace.logits[0]
    head = [
        Shown("final", trace.final[0], "rows"),
        Shown("w_vocabulary", weights.output_proj, "", "vocabulary"),
        *_given(("b_vocabulary", _row(weights.output_bias), "")),
    ]
    made = [
        Shown("logits", logits, "rows", "vocabulary"),
        Shown("probabilities", torch.softmax(logits.float(), -1), "rows", "vocabulary", share=True),
    ]
    return Contents("logits", "probabilities", [head, made])
