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
    MAX_SINK,
    MAX_SOFTCAP,
    MAX_TEMPERATURE,
    MAX_TOKENS,
    MIN_SOFTCAP,
    MIN_TEMPERATURE,
    CombineName,
    DtypeName,
    MaskName,
    NormalizerName,
    PositionsName,
    ScoreName,
    SourceName,
)
from attnlab.models.config import BOUNDS, FAMILIES
from attnlab.settings import carried, links
from attnlab.text import TOKENIZERS, Tokenized, tokenize
from attnlab.training.store.checks import ID_ALPHABET, ID_LENGTH

STAGES = ("tokens", "x", "qkv", "scores", "scale", "mask", "softmax", "values", "output")
VIEWS = ("matrix", "lines", "arithmetic")
SHIPPED = "shipped"
MODEL_NAME = re.compile(rf"{SHIPPED}|[{ID_ALPHABET}]{{{ID_LENGTH}}}:(?:{'|'.join(FAMILIES)}):(?:0|[1-9][0-9]{{0,5}})")
"""The model that comes with the app, or a snapshot in the run store: run, contender, step."""
MAX_LAYERS = int(BOUNDS["num_layers"][1])
HEADS = (1, 2, 4, 8, 16)
D_MODELS = (8, 32, 64, 128)
"""Sizes on offer; a link may say others."""
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
    "score": "scaled_dot",
    "qk_norm": False,
    "softcap": None,
    "mask": "causal",
    "second_mask": "none",
    "combine": "and",
    "window": 3,
    "dilation": 2,
    "block": 4,
    "global_tokens": 1,
    "random_blocks": 1,
    "prefix": 3,
    "padding": 3,
    "pad_left": False,
    "normalizer": "softmax",
    "sink": None,
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
    "s": "",
}

OF_A_MODEL = ("model", "layer")
"""Settings that mean something to a trained source alone."""
OWN_TO_A_MODEL: tuple[str, ...] = ("tokenizer", "heads", "kv_heads", "d_model", "d_k", "d_v", "positions")
OWN_TO_A_MODEL += ("mask", "second_mask", "combine", "window", "dilation", "block", "global_tokens")
OWN_TO_A_MODEL += ("random_blocks", "prefix", "padding", "pad_left")
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
    "score": links.one_of(*get_args(ScoreName)),
    "qk_norm": links.flag,
    "softcap": links.optional(links.number(MIN_SOFTCAP, MAX_SOFTCAP)),
    "mask": links.one_of(*get_args(MaskName)),
    "second_mask": links.one_of(*get_args(MaskName)),
    "combine": links.one_of(*get_args(CombineName)),
    "window": links.integer(1, MAX_TOKENS),
    "dilation": links.integer(1, MAX_TOKENS),
    "block": links.integer(1, MAX_TOKENS),
    "global_tokens": links.integer(0, MAX_TOKENS),
    "random_blocks": links.integer(0, MAX_TOKENS),
    "prefix": links.integer(0, MAX_TOKENS),
    "padding": links.integer(0, MAX_TOKENS),
    "pad_left": links.flag,
    "normalizer": links.one_of(*get_args(NormalizerName)),
    "sink": links.optional(links.number(-MAX_SINK, MAX_SINK)),
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
    "s": carried.check,
}


def link_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every setting's value in a link, as its widget would give it.

    Args:
        params: each parameter with every value the link gives it; unknown ones are ignored.

    Raises:
        SpecError: a parameter that no widget would take.
    """
    for refusal in links.refusals(params, CHECKS).values():
        raise SpecError(
            refusal.field, "form", f"{refusal.field} ({refusal.got!r}) must be {refusal.allowed}", got=refusal.got
        )
    given = {name: params[name][0] for name in DEFAULTS if params.get(name)}
    return DEFAULTS | {name: _READERS.get(name, _reader(DEFAULTS[name]))(text) for name, text in given.items()}


def _reader(default: Any) -> Callable[[str], Any]:
    """How to read a parameter whose text has passed its check."""
    return (lambda text: text == "true") if isinstance(default, bool) else type(default)


_READERS: dict[str, Callable[[str], Any]] = {
    **{name: lambda text: int(text) if text else None for name in ("d_k", "d_v")},
    **{name: lambda text: float(text) if text else None for name in ("softcap", "sink")},
}
SAME_IN_SPEC: tuple[str, ...] = ("source", "d_model", "positions", "score", "qk_norm", "softcap", "mask", "second_mask")
SAME_IN_SPEC += ("combine", "window", "dilation", "block", "global_tokens", "random_blocks", "prefix", "padding")
SAME_IN_SPEC += ("pad_left", "normalizer", "sink", "temperature", "dropout", "seed", "dtype", "device")
"""Settings that are fields of the spec, by the same name and with the same value."""


def attention_spec(values: Mapping[str, Any]) -> tuple[AttentionSpec, Tokenized]:
    """The spec that the settings describe, and what became of the sentence.

    Raises:
        SpecError: values that do not fit together, or a sentence with nothing in it.
    """
    text = tokenize(values["sentence"] or "", values["tokenizer"], limit=MAX_TOKENS)
    if not text.tokens:
        message = f"sentence ({links.shortened(values['sentence'] or '')!r}) must hold a visible character"
        raise SpecError("sentence", "empty", message, got=values["sentence"] or "")
    padded = "padding" in (values["mask"], values["second_mask"])
    room = MAX_TOKENS - (values["padding"] if padded else 0)
    spec = AttentionSpec(
        tokens=text.tokens[: max(room, 1)],
        num_heads=values["heads"],
        num_kv_heads=None if values["kv_heads"] == "all" else int(values["kv_heads"]),
        head_dim=values["d_k"],
        value_dim=values["d_v"],
        edits=carried.decoded(values["s"]),
        **{name: values[name] for name in SAME_IN_SPEC},
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
        "s": values["s"],
    }


def changed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from their defaults: what the link says."""
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}
