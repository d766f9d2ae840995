"""The settings of the blocks page: names, defaults and bounds, and the stack they describe. No widgets here.

A setting's name is its parameter in the link and the key of its widget. All begin with `stack_`: settings travel from
page to page, and the explorer has a `block`, a `positions` and a `dropout` of its own.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from attnlab.engine import SpecError
from attnlab.engine.feed_forward import ActivationName
from attnlab.engine.norms import NormName
from attnlab.engine.spec import MAX_DROPOUT, MAX_HEADS, MAX_SEED, MAX_TEMPERATURE, MIN_TEMPERATURE
from attnlab.engine.stack import (
    MAX_DEPTH,
    MAX_FF_WIDTH,
    MAX_STACK_D_MODEL,
    MAX_STACK_TOKENS,
    ArchitectureName,
    StackPositionsName,
    StackSpec,
)
from attnlab.settings import links
from attnlab.text import Tokenized, tokenize

PREFIX = "stack_"
SEEDED, TRAINED = SOURCES = ("seeded", "trained")
PLACEMENTS = ("pre", "post", "none")
KV_HEADS = ("all", *(str(heads) for heads in range(1, MAX_HEADS + 1)))
VOCABULARY_MOST = 512
"""More words than any source of weights has."""

DEFAULTS: dict[str, Any] = {
    "stack_text": "The cat sat on the mat.",
    "stack_target": "Le chat est assis sur le tapis.",
    "stack_source": "seeded",
    "stack_architecture": "encoder_decoder",
    "stack_depth": 2,
    "stack_placement": "pre",
    "stack_norm": "layer",
    "stack_activation": "relu",
    "stack_heads": 4,
    "stack_kv_heads": "all",
    "stack_d_model": 32,
    "stack_ff_width": 64,
    "stack_positions": "sinusoidal",
    "stack_residual": True,
    "stack_feed_forward": True,
    "stack_dropout": 0.0,
    "stack_seed": 0,
    "stack_open": "",
    "stack_source_token": 2,
    "stack_target_token": 2,
    "stack_head": 1,
    "stack_cell": "",
    "stack_temperature": 1.0,
    "stack_top_k": None,
    "stack_top_p": None,
    "stack_generated": 4,
}


_PART = r"[1-9]\.(?:self_attention|cross_attention|feed_forward)(?:\.norm|\.add)?"
_PLACE = re.compile(rf"(?:encoder|decoder)\.(?:embedding|memory|final_norm|logits|{_PART})")
_CELL = re.compile(r"([a-z_]{1,24})\.([1-9][0-9]{0,3})\.([1-9][0-9]{0,3})")


def place_name(text: str) -> str | None:
    """The parameter names a part that some stack has: a `links.Check`."""
    return None if not text or _PLACE.fullmatch(text) else "the name of a part, such as decoder.1.cross_attention"


def cell_name(text: str) -> str | None:
    """The parameter names a cell: a `links.Check`."""
    return None if not text or _CELL.fullmatch(text) else "the name of a cell, such as weights.3.2"


CHECKS: dict[str, links.Check] = {
    "stack_text": links.anything,
    "stack_target": links.anything,
    "stack_source": links.one_of(*SOURCES),
    "stack_architecture": links.one_of(*get_args(ArchitectureName)),
    "stack_depth": links.integer(1, MAX_DEPTH),
    "stack_placement": links.one_of(*PLACEMENTS),
    "stack_norm": links.one_of(*get_args(NormName)),
    "stack_activation": links.one_of(*get_args(ActivationName)),
    "stack_heads": links.integer(1, MAX_HEADS),
    "stack_kv_heads": links.one_of(*KV_HEADS),
    "stack_d_model": links.integer(1, MAX_STACK_D_MODEL),
    "stack_ff_width": links.integer(1, MAX_FF_WIDTH),
    "stack_positions": links.one_of(*get_args(StackPositionsName)),
    "stack_residual": links.flag,
    "stack_feed_forward": links.flag,
    "stack_dropout": links.number(0.0, MAX_DROPOUT),
    "stack_seed": links.integer(0, MAX_SEED),
    "stack_open": place_name,
    "stack_source_token": links.integer(1, MAX_STACK_TOKENS),
    "stack_target_token": links.integer(1, MAX_STACK_TOKENS),
    "stack_head": links.integer(1, MAX_HEADS),
    "stack_cell": cell_name,
    "stack_temperature": links.number(MIN_TEMPERATURE, MAX_TEMPERATURE),
    "stack_top_k": links.optional(links.integer(1, VOCABULARY_MOST)),
    "stack_top_p": links.optional(links.number(0.0, 1.0)),
    "stack_generated": links.integer(1, MAX_STACK_TOKENS),
}


def linked_values(params: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Every setting's value in a link; its default where the link says nothing that can be taken."""
    return links.values_in(params, DEFAULTS, CHECKS, {"stack_top_k": int, "stack_top_p": float})


