"""The layer that settings ask for, from whichever source, and its traces, kept for all sessions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast
from urllib.parse import urlencode

import torch
from torch import Tensor

from attnlab.byte_cache import kept
from attnlab.engine import TRAINED, AttentionSpec, Edit, LayerInputs, LayerTrace, SpecError
from attnlab.engine import trace as compute
from attnlab.engine.edits import swapped
from attnlab.looks.cost import heavy
from attnlab.looks.pretrained.layer import PretrainedLayer, sizes_of
from attnlab.looks.pretrained.layer import read_by as read_by_pretrained
from attnlab.looks.trained.named import Named, model_alone, model_with_words, reads_numbers, weights_named
from attnlab.looks.trained.opened import looking
from attnlab.looks.trained.reading import Read, Values, read_by
from attnlab.looks.turns import in_turn
from attnlab.models.analysis.attention_maps import attention_maps
from attnlab.models.analysis.layer_inputs import BLANK, layer_inputs
from attnlab.settings import carried
from attnlab.settings.attention import (
    PRETRAINED_NAME,
    Explorer,
    attention_spec,
    check_not_empty,
    stage_selection,
)
from attnlab.settings.elsewhere import EditedLayers, by_layer
from attnlab.text import Tokenized

AS_BUILT = Edit("head", 0, 0, 0, 1.0)
"""Head 1 stays on: changes nothing, but is computed step by step as edited layers are."""
LOOKED_AT = ("query", "key", "stage", "view")
"""Settings of which no number depends; on the head the numbers that are shown do."""
DRAWN_STAGES = ("scores", "scaled_scores", "masked_scores", "dropped_weights")
LONGEST_LINK = 10_000
"""Characters. As long again may be what is asked for of it, and servers take little more in an address."""


@dataclass(frozen=True)
class TrainedLayer:
    """One layer of a model on one example: a sentence as it was typed, or positions with features."""

    weights: Named
    layer: int  # from 0
    values: Values
    tokens: tuple[str, ...]

    def inputs(self, edits: Iterable[Edit]) -> LayerInputs:
        """What enters the layer with the tokens as edits swap them, and its weights.

        Raises:
            SpecError: as `model_alone`.
        """
        model, edits = model_alone(self.weights), tuple(edits)
        with looking(model):
            return layer_inputs(model, self._values(edits), swapped(self.tokens, edits), self.layer)

    def attentions(self, edits: Iterable[Edit]) -> Tensor:
        """(L, H, T, T): the weights of all layers, with the tokens as edits swap them. Raises as `inputs`."""
        model = model_alone(self.weights)
        with looking(model):
            weights = attention_maps(model, torch.tensor([self._values(edits)]))
        return cast("Tensor", weights)  # a Transformer has attention

    def added(self, _edits: Iterable[Edit]) -> tuple[int, ...]:
        """Places of the tokens that the model adds to what is typed: none."""
        return ()

    def _values(self, edits: Iterable[Edit]) -> Values:
        return cast("Values", swapped(self.values, tuple(edits)))


ModelLayer: TypeAlias = TrainedLayer | PretrainedLayer


@dataclass(frozen=True)
class Reading:
    """What became of the sentence, and which layer of how many is shown."""

    unknown: tuple[str, ...]  # left out, or of a pretrained model read as one sign for all
    example: str | None  # read in the place of the page's own sentence, of which the model knows nothing
    num_layers: int
    pretrained: bool = False


@dataclass(frozen=True)
class Asked:
    """What the settings of the explorer ask for."""

    settings: Explorer
    spec: AttentionSpec
    text: Tokenized
    layer: ModelLayer | None = None  # of a trained model
    reading: Reading | None = None
    computed_for: Explorer | None = None  # the settings that the spec is of, where others are refused
    second: str = ""  # sentence of a pair, which the explorer's settings have no place for
    read: Read | None = None  # what a model that was trained here makes of them

    @property
    def selection(self) -> dict[str, Any]:
        """What is looked at, within what the layer has."""
        return stage_selection(self.settings, self.spec)

    @property
    def params(self) -> dict[str, Any]:
        """What the link says."""
        return self.settings.changed()

    @property
    def link(self) -> str | None:
        """What asks for the same numbers again; None where it is too long to be asked."""
        if self.second:
            return None
        told = (self.computed_for or self.settings).told()
        looked = {name: said for name, said in told.items() if name not in LOOKED_AT}
        link = urlencode({**looked, "head": self.selection["head"] + 1}, doseq=True)
        return link if len(link) <= LONGEST_LINK else None

    def is_kept(self, *, before: bool) -> bool:
        """Whether its numbers are there and need not be computed; with `before` those without edits too."""
        if not traced.holds(self.spec, self.layer):
            return False
        return not before or self.unedited is None or traced.holds(self.unedited, self.unedited_layer)

    @property
    def unedited(self) -> AttentionSpec | None:
        """The spec of the same layer without any edit; None if there are none, in other layers neither."""
        if self.spec.edits:
            return replace(self.spec, edits=(AS_BUILT,))
        return self.spec if self.edited_elsewhere else None

    @property
    def unedited_layer(self) -> ModelLayer | None:
        """The layer as it is where no other one is edited."""
        return self.layer.untouched() if isinstance(self.layer, PretrainedLayer) else self.layer

    @property
    def edited_elsewhere(self) -> EditedLayers:
        """Edits in other layers of a pretrained model, which count from 0."""
        return self.layer.others if isinstance(self.layer, PretrainedLayer) else ()

    @property
    def edited_layers(self) -> tuple[int, ...]:
        """The layers of a pretrained model in which something is edited, from 0."""
        if not isinstance(self.layer, PretrainedLayer):
            return ()
        return tuple(layer for layer, edits in self.layer.with_own(self.spec.edits) if edits)

    def trace(self) -> LayerTrace:
        """The computed layer.

        Raises:
            SpecError: as the engine and `TrainedLayer.inputs`.
        """
        return trace(self.spec, self.layer)

    def before(self) -> LayerTrace | None:
        """The same layer without any edit, to compare with; None if there are none. Raises as `trace`.

        Plain attention rounds in fewer places than one with edits. Here both are computed in the same steps, so that
        what differs is what the edits changed.
        """
        return None if self.unedited is None else trace(self.unedited, self.unedited_layer)


def trace(spec: AttentionSpec, layer: ModelLayer | None = None) -> LayerTrace:
    """The engine's answer to a spec, shared by all sessions; nobody writes into it. A heavy one waits its turn.

    Args:
        spec: what to run.
        layer: of a trained model, if that is the spec's source.

    Raises:
        SpecError: as the engine, `TrainedLayer.inputs` and `in_turn`.
    """
    if heavy(spec) and not traced.holds(spec, layer):
        return in_turn(lambda: traced(spec, layer))
    return traced(spec, layer)


@kept
def traced(spec: AttentionSpec, layer: ModelLayer | None) -> LayerTrace:
    """As `trace`, at once, and with all that pictures read: what a layer computed of itself later would not count."""
    computed = compute(spec, None if layer is None else layer.inputs(spec.applied))
    for stage in DRAWN_STAGES:
        getattr(computed.layer.heads, stage)
    return computed


def drawable(wanted: Asked) -> Asked:
    """The same, once all that a picture of it needs has been computed. Raises as `Asked.trace`."""
    wanted.trace()
    wanted.before()
    return wanted


def asked(settings: Explorer, second: str = "") -> Asked:
    """What the settings ask for, from whichever source.

    Args:
        settings: of the explorer, or of a page that shows a layer as it does.
        second: sentence of a pair, for pretrained encoders.

    Raises:
        SpecError: as `attention_spec` or `trained_layer`.
    """
    if settings.source != TRAINED:
        return Asked(settings, *attention_spec(settings))
    return pretrained_layer(settings, second) if is_pretrained(settings.model) else trained_layer(settings)


def is_pretrained(name: str) -> bool:
    """Whether it is the name of a pretrained model, be it installed or not."""
    return PRETRAINED_NAME.fullmatch(name) is not None


def pretrained_layer(settings: Explorer, second: str = "") -> Asked:
    """The layer of a pretrained model that the settings describe; what is free is as in `trained_layer`.

    Raises:
        SpecError: no such model, nothing to read, or values that do not fit together.
    """
    check_not_empty(settings.sentence)
    found = read_by_pretrained(settings.model, settings.sentence, settings.layer, settings.dtype, second)
    number = found.layer.layer + 1
    every = by_layer(number, settings.s, settings.elsewhere)
    others = tuple((layer - 1, edits) for layer, edits in every.items() if layer != number)
    spec = AttentionSpec(
        tokens=found.text.tokens,
        edits=every.get(number, ()),
        **sizes_of(settings.model),
        **settings.in_spec(own=False),
    )
    reading = Reading(found.unknown, None, found.num_layers, True)
    return Asked(settings, spec, found.text, replace(found.layer, others=others), reading, second=second)


def trained_layer(settings: Explorer) -> Asked:
    """The layer that the settings describe: sizes, positions and mask are the model's, the rest is free.

    Score function, normalizer, temperature, dropout and edits act on the layer that is shown; those before it run as
    they were trained. A layer beyond the last is the last.

    Raises:
        SpecError: no such model, no word that it knows, or values that do not fit together.
    """
    weights = weights_named(settings.model)
    config = model_alone(weights).config
    read = read_by(weights, settings)
    blanks = (BLANK,) * len(read.values) if config.trailing_blanks else ()
    spec = AttentionSpec(
        tokens=(*read.text.tokens, *blanks),
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        d_model=config.d_model,
        positions=config.positions,
        mask="causal" if config.causal else "none",
        edits=carried.decoded(settings.s),
        **settings.in_spec(own=False),
    )
    layer = TrainedLayer(weights, min(settings.layer, config.num_layers) - 1, read.values, read.text.tokens)
    reading = Reading(read.unknown, read.example, config.num_layers)
    return Asked(settings, spec, read.text, layer, reading, read=read)


def reads_examples(name: str) -> bool:
    """Whether the model of a name reads held-out examples instead of sentences; not if there is no such model."""
    try:
        return not is_pretrained(name) and reads_numbers(weights_named(name))
    except SpecError:
        return False


def own_settings(name: str) -> dict[str, Any]:
    """What the model of a name has of the settings that it brings with it, by parameter; nothing if there is none."""
    try:
        has = _of_pretrained(name) if is_pretrained(name) else _of_trained(name)
    except SpecError:
        return {}
    return {name: value for name, value in has.values().items() if has.kinds()[name].own}


def _of_pretrained(name: str) -> Explorer:
    sizes = sizes_of(name)
    kv_heads = sizes["num_kv_heads"]
    return Explorer(
        tokenizer="pieces",
        heads=sizes["num_heads"],
        kv_heads="all" if kv_heads is None else str(kv_heads),
        d_model=sizes["d_model"],
        d_k=sizes["head_dim"],
        d_v=sizes["value_dim"],
        positions=sizes["positions"],
        mask=sizes["mask"],
    )


def _of_trained(name: str) -> Explorer:
    weights = weights_named(name)
    config = model_alone(weights).config
    spelled = not reads_numbers(weights) and " " in model_with_words(weights).vocabulary.symbols
    return Explorer(
        tokenizer="characters" if spelled else "words",
        heads=config.num_heads,
        kv_heads="all" if config.num_kv_heads is None else str(config.num_kv_heads),
        d_model=config.d_model,
        positions=config.positions,
        mask="causal" if config.causal else "none",
    )
