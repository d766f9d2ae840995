"""The settings of the attention page, and the spec they describe. No widgets here."""

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from attnlab.engine import AttentionSpec, SpecError, available_devices
from attnlab.engine.spec import (
    MAX_HEADS,
    MAX_TOKENS,
    CombineName,
    DtypeName,
    MaskName,
    NormalizerName,
    PositionsName,
    ScoreName,
    SourceName,
)
from attnlab.models.config import FAMILIES
from attnlab.settings import carried, drawn, elsewhere, links
from attnlab.settings.drawn import MOST_EXAMPLES
from attnlab.settings.elsewhere import MAX_LAYERS
from attnlab.settings.fields import Settings, choice, line, of, whole
from attnlab.settings.links import Wanted
from attnlab.text import MAX_CHARACTERS, TOKENIZERS, Tokenized, tokenize
from attnlab.text.cleaning import cleaned
from attnlab.training.store.checks import ID_ALPHABET, ID_LENGTH
from attnlab.training.store.sql.schema import MAX_CONTENDER

StageName = Literal["tokens", "x", "qkv", "scores", "scale", "mask", "softmax", "values", "output"]
ViewName = Literal["matrix", "lines", "arithmetic"]
STAGES, VIEWS = get_args(StageName), get_args(ViewName)
SHIPPED = "shipped"
_HUB_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
PRETRAINED_NAME = re.compile(
    rf"(?!shipped$)[A-Za-z0-9][A-Za-z0-9_.-]{{0,59}}|{_HUB_PART}/{_HUB_PART}(?:@[A-Za-z0-9_][A-Za-z0-9_.-]{{0,63}})?"
)
"""A model that others have trained, as it is called where it is installed, or on the hub that it was fetched from."""
MODEL_NAME = re.compile(
    rf"{SHIPPED}|{PRETRAINED_NAME.pattern}|[{ID_ALPHABET}]{{{ID_LENGTH}}}:(?:{'|'.join(FAMILIES)})(?:\.[a-z0-9_.-]{{3,{MAX_CONTENDER}}})?"
    r":(?:0|[1-9][0-9]{0,5})"
)
"""The model that comes with the app, a pretrained one, or a snapshot in the run store: run, contender, step."""
MOST_HEADS = 64
"""Of a pretrained model: what a link can choose among."""
HEADS = (1, 2, 4, 8, 16)
D_MODELS = (8, 32, 64, 128)
"""Sizes on offer; a link may say others."""
KV_HEADS = ("all", *(str(heads) for heads in range(1, MAX_HEADS + 1)))
OF_A_MODEL = ("model", "layer", "example", "drawn")
"""Settings that mean something to a trained source alone."""
OF_NUMBERS = ("example", "drawn")
"""Those of them that mean something to a model alone that reads numbers, which nobody types."""


def model_name(text: str) -> str | None:
    """The parameter names a model: a `links.Check`."""
    allowed = f"{SHIPPED}, an installed model's name, or <run>:<contender>:<step> of a snapshot"
    return None if MODEL_NAME.fullmatch(text) else Wanted(allowed, "model")


