"""The heads of an encoder-decoder, and a model in which some of them are silent.

A silent head writes nothing: the columns of the output projection that read it are zero. What remains equals, number by
number, the model from which the head was cut out; the projection's bias stays, since it is no head's.

Source: Michel et al. 2019, section 2.3, https://arxiv.org/abs/1905.10650
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, cast

from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import Seq2SeqModel
from attnlab.models.parts.attention_layer import AttentionLayer
from attnlab.models.seq2seq.transformer import TransformerBlock, TransformerBody

PartName = Literal["encoder", "decoder", "cross"]
PARTS: tuple[PartName, ...] = ("encoder", "decoder", "cross")
"""Where a Transformer that translates has heads: self-attention of either half, and the look at the source."""


@dataclass(frozen=True, order=True)
class Head:
    """One head by its place."""

    part: PartName
    layer: int  # from 0
    head: int  # from 0


def heads_of(model: Seq2SeqModel) -> tuple[Head, ...]:
    """Every head, part by part and layer by layer.

    Raises:
        SpecError: a model without heads.
    """
    _body(model)
    config = model.config
    return tuple(
        Head(part, layer, head)
        for part in PARTS
        for layer in range(config.num_layers)
        for head in range(config.num_heads)
    )


@contextmanager
def silenced(model: Seq2SeqModel, heads: Sequence[Head]) -> Iterator[None]:
    """Within, these heads write nothing; afterwards every weight is what it was, bit for bit.

    Raises:
        SpecError: a model without heads.
    """
    columns = [_read_by_output(model, head) for head in heads]
    before = [column.clone() for column in columns]
    try:
        for column in columns:
            column.zero_()
        yield
    finally:
        for column, old in zip(columns, before, strict=True):
            column.copy_(old)


def _read_by_output(model: Seq2SeqModel, place: Head) -> Tensor:
    """(d_model, D): the columns of an output projection that read a head, as a view."""
    body = _body(model)
    block = cast("TransformerBlock", (body.encoder if place.part == "encoder" else body.decoder)[place.layer])
    layer = cast("AttentionLayer", block.cross_attention if place.part == "cross" else block.self_attention)
    return layer.output_proj.weight.detach()[:, place.head * layer.head_dim :][:, : layer.head_dim]


def _body(model: Seq2SeqModel) -> TransformerBody:
    if isinstance(model.body, TransformerBody):
        return model.body
    family = model.config.family
    message = f"family ({family!r}) must be 'transformer', which has heads to cut"
    raise SpecError("family", "choice", message, got=family, choices=("transformer",))
