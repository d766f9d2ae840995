"""The layer that settings ask for, from whichever source, and its traces, kept for all sessions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from attnlab.byte_cache import kept
from attnlab.engine import TRAINED, AttentionSpec, Edit, LayerInputs, LayerTrace, SpecError
from attnlab.engine import trace as compute
from attnlab.engine.edits import swapped
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.cost import heavy
from attnlab.looks.named import model_with_words, origin_named
from attnlab.looks.opened import Origin, looking
from attnlab.looks.turns import in_turn
from attnlab.models.layer_inputs import BLANK, layer_inputs
from attnlab.models.vocabulary import Encoded, Vocabulary
from attnlab.settings import carried, links
from attnlab.settings.attention import Explorer, attention_spec, stage_selection
from attnlab.text import Tokenized
from attnlab.training.shipped import TrainedModel

AS_BUILT = Edit("head", 0, 0, 0, 1.0)
"""Head 1 stays on: changes nothing, but is computed step by step as edited layers are."""
SHOWN_SYMBOLS = 8


@dataclass(frozen=True)
class TrainedLayer:
    """One layer of a model on one sentence, as it was typed."""

    origin: Origin
    layer: int  # from 0
    ids: tuple[int, ...]
    tokens: tuple[str, ...]

    def inputs(self, edits: Iterable[Edit]) -> LayerInputs:
        """What enters the layer with the tokens as edits swap them, and its weights.

        Raises:
            SpecError: as `model_with_words`.
        """
        model, edits = model_with_words(self.origin).model, tuple(edits)
        with looking(model):
            return layer_inputs(model, swapped(self.ids, edits), swapped(self.tokens, edits), self.layer)


@dataclass(frozen=True)
class Reading:
    """What became of the sentence, and which layer of how many is shown."""

    unknown: tuple[str, ...]  # left out
    example: str | None  # read in the place of the page's own sentence, of which the model knows nothing
    num_layers: int


@dataclass(frozen=True)
class Asked:
    """What the settings of the explorer ask for."""

    settings: Explorer
    spec: AttentionSpec
    text: Tokenized
    layer: TrainedLayer | None = None  # of a trained model
    reading: Reading | None = None

    @property
    def selection(self) -> dict[str, Any]:
        """What is looked at, within what the layer has."""
        return stage_selection(self.settings, self.spec)

    @property
    def params(self) -> dict[str, Any]:
        """What the link says."""
        return self.settings.changed()

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
        return trace(replace(self.spec, edits=(AS_BUILT,)), self.layer) if self.spec.edits else None


def trace(spec: AttentionSpec, layer: TrainedLayer | None = None) -> LayerTrace:
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
def traced(spec: AttentionSpec, layer: TrainedLayer | None) -> LayerTrace:
    """As `trace`, at once."""
    return compute(spec, None if layer is None else layer.inputs(spec.applied))


def drawable(wanted: Asked) -> Asked:
    """The same, once all that a picture of it needs has been computed. Raises as `Asked.trace`."""
    wanted.trace()
    wanted.before()
    return wanted


def asked(settings: Explorer) -> Asked:
    """What the settings ask for, from whichever source.

    Raises:
        SpecError: as `attention_spec` or `trained_layer`.
    """
    return trained_layer(settings) if settings.source == TRAINED else Asked(settings, *attention_spec(settings))


def trained_layer(settings: Explorer) -> Asked:
    """The layer that the settings describe: sizes, positions and mask are the model's, the rest is free.

    Score function, normalizer, temperature, dropout and edits act on the layer that is shown; those before it run as
    they were trained. A layer beyond the last is the last.

    Raises:
        SpecError: no such model, no word that it knows, or values that do not fit together.
    """
    origin = origin_named(settings.model)
    known = model_with_words(origin)
    config = known.model.config
    encoded, example = _encoded(settings.sentence, known)
    blanks = (BLANK,) * len(encoded.ids) if config.trailing_blanks else ()
    spec = AttentionSpec(
        tokens=(*encoded.text.tokens, *blanks),
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        d_model=config.d_model,
        positions=config.positions,
        mask="causal" if config.causal else "none",
        edits=carried.decoded(settings.s),
        **settings.in_spec(own=False),
    )
    layer = TrainedLayer(origin, min(settings.layer, config.num_layers) - 1, encoded.ids, encoded.text.tokens)
    return Asked(settings, spec, encoded.text, layer, Reading(encoded.unknown, example, config.num_layers))


def own_settings(name: str) -> dict[str, Any]:
    """What the model of a name has of the settings that it brings with it, by parameter; nothing if there is none."""
    try:
        known = model_with_words(origin_named(name))
    except SpecError:
        return {}
    config = known.model.config
    has = Explorer(
        tokenizer="characters" if " " in known.vocabulary.symbols else "words",
        heads=config.num_heads,
        kv_heads="all" if config.num_kv_heads is None else str(config.num_kv_heads),
        d_model=config.d_model,
        positions=config.positions,
        mask="causal" if config.causal else "none",
    )
    return {name: value for name, value in has.values().items() if has.kinds()[name].own}


def _encoded(sentence: str, known: TrainedModel) -> tuple[Encoded, str | None]:
    """The sentence as the model reads it; its example in the place of the sentence that the page opens with."""
    config = known.model.config
    limit = min(config.max_len, MAX_TOKENS // 2 if config.trailing_blanks else MAX_TOKENS)
    encoded = known.vocabulary.encode(sentence, limit)
    if not encoded.ids and sentence == Explorer().sentence:
        return known.vocabulary.encode(known.example, limit), known.example
    if not encoded.ids:
        allowed = f"hold a word of the model's vocabulary: {_listed(known.vocabulary)}"
        message = f"sentence ({links.shortened(sentence)!r}) must {allowed}"
        raise SpecError("sentence", "words", message, got=sentence, choices=known.vocabulary.symbols)
    return encoded, None


def _listed(vocabulary: Vocabulary) -> str:
    symbols = [repr(symbol) if symbol.isspace() else symbol for symbol in vocabulary.symbols]
    return ", ".join(symbols[:SHOWN_SYMBOLS]) + (", …" if len(symbols) > SHOWN_SYMBOLS else "")
