"""Pretrained models in the place of trained ones: any words can be read, and each model is opened once."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import TRAINED, AttentionSpec, Edit, Entering, LayerInputs, SpecError
from attnlab.engine.edits import swapped
from attnlab.engine.spec import MAX_TOKENS, DtypeName
from attnlab.interventions import edited
from attnlab.pretrained import Model, Trace, open_named, reading
from attnlab.pretrained.embedding import Embedded
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.says import streams
from attnlab.settings.elsewhere import EditedLayers
from attnlab.settings.links import shortened
from attnlab.text import MAX_CHARACTERS, Tokenized
from attnlab.text.cleaning import cleaned

MOST_OPEN = 4
DTYPE, WIDER = "float32", "float64"
"""In which a model runs until the layer that is shown, and for a layer in float64."""


@functools.lru_cache(maxsize=MOST_OPEN)
def opened(name: str) -> Model:
    """An installed model that reads no more tokens than the stage draws.

    Raises:
        SpecError: as `open_named` and `reading`.
    """
    model = reading(open_named(name))
    return replace(model, reader=replace(model.reader, longest=min(model.reader.longest, MAX_TOKENS)))


@dataclass(frozen=True, eq=False)
class Passed:
    """What a text was on its way through all layers. Without the weights, which all texts share, it can be kept."""

    embedded: Embedded
    entering: tuple[Entering, ...]  # L of them
    attentions: Tensor  # (L, H, T, T)
    streams: Tensor  # (L + 1, T, d_model), as `says.streams` gives them


@kept
def passed(name: str, read: Read, dtype: str, edits: EditedLayers = ()) -> Passed:
    """The way of what was read, since a reader goes from layer to layer.

    Args:
        name: of the model.
        read: what it reads, swapped already.
        dtype: of the run.
        edits: in which layers, from 0, something else is computed than the model does.

    Raises:
        SpecError: as `opened` and the engine.
    """
    ran = whole_run(name, read, dtype, edits)
    entering = tuple(map(ran.entering, range(len(ran.blocks))))
    return Passed(ran.embedded, entering, ran.attentions, streams(opened(name), ran))


def whole_run(name: str, read: Read, dtype: str, edits: EditedLayers) -> Trace:
    """Every number of a model on what was read, with edits. Args and raises as `passed`."""
    trace = opened(name).traced(read, dtype)
    depth = len(trace.blocks)
    return edited(trace, {layer: edited_spec(name, read, dtype, own) for layer, own in edits if layer < depth})


def edited_spec(name: str, read: Read, dtype: str, edits: tuple[Edit, ...]) -> AttentionSpec:
    """What a layer of a model computes where nothing but edits is said of it. Raises as `opened`."""
    labels = tuple(token.label for token in read.tokens)
    return AttentionSpec(tokens=labels, source=TRAINED, dtype=cast("DtypeName", dtype), edits=edits, **sizes_of(name))


@dataclass(frozen=True)
class PretrainedLayer:
    """One layer of a model on one text, as it was typed."""

    name: str
    layer: int  # from 0
    read: Read
    dtype: str
    others: EditedLayers = ()  # edits in other layers, which count from 0; of a whole model, in all of them

    def inputs(self, edits: Iterable[Edit]) -> LayerInputs:
        """What enters the layer, tokens swapped and the layers before it as they are edited, and its weights."""
        read, model = self.swapped_read(edits), opened(self.name)
        before = tuple(one for one in self.others if one[0] < self.layer)
        through = passed(self.name, read, self.dtype, _computed(before))
        return LayerInputs(
            tokens=tuple(token.label for token in read.tokens),
            token_embedding=through.embedded.token,
            position_embedding=through.embedded.position,
            projections=model.parts.blocks[self.layer].self_attention,
            entering=through.entering[self.layer],
            rotary_base=model.sizes.rotary_base,
        )

    def attentions(self, edits: Iterable[Edit]) -> Tensor:
        """(L, H, T, T): the weights of all layers, as the others' edits make them. Raises as `passed`."""
        return passed(self.name, self.swapped_read(edits), self.dtype, _computed(self.others)).attentions

    def streams(self, edits: Iterable[Edit]) -> Tensor:
        """(L + 1, T, d_model): what each layer is given, and the last one gives. Raises as `attentions`."""
        return passed(self.name, self.swapped_read(edits), self.dtype, _computed(self.others)).streams

    def added(self, edits: Iterable[Edit]) -> tuple[int, ...]:
        """Places of the tokens that the model adds to what is typed, such as [CLS], from 0."""
        return tuple(place for place, token in enumerate(self.swapped_read(edits).tokens) if token.special)

    def of_second(self, edits: Iterable[Edit]) -> tuple[bool, ...]:
        """Of each token, as edits swap them, whether it is of the second sentence."""
        return tuple(token.second for token in self.swapped_read(edits).tokens)

    def words(self, edits: Iterable[Edit]) -> tuple[int, ...]:
        """Of each token, as edits swap them, the number of its word; what the model adds is a word of its own."""
        tokens = self.swapped_read(edits).tokens
        keys = [(place, None) if token.word is None else (-1, token.word) for place, token in enumerate(tokens)]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return tuple(numbers[key] for key in keys)

    def swapped_read(self, edits: Iterable[Edit]) -> Read:
        """What is read, with the tokens as all layers' edits swap them, in the order of the layers."""
        every = [edit for _, own in self.with_own(tuple(edits)) for edit in own]
        return replace(self.read, tokens=swapped(self.read.tokens, every))

    def with_own(self, edits: tuple[Edit, ...]) -> EditedLayers:
        """The edits of all layers, this one's among them, in the order of the layers."""
        return tuple(sorted((*self.others, (self.layer, edits)), key=lambda one: one[0]))

    def whole(self, edits: tuple[Edit, ...]) -> "PretrainedLayer":
        """The whole model with the edits of all layers, and what it reads with the tokens as these swap them."""
        return replace(self, layer=0, read=self.swapped_read(edits), others=_computed(self.with_own(edits)))

    @property
    def edited(self) -> tuple[int, ...]:
        """The other layers in which something is edited, from 0, as far as the model has them."""
        depth = opened(self.name).sizes.num_layers
        return tuple(layer for layer, _ in self.others if layer < depth)

    def untouched(self) -> "PretrainedLayer":
        """The same as if nothing were edited elsewhere."""
        return replace(self, others=())


