"""The settings of the blocks page, and the stack they describe. No widgets here."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from attnlab.engine import SpecError
from attnlab.engine.spec import MAX_HEADS, MAX_TEMPERATURE, MIN_TEMPERATURE
from attnlab.engine.stack import (
    MAX_DEPTH,
    MAX_STACK_TOKENS,
    ArchitectureName,
    StackActivationName,
    StackPositionsName,
    StackSpec,
)
from attnlab.engine.transformer.norms import NormName
from attnlab.settings import links
from attnlab.settings.attention import KV_HEADS
from attnlab.settings.fields import Settings, choice, line, of, real, whole
from attnlab.settings.lab.models import OPENS_ON, pretrained_name
from attnlab.settings.links import Wanted
from attnlab.text import Tokenized, tokenize

StackSource = Literal["seeded", "trained", "pretrained"]
Placement = Literal["pre", "post", "none"]
TRAINED: StackSource = "trained"
PRETRAINED: StackSource = "pretrained"
VOCABULARY_MOST = 512
"""More words than any source of weights has."""

_PART = r"[1-9][0-9]{0,2}\.(?:self_attention|cross_attention|feed_forward)(?:\.norm|\.add)?"
_PLACE = re.compile(rf"(?:encoder|decoder)\.(?:embedding|memory|final_norm|logits|{_PART})")
_CELL = re.compile(r"([a-z_]{1,24})\.([1-9][0-9]{0,3})\.([1-9][0-9]{0,3})")


def place_name(text: str) -> str | None:
    """The parameter names a part that some stack has: a `links.Check`."""
    fine = not text or _PLACE.fullmatch(text)
    return None if fine else Wanted("the name of a part, such as decoder.1.cross_attention", "part")


def cell_name(text: str) -> str | None:
    """The parameter names a cell: a `links.Check`."""
    return None if not text or _CELL.fullmatch(text) else Wanted("the name of a cell, such as weights.3.2", "cell")


@dataclass(frozen=True, kw_only=True)
class Blocks(Settings):
    """The settings of the blocks page; the explorer has a `block`, a `positions` and a `dropout` of its own."""

    link_prefix: ClassVar[str] = "stack_"

    text: str = line("The cat sat on the mat.")
    target: str = line("Le chat est assis sur le tapis.")
    source: StackSource = choice("seeded", get_args(StackSource), names="stack_source")
    architecture: ArchitectureName = of(StackSpec, "architecture", own=True)
    depth: int = of(StackSpec, "depth", options=range(1, MAX_DEPTH + 1), own=True)
    placement: Placement = choice("pre", get_args(Placement), own=True)
    norm: NormName = of(StackSpec, "norm", own=True)
    activation: StackActivationName = of(StackSpec, "activation", own=True)
    heads: int = of(StackSpec, "num_heads", own=True)
    kv_heads: str = choice("all", KV_HEADS, own=True, fills="num_kv_heads")
    d_model: int = of(StackSpec, "d_model", own=True)
    ff_width: int = of(StackSpec, "ff_width", own=True)
    positions: StackPositionsName = of(StackSpec, "positions", own=True)
    residual: bool = of(StackSpec, "residual")
    feed_forward: bool = of(StackSpec, "feed_forward")
    dropout: float = of(StackSpec, "dropout", step=0.05)
    seed: int = of(StackSpec, "seed")
    open: str = line("", place_name)
    source_token: int = whole(2, 1, MAX_STACK_TOKENS)
    target_token: int = whole(2, 1, MAX_STACK_TOKENS)
    head: int = whole(1, 1, MAX_HEADS)
    cell: str = line("", cell_name)
    temperature: float = real(1.0, MIN_TEMPERATURE, MAX_TEMPERATURE, 0.05)
    top_k: int | None = whole(None, 1, VOCABULARY_MOST)
    top_p: float | None = real(None, 0.0, 1.0, 0.05)
    generated: int = whole(4, 1, MAX_STACK_TOKENS)
    model: str = line(OPENS_ON, pretrained_name)  # of the pretrained source


# ---- the stack they describe -----------------------------------------------------------------------------------------


def stack_spec(settings: Blocks) -> StackSpec:
    """What the seeded source needs to know.

    Raises:
        SpecError: values that do not fit together, or a text with nothing in it.
    """
    texts = stack_texts(settings)
    for name, text in texts.items():
        if not text.tokens:
            got = links.shortened(settings.values()[name])
            raise SpecError(name, "empty", f"{name} ({got!r}) must hold a visible character", got=got)
    return StackSpec(
        source_tokens=texts["stack_text"].tokens,
        target_tokens=texts["stack_target"].tokens if "stack_target" in texts else (),
        norm_first=settings.placement != "post",
        norm_on=settings.placement != "none",
        **(settings.in_spec() | {"num_kv_heads": None if settings.kv_heads == "all" else int(settings.kv_heads)}),
    )


def reads_target(settings: Blocks) -> bool:
    """Whether there is a decoder with a text of its own."""
    if settings.source == PRETRAINED:
        return False
    return settings.source == TRAINED or settings.architecture == "encoder_decoder"


def stack_texts(settings: Blocks) -> dict[str, Tokenized]:
    """What became of each text that is read, by the name of its parameter."""
    read = {"stack_text": settings.text} | ({"stack_target": settings.target} if reads_target(settings) else {})
    return {name: tokenize(text, "words", limit=MAX_STACK_TOKENS) for name, text in read.items()}


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
