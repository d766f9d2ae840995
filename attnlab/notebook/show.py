"""The stage in a cell of a notebook."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attnlab.engine import trace
from attnlab.engine.allowed import check_choice, check_flag, check_number
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.by_name import layer_named
from attnlab.looks.overview import Overview, measured
from attnlab.notebook.page import THEMES, Theme, framed
from attnlab.notebook.pictures import MOST_BYTES, Drawn, Told, document, taken_along
from attnlab.notebook.tensors import said
from attnlab.pictures.items import read_said
from attnlab.pretrained import Model, Trace, model_of

HEIGHT, LEAST_HEIGHT, MOST_HEIGHT = 900, 200, 10_000
LOOKED_AT = {"query": None, "key": None, "stage": "softmax", "view": "matrix", "s": ""}
MEGABYTE = 2**20
MOST_MB = 512


@dataclass(frozen=True)
class Shown:
    """A picture: a notebook draws it, and `save` makes a file of it that any browser opens without a server."""

    html: str
    title: str
    height: int

    def _repr_html_(self) -> str:
        return framed(self.html, self.height, self.title)

    def save(self, path: str | Path) -> Path:
        """Write the file; another of that name is replaced."""
        file = Path(path)
        file.write_text(self.html, encoding="utf-8")
        return file


def show(
    model: Any,
    tokenizer: Any = None,
    text: str = "",
    *,
    example: int = 0,
    drawn: str = "",
    layer: int = 0,
    head: int = 0,
    overview: bool = True,
    every_layer: bool = False,
    theme: Theme = "auto",
    height: int = HEIGHT,
    most_mb: int = MOST_BYTES // MEGABYTE,
) -> Shown:
    """One layer of a model on a text, every number of it: hover, pin, play, views, without a server.

    Args:
        model: of transformers (BERT, RoBERTa, DistilBERT, GPT-2, Llama, Qwen2), or one that `open_model` gave; or the
            name of a snapshot in the run store as the explorer's link has it, "<run>:<contender>:<step>". Its page is
            the one that the explorer hands out: `overview`, `every_layer` and `most_mb` say nothing.
        tokenizer: the model's fast tokenizer; None beside one of ours.
        text: what is read; beyond the model's limit, or `MAX_TOKENS` tokens, it is cut, and the page says so.
        example: which held-out example is read, from 0, by a snapshot that reads pictures or numbers; it needs no text.
        drawn: what was changed by hand of that example, as the explorer's link has it.
        layer: which one is shown first, from 0.
        head: of it, from 0.
        overview: whether all heads of all layers stand above; those whose numbers are in the page open at a click.
        every_layer: whether the numbers of all layers are in the page, as far as they fit, or of one alone.
        theme: "light", "dark", or "auto" as the reader's system.
        height: of the frame in a notebook, in pixels.
        most_mb: MB of numbers in the page. Heads beyond are left out, the page says which are there; a head that does
            not fit alone is drawn without the numbers of its largest matrices.

    Raises:
        SpecError: as `attnlab.pretrained.model_of` and `Model.trace`, of a snapshot as `layer_named`; or an argument
            out of bounds.
    """
    check_choice("theme", theme, THEMES)
    check_number("height", height, LEAST_HEIGHT, MOST_HEIGHT)
    if isinstance(model, str):
        found = layer_named(model, said(text), example=example, drawn=drawn, layer=layer, head=head)
        return Shown(taken_along(found, theme), f"{model}: {read_said(found) or text:.60}", height)
    return _of_a_text(model_of(model, tokenizer), text, layer, head, overview, every_layer, theme, height, most_mb)


def _of_a_text(
    opened: Model,
    text: str,
    layer: int,
    head: int,
    overview: bool,
    every_layer: bool,
    theme: Theme,
    height: int,
    most_mb: int,
) -> Shown:
    """A model that reads a text; arguments as of `show`."""
    check_number("layer", layer, 0, opened.sizes.num_layers - 1)
    check_number("head", head, 0, opened.sizes.num_heads - 1)
    check_flag("overview", overview)
    check_flag("every_layer", every_layer)
    check_number("most_mb", most_mb, 1, MOST_MB)
    within = replace(opened.reader, longest=min(opened.reader.longest, MAX_TOKENS))
    ran = replace(opened, reader=within).trace(said(text))
    others = [number for number in range(opened.sizes.num_layers) if every_layer and number != layer]
    drawn = [Drawn(trace(ran.spec, ran.layer(number)), layer=number) for number in (layer, *others)]
    told = Told(text, opened.name, opened.sizes.num_layers, ran.cut)
    found = _measured(ran) if overview else None
    html = document(drawn, {**LOOKED_AT, "head": head}, told, found, theme, most_mb * MEGABYTE)
    return Shown(html, f"{opened.name}: {text:.60}", height)


def _measured(ran: Trace) -> Overview:
    tokens = tuple(token.label for token in ran.tokens)
    added = tuple(place for place, token in enumerate(ran.tokens) if token.special)
    return measured(ran.attentions, tokens, added, causal=ran.spec.mask == "causal")