def _computed(layers: EditedLayers) -> EditedLayers:
    """Edits of which a layer computes something else; swaps change what is read."""
    own = ((layer, tuple(edit for edit in edits if edit.stage != "swap")) for layer, edits in layers)
    return tuple((layer, edits) for layer, edits in own if edits)


@dataclass(frozen=True)
class ReadBy:
    """A sentence as a model reads it."""

    layer: PretrainedLayer
    text: Tokenized
    unknown: tuple[str, ...]  # words that the model has no piece for: it reads a sign in their place
    num_layers: int


def read_by(name: str, sentence: str, layer: int, dtype: str, second: str = "") -> ReadBy:
    """A sentence, or a pair of them, read for one layer.

    Args:
        name: of the model.
        sentence: as it was typed.
        layer: from 1; one beyond the last is the last.
        dtype: of the layer that is shown.
        second: read behind the first, if there is anything in it; by encoders only.

    Raises:
        SpecError: no such model, nothing to read, or a second sentence beside a decoder.
    """
    model = opened(name)
    seen, dropped = cleaned(sentence[:MAX_CHARACTERS])
    behind, _ = cleaned(second[:MAX_CHARACTERS])
    if behind and model.architecture.side == "decoder":
        message = f"second ({behind!r:.60}) must be left out beside a decoder: {model.kind} reads one text"
        raise SpecError("second", "beside", message, got=shortened(behind), other="model", of=name)
    read = model.reader.read(seen, behind or None)
    labels = tuple(token.label for token in read.tokens)
    text = Tokenized(labels, len(labels) + read.cut, dropped, max(0, len(sentence) - MAX_CHARACTERS))
    sign = model.reader.unknown
    unknown = tuple(dict.fromkeys(token.text for token in read.tokens if token.id == sign and token.text))
    depth = model.sizes.num_layers
    shown = PretrainedLayer(name, min(layer, depth) - 1, read, WIDER if dtype == WIDER else DTYPE)
    return ReadBy(shown, text, unknown, depth)


def sizes_of(name: str) -> dict[str, Any]:
    """The fields of an `AttentionSpec` that the model brings with it. Raises as `opened`."""
    model = opened(name)
    sizes, architecture = model.sizes, model.architecture
    return {
        "num_heads": sizes.num_heads,
        "num_kv_heads": None if sizes.num_kv_heads == sizes.num_heads else sizes.num_kv_heads,
        "d_model": sizes.d_model,
        "head_dim": sizes.head_dim,
        "value_dim": sizes.head_dim,
        "positions": "rope" if architecture.rotary else "learned",
        "mask": "none" if architecture.side == "encoder" else "causal",
    }
