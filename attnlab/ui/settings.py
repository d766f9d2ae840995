"""The settings of the attention page: names, defaults and bounds, and the spec they describe. No widgets here.

A setting's name is its parameter in the link and the key of its widget.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from attnlab.engine import AttentionSpec, SpecError, available_devices
from attnlab.engine.spec import (
    MAX_D_MODEL,
    MAX_DROPOUT,
    MAX_HEAD_DIM,
    MAX_HEADS,
    MAX_SEED,
    MAX_TEMPERATURE,
    MAX_TOKENS,
    MIN_TEMPERATURE,
    DtypeName,
    MaskName,
    PositionsName,
    SourceName,
)
from attnlab.models.config import BOUNDS, FAMILIES
from attnlab.text import TOKENIZERS, Tokenized, tokenize
from attnlab.training.store.checks import ID_ALPHABET, ID_LENGTH
from attnlab.ui import links

STAGES = ("tokens", "x", "qkv", "scores", "scale", "mask", "softmax", "values", "output")
VIEWS = ("matrix", "lines", "arithmetic")
SHIPPED = "shipped"
MODEL_NAME = re.compile(rf"{SHIPPED}|[{ID_ALPHABET}]{{{ID_LENGTH}}}:(?:{'|'.join(FAMILIES)}):(?:0|[1-9][0-9]{{0,5}})")
"""The model that comes with the app, or a snapshot in the run store: run, contender, step."""
MAX_LAYERS = int(BOUNDS["num_layers"][1])
KV_HEADS = ("all", *(str(heads) for heads in range(1, MAX_HEADS + 1)))

DEFAULTS: dict[str, Any] = {
    "sentence": "The cat sat on the mat, because it was tired.",
    "tokenizer": "words",
    "source": "designed",
    "model": SHIPPED,
    "layer": 2,
    "heads": 8,
    "kv_heads": "all",
    "d_model": 64,
    "d_k": None,
    "d_v": None,
    "positions": "sinusoidal",
    "mask": "causal",
    "window": 3,
    "also_causal": False,
    "padding": 3,
    "pad_left": False,
    "scaling": True,
    "temperature": 1.0,
    "dropout": 0.0,
    "seed": 0,
    "dtype": "float32",
    "device": "auto",
    "head": 1,
    "query": 5,
    "key": 4,
    "stage": "softmax",
    "view": "matrix",
}

OF_A_MODEL = ("model", "layer")
"""Settings that mean something to a trained source alone."""
OWN_TO_A_MODEL: tuple[str, ...] = ("tokenizer", "heads", "kv_heads", "d_model", "d_k", "d_v", "positions")
OWN_TO_A_MODEL += ("mask", "window", "also_causal", "padding", "pad_left")
"""Settings that a trained model brings with it, whatever the controls say."""


def model_name(text: str) -> str | None:
    """The parameter names a model: a `links.Check`."""
    return None if MODEL_NAME.fullmatch(text) else f"{SHIPPED} or <run>:<family>:<step> of a snapshot"


CHECKS: dict[str, links.Check] = {
    "sentence": links.anything,
    "tokenizer": links.one_of(*TOKENIZERS),
    "source": links.one_of(*get_args(SourceName)),
    "model": model_name,
    "layer": links.integer(1, MAX_LAYERS),
    "heads": links.integer(1, MAX_HEADS),
    "kv_heads": links.one_of(*KV_HEADS),
    "d_model": links.integer(1, MAX_D_MODEL),
    "d_k": links.optional(links.integer(1, MAX_HEAD_DIM)),
    "d_v": links.optional(links.integer(1, MAX_HEAD_DIM)),
    "positions": links.one_of(*get_args(PositionsName)),
    "mask": links.one_of(*get_args(MaskName)),
    "window": links.integer(1, MAX_TOKENS),
    "also_causal": links.flag,
    "padding": links.integer(0, MAX_TOKENS),
    "pad_left": links.flag,
    "scaling": links.flag,
    "temperature": links.number(MIN_TEMPERATURE, MAX_TEMPERATURE),
    "dropout": links.number(0.0, MAX_DROPOUT),
    "seed": links.integer(0, MAX_SEED),
    "dtype": links.one_of(*get_args(DtypeName)),
    "device": links.one_of("auto", *available_devices()),
    "head": links.integer(1, MAX_HEADS),
    "query": links.integer(0, MAX_TOKENS),
    "key": links.integer(0, MAX_TOKENS),
    "stage": links.one_of(*STAGES),
    "view": links.one_of(*VIEWS),
}


def link_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every setting's value in a link, as its widget would give it.

    Args:
        params: each parameter with every value the link gives it; unknown ones are ignored.

    Raises:
        SpecError: a parameter that no widget would take.
    """
    for refusal in links.refusals(params, CHECKS).values():
        raise SpecError(refusal.field, f"{refusal.field} ({refusal.got!r}) must be {refusal.allowed}")
    given = {name: params[name][0] for name in DEFAULTS if params.get(name)}
    return DEFAULTS | {name: _READERS.get(name, _reader(DEFAULTS[name]))(text) for name, text in given.items()}


def _reader(default: Any) -> Callable[[str], Any]:
    """How to read a parameter whose text has passed its check."""
    return (lambda text: text == "true") if isinstance(default, bool) else type(default)


_READERS: dict[str, Callable[[str], Any]] = {name: lambda text: int(text) if text else None for name in ("d_k", "d_v")}


def attention_spec(values: Mapping[str, Any]) -> tuple[AttentionSpec, Tokenized]:
    """The spec that the settings describe, and what became of the sentence.

    Raises:
        SpecError: values that do not fit together, or a sentence with nothing in it.
    """
    text = tokenize(values["sentence"] or "", values["tokenizer"], limit=MAX_TOKENS)
    if not text.tokens:
        raise SpecError(
            "sentence", f"sentence ({links.shortened(values['sentence'] or '')!r}) must hold a visible character"
        )
    room = MAX_TOKENS - (values["padding"] if values["mask"] == "padding" else 0)
    spec = AttentionSpec(
        tokens=text.tokens[: max(room, 1)],
        source=values["source"],
        num_heads=values["heads"],
        num_kv_heads=None if values["kv_heads"] == "all" else int(values["kv_heads"]),
        d_model=values["d_model"],
        head_dim=values["d_k"],
        value_dim=values["d_v"],
        positions=values["positions"],
        mask=values["mask"],
        also_causal=values["also_causal"],
        window=values["window"],
        padding=values["padding"],
        pad_left=values["pad_left"],
        scaling=values["scaling"],
        temperature=values["temperature"],
        dropout=values["dropout"],
        seed=values["seed"],
        dtype=values["dtype"],
        device=values["device"],
    )
    return spec, text


def stage_selection(values: Mapping[str, Any], spec: AttentionSpec) -> dict[str, Any]:
    """What the stage looks at, within what the spec has; counted from 0 as the engine counts, None for nothing."""

    def index(position: int) -> int | None:
        return min(position, spec.seq_len) - 1 if position else None

    return {
        "head": min(values["head"], spec.num_heads) - 1,
        "query": index(values["query"]),
        "key": index(values["key"]),
        "stage": values["stage"],
        "view": values["view"],
    }


def changed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from their defaults: what the link says."""
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}
