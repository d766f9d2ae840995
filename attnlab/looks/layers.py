"""Trained weights as a source: from a model's name in a link to the spec of one of its layers and what enters it.

Names: "shipped", or "<run>:<family>:<step>" of a snapshot in the run store. A run's name is hard to guess: whoever has
the link may look. The store is asked at each picture whether the snapshot is still there; its weights are read once.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attnlab.engine import TRAINED, AttentionSpec, LayerInputs, SpecError
from attnlab.engine.edits import swapped
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks import run_store
from attnlab.models.layer_inputs import BLANK, layer_inputs
from attnlab.models.vocabulary import Encoded, Vocabulary
from attnlab.settings import carried, links
from attnlab.settings.attention import DEFAULTS, MODEL_NAME, SHIPPED, attention_spec
from attnlab.tasks import worked_example
from attnlab.text import Tokenized
from attnlab.training import RunStore, StoreError, StoreFault
from attnlab.training.shipped import TrainedModel, shipped
from attnlab.training.snapshots import unpack_model
from attnlab.training.stored import plan_of

OF_THE_LAYER = (
    "score",
    "qk_norm",
    "softcap",
    "normalizer",
    "sink",
    "temperature",
    "dropout",
    "seed",
    "dtype",
    "device",
)
"""Settings that act on the layer that is shown; all before it runs as it was trained."""
EXPLORED_FAMILY = "transformer"
SHOWN_SYMBOLS = 8


@dataclass(frozen=True)
class ModelKey:
    """Which weights: a snapshot that is saved anew has another key."""

    name: str
    saved: datetime | None = None
    size: int = 0


@dataclass(frozen=True)
class TrainedLayer:
    """One layer of a model on one sentence."""

    key: ModelKey
    layer: int  # from 0
    ids: tuple[int, ...]
    tokens: tuple[str, ...]

    def inputs(self) -> LayerInputs:
        """What enters the layer, and its weights. Raises what `model_of` does."""
        return layer_inputs(model_of(self.key).model, self.ids, self.tokens, self.layer)


@dataclass(frozen=True)
class Reading:
    """What became of the sentence, and which layer of how many is shown."""

    unknown: tuple[str, ...]  # left out
    example: str | None  # read in the place of the page's own sentence, of which the model knows nothing
    num_layers: int


@dataclass(frozen=True)
class Asked:
    """What the settings of the page ask for, ready for `cache.trace`."""

    spec: AttentionSpec
    text: Tokenized
    layer: TrainedLayer | None = None  # of a trained model
    reading: Reading | None = None


def asked(values: Mapping[str, Any]) -> Asked:
    """What the settings ask for, from whichever source.

    Raises:
        SpecError: as `attention_spec` or `trained_layer`.
    """
    return trained_layer(values) if values["source"] == TRAINED else Asked(*attention_spec(values))


def trained_layer(values: Mapping[str, Any]) -> Asked:
    """The layer that the settings describe: sizes, positions and mask are the model's, the rest is free.

    Score function, normalizer, temperature, dropout and edits act on the layer that is shown; those before it run as
    they were trained. A layer beyond the last is the last.

    Raises:
        SpecError: no such model, no word that it knows, or values that do not fit together.
    """
    key = key_of(values["model"])
    known = model_of(key)
    config = known.model.config
    encoded, example = _encoded(values["sentence"] or "", known)
    blanks = (BLANK,) * len(encoded.ids) if config.trailing_blanks else ()
    spec = AttentionSpec(
        tokens=(*encoded.text.tokens, *blanks),
        source=TRAINED,
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        d_model=config.d_model,
        positions=config.positions,
        mask="causal" if config.causal else "none",
        edits=carried.decoded(values["s"]),
        **{name: values[name] for name in OF_THE_LAYER},
    )
    ids, tokens = swapped(encoded.ids, spec.applied), swapped(encoded.text.tokens, spec.applied)
    layer = TrainedLayer(key, min(values["layer"], config.num_layers) - 1, ids, tokens)
    return Asked(spec, encoded.text, layer, Reading(encoded.unknown, example, config.num_layers))


def model_named(name: str) -> TrainedModel:
    """The model that a name stands for now.

    Raises:
        SpecError: no such model.
    """
    return model_of(key_of(name))


def key_of(name: str) -> ModelKey:
    """The weights that a name stands for now.

    Raises:
        SpecError: no name, no such snapshot, one that is no Transformer's, or a store that is away.
    """
    if name == SHIPPED:
        return ModelKey(SHIPPED)
    run, family, step = _parts(name)
    try:
        saved = {info.step: info for info in _store().snapshots.listed(run, family)}
    except (StoreError, StoreFault, OSError) as error:
        raise _unreadable(name, error) from error
    if step not in saved:
        steps = f"one of its steps {', '.join(map(str, sorted(saved)[-3:]))}" if saved else "one that was saved"
        raise SpecError("model", "unknown", f"model ({links.shortened(name)!r}) must be a snapshot: {steps}", got=name)
    return ModelKey(name, saved[step].created, saved[step].size)


@functools.lru_cache(maxsize=8)  # of 32 MB at most each, 0.1 MB usually
def model_of(key: ModelKey) -> TrainedModel:
    """The model behind a key.

    Raises:
        SpecError: it is gone, damaged, or reads numbers instead of tokens.
    """
    if key.name == SHIPPED:
        return shipped()
    run, family, step = _parts(key.name)
    try:
        return _from_run(_store(), run, family, step)
    except (StoreError, StoreFault, OSError) as error:
        raise _unreadable(key.name, error) from error


def _from_run(store: RunStore, run: str, family: str, step: int) -> TrainedModel:
    plan = plan_of(store, store.runs.get(run))
    symbols = plan.task.info.symbols
    if symbols is None:
        message = f"model ({plan.task_name!r}) must be of a task on tokens; this one reads numbers"
        raise SpecError("model", "kind", message, got=plan.task_name, wanted="tokens")
    model = unpack_model(store.snapshots.load(run, family, step).weights)
    vocabulary = Vocabulary(symbols)
    return TrainedModel(model, vocabulary, vocabulary.joined(worked_example(plan.task).inputs))


def _encoded(sentence: str, known: TrainedModel) -> tuple[Encoded, str | None]:
    """The sentence as the model reads it; its example in the place of the sentence that the page opens with."""
    config = known.model.config
    limit = min(config.max_len, MAX_TOKENS // 2 if config.trailing_blanks else MAX_TOKENS)
    encoded = known.vocabulary.encode(sentence, limit)
    if not encoded.ids and sentence == DEFAULTS["sentence"]:
        return known.vocabulary.encode(known.example, limit), known.example
    if not encoded.ids:
        allowed = f"hold a word of the model's vocabulary: {_listed(known.vocabulary)}"
        message = f"sentence ({links.shortened(sentence)!r}) must {allowed}"
        raise SpecError("sentence", "words", message, got=sentence, choices=known.vocabulary.symbols)
    return encoded, None


def _listed(vocabulary: Vocabulary) -> str:
    symbols = [repr(symbol) if symbol.isspace() else symbol for symbol in vocabulary.symbols]
    return ", ".join(symbols[:SHOWN_SYMBOLS]) + (", …" if len(symbols) > SHOWN_SYMBOLS else "")


def _parts(name: str) -> tuple[str, str, int]:
    if not MODEL_NAME.fullmatch(name) or name == SHIPPED:
        shape = f"{SHIPPED} or <run>:{EXPLORED_FAMILY}:<step>"
        raise SpecError("model", "form", f"model ({links.shortened(name)!r}) must be {shape}", got=name)
    run, family, step = name.split(":")
    if family != EXPLORED_FAMILY:
        message = f"model ({links.shortened(name)!r}) must be a {EXPLORED_FAMILY}, which has heads to show"
        raise SpecError("model", "kind", message, got=family, wanted=EXPLORED_FAMILY)
    return run, family, int(step)


def _unreadable(name: str, error: Exception) -> SpecError:
    return SpecError(
        "model",
        "unreadable",
        f"model ({links.shortened(name)!r}) must be in the run store: {error}",
        got=name,
        why=str(error),
    )


def _store() -> RunStore:

    return run_store.store()