@dataclass(frozen=True, kw_only=True)
class Explorer(Settings):
    """The settings of the attention page; A and B of the compare page have the same."""

    sentence: str = line("The cat sat on the mat, because it was tired.")
    tokenizer: str = choice("words", tuple(TOKENIZERS), own=True)
    source: SourceName = of(AttentionSpec, "source")
    model: str = line(SHIPPED, model_name)
    layer: int = whole(2, 1, MAX_LAYERS)
    example: int = whole(0, 0, MOST_EXAMPLES)  # of a model that reads numbers, in the place of the sentence
    drawn: str = line("", drawn.check)  # over that example, where it is a picture
    heads: int = of(AttentionSpec, "num_heads", options=HEADS, own=True)
    kv_heads: str = choice("all", KV_HEADS, own=True, fills="num_kv_heads")
    d_model: int = of(AttentionSpec, "d_model", options=D_MODELS, own=True)
    d_k: int | None = of(AttentionSpec, "head_dim", own=True)
    d_v: int | None = of(AttentionSpec, "value_dim", own=True)
    positions: PositionsName = of(AttentionSpec, "positions", own=True)
    score: ScoreName = of(AttentionSpec, "score")
    qk_norm: bool = of(AttentionSpec, "qk_norm")
    softcap: float | None = of(AttentionSpec, "softcap")
    mask: MaskName = of(AttentionSpec, "mask", default="causal", own=True)
    second_mask: MaskName = of(AttentionSpec, "second_mask", own=True, names="mask")
    combine: CombineName = of(AttentionSpec, "combine", own=True)
    window: int = of(AttentionSpec, "window", own=True)
    dilation: int = of(AttentionSpec, "dilation", own=True)
    block: int = of(AttentionSpec, "block", own=True)
    global_tokens: int = of(AttentionSpec, "global_tokens", own=True)
    random_blocks: int = of(AttentionSpec, "random_blocks", own=True)
    prefix: int = of(AttentionSpec, "prefix", own=True)
    padding: int = of(AttentionSpec, "padding", own=True)
    pad_left: bool = of(AttentionSpec, "pad_left", own=True)
    normalizer: NormalizerName = of(AttentionSpec, "normalizer")
    sink: float | None = of(AttentionSpec, "sink")
    temperature: float = of(AttentionSpec, "temperature", step=0.05)
    dropout: float = of(AttentionSpec, "dropout", step=0.05)
    seed: int = of(AttentionSpec, "seed")
    dtype: DtypeName = of(AttentionSpec, "dtype")
    device: str = choice("auto", ("auto", *available_devices()), fills="device")
    head: int = whole(1, 1, MOST_HEADS)  # beyond the layer's last one, the last
    query: int = whole(5, 0, MAX_TOKENS)
    key: int = whole(4, 0, MAX_TOKENS)
    stage: StageName = choice("softmax", STAGES)
    view: ViewName = choice("matrix", VIEWS)
    s: str = line("", carried.check)
    elsewhere: str = line("", elsewhere.check)  # edits in other layers than that of `s`


def attention_spec(settings: Explorer) -> tuple[AttentionSpec, Tokenized]:
    """The spec that the settings describe, and what became of the sentence.

    Raises:
        SpecError: values that do not fit together, or a sentence with nothing in it.
    """
    check_not_empty(settings.sentence)
    text = tokenize(settings.sentence, settings.tokenizer, limit=MAX_TOKENS)
    padded = "padding" in (settings.mask, settings.second_mask)
    room = MAX_TOKENS - (settings.padding if padded else 0)
    spec = AttentionSpec(
        tokens=text.tokens[: max(room, 1)],
        edits=carried.decoded(settings.s),
        **(settings.in_spec() | {"num_kv_heads": None if settings.kv_heads == "all" else int(settings.kv_heads)}),
    )
    return spec, text


def check_not_empty(sentence: str) -> None:
    """Refuse a sentence in which nothing can be seen.

    Raises:
        SpecError: it is one.
    """
    if not cleaned(sentence[:MAX_CHARACTERS])[0]:
        got = links.shortened(sentence)
        raise SpecError("sentence", "empty", f"sentence ({got!r}) must hold a visible character", got=got)


def stage_selection(settings: Explorer, spec: AttentionSpec) -> dict[str, Any]:
    """What the stage looks at, within what the spec has; counted from 0 as the engine counts, None for nothing."""

    def index(position: int) -> int | None:
        return min(position, spec.seq_len) - 1 if position else None

    return {
        "head": min(settings.head, spec.num_heads) - 1,
        "query": index(settings.query),
        "key": index(settings.key),
        "stage": settings.stage,
        "view": settings.view,
        "s": settings.s,
    }