def in_link(values: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a link says them; those that are as the page opens are left out."""
    return links.told_in_link(values, DEFAULTS)


# ---- the stack they describe -----------------------------------------------------------------------------------------


def stack_spec(values: Mapping[str, Any]) -> StackSpec:
    """What the seeded source needs to know.

    Raises:
        SpecError: values that do not fit together, or a text with nothing in it.
    """
    placement = values["stack_placement"]
    texts = stack_texts(values)
    for name, text in texts.items():
        if not text.tokens:
            got = links.shortened(values[name] or "")
            raise SpecError(name, "empty", f"{name} ({got!r}) must hold a visible character", got=got)
    return StackSpec(
        source_tokens=texts["stack_text"].tokens,
        target_tokens=texts["stack_target"].tokens if "stack_target" in texts else (),
        num_heads=values["stack_heads"],
        num_kv_heads=None if values["stack_kv_heads"] == "all" else int(values["stack_kv_heads"]),
        norm_first=placement != "post",
        norm_on=placement != "none",
        **{name: values[f"{PREFIX}{name}"] for name in SAME_IN_SPEC},
    )


OWN_TO_THE_TRAINED: tuple[str, ...] = ("stack_architecture", "stack_depth", "stack_placement", "stack_norm")
OWN_TO_THE_TRAINED += ("stack_activation", "stack_heads", "stack_kv_heads", "stack_d_model", "stack_ff_width")
OWN_TO_THE_TRAINED += ("stack_positions",)
"""Settings that a trained model brings with it, whatever the controls say."""

SAME_IN_SPEC: tuple[str, ...] = (
    "architecture",
    "depth",
    "d_model",
    "ff_width",
    "norm",
    "activation",
    "residual",
    "feed_forward",
)
SAME_IN_SPEC += ("dropout", "positions", "seed")
"""Settings that are fields of the spec by the same name, but for the prefix."""


def reads_target(values: Mapping[str, Any]) -> bool:
    """Whether there is a decoder with a text of its own."""
    return bool(values["stack_source"] == TRAINED or values["stack_architecture"] == "encoder_decoder")


def stack_texts(values: Mapping[str, Any]) -> dict[str, Tokenized]:
    """What became of each text that is read, by the name of its setting."""
    names = ("stack_text", "stack_target") if reads_target(values) else ("stack_text",)
    return {name: tokenize(values[name] or "", "words", limit=MAX_STACK_TOKENS) for name in names}


def changed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that differ from their defaults: what the link says."""
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}


# ---- what is looked at -----------------------------------------------------------------------------------------------


def cell_of(text: str) -> dict[str, Any] | None:
    """A pinned cell, counted from 0 as the engine counts; None for none."""
    found = _CELL.fullmatch(text)
    return None if found is None else {"name": found[1], "row": int(found[2]) - 1, "col": int(found[3]) - 1}


def cell_text(sent: Any) -> str:
    """A cell as the link names it; empty where what was sent is none."""
    if not isinstance(sent, dict) or not all(isinstance(sent.get(name), int) for name in ("row", "col")):
        return ""
    text = f"{sent.get('name')}.{sent['row'] + 1}.{sent['col'] + 1}"
    return "" if cell_name(text) else text
