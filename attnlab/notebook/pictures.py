"""Which pictures a page without the app holds: as many heads as fit, and all of the model above them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from attnlab.engine import LayerTrace
from attnlab.looks.layers import Asked
from attnlab.looks.overview import Overview, every_layer, overview
from attnlab.notebook.page import Theme, page
from attnlab.notebook.parts import Parts
from attnlab.pictures.items import items_of, read_said
from attnlab.pictures.overview import overview_payload
from attnlab.pictures.stage import stage_payload
from attnlab.prose import Sentence, counted, listed, name_of, page_prose
from attnlab.text.cleaning import cleaned

MOST_BYTES = 12 * 2**20
"""Of the numbers in one page. A head that does not fit beside others is left out; one that does not fit alone is drawn
without the numbers of its largest matrices."""
LONGEST_TEXT = 120  # characters of what was typed, in a heading


@dataclass(frozen=True, eq=False)
class Drawn:
    """One layer, as the stage draws it."""

    trace: LayerTrace
    before: LayerTrace | None = None  # without edits, if there are any
    params: Mapping[str, Any] | None = None  # of the link
    layer: int = 0  # of the model, from 0
    items: Mapping[str, Any] | None = None  # what `items_told` says of the positions


@dataclass(frozen=True)
class Told:
    """What is said above."""

    text: str
    name: str | None = None  # of the model, if there is one
    num_layers: int = 1
    cut: int = 0  # tokens that are left out


def document(
    layers: Sequence[Drawn],
    selection: Mapping[str, Any],
    told: Told,
    every: Overview | None = None,
    theme: Theme = "auto",
    most: int = MOST_BYTES,
) -> str:
    """The HTML of a page.

    Args:
        layers: those whose heads are in it; the first is shown.
        selection: what is looked at, as in `stage_payload`.
        told: what is said above.
        every: all heads of the model, if they are shown.
        theme: as of `page`.
        most: bytes of numbers.
    """
    parts, chosen = Parts(), {"layer": layers[0].layer, "head": selection["head"]}
    stages = list(_within(parts, layers, selection, most))
    heads = None if every is None else parts.take(overview_payload(every, **chosen))
    words = page_prose("notebook")["page"]
    text = told.text if len(told.text) <= LONGEST_TEXT else f"{told.text[:LONGEST_TEXT]}…"
    number = layers[0].layer + 1
    heading = words["lone" if told.name is None else "layer"]
    named = heading.format(layer=number, layers=told.num_layers, name=name_of("model", told.name or ""), text=text)
    notes = [_held(layers, [(place["layer"], place["head"]) for place in stages], told, words)]
    if "more" in stages[0]["header"]:
        notes.append(words["coloured"])
    if told.cut:
        notes.append(counted(words["cut"], told.cut))
    pictures = {"stages": stages, "overview": heads, "chosen": chosen, "parts": parts.told()}
    return page(words["title"].format(text=text), named, " ".join(notes), pictures, theme)


def taken_along(asked: Asked, theme: Theme = "auto") -> str:
    """The page of what the explorer shows. Raises as `Asked.trace`."""
    every, settings, reading = every_layer(asked), asked.computed_for or asked.settings, asked.reading
    layer = 0 if asked.layer is None else asked.layer.layer
    shown = Drawn(asked.trace(), asked.before(), asked.params, layer, items_of(asked))
    text = read_said(asked) or cleaned(settings.sentence)[0]
    told = Told(text, cut=asked.text.left_out)
    if reading is not None:
        told = replace(told, text=reading.example or text, name=settings.model, num_layers=reading.num_layers)
    return document([shown], asked.selection, told, None if every is None else overview(every), theme)


def _within(parts: Parts, layers: Sequence[Drawn], selection: Mapping[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """The chosen head and all others, until one does not fit."""
    first, head = layers[0], selection["head"]
    others = ((drawn, each) for drawn in layers for each in range(drawn.trace.spec.num_heads))
    for drawn, each in chain([(first, head)], (one for one in others if one != (first, head))):
        message = _message(drawn, {**selection, "head": each}, most)
        if parts.size and parts.size + parts.growth(message) > most:
            return
        yield {"layer": drawn.layer, "head": each, **parts.take(message)}


def _message(drawn: Drawn, selection: Mapping[str, Any], most: int) -> bytes:
    text, words = page_prose("attention")["stage"], page_prose("notebook")["page"]
    alone = {**text, "hints": {**text["hints"], "keys": words["keys"]}}
    params = drawn.params or {}
    return stage_payload(drawn.trace, selection, params, alone, drawn.before, alone=most, items=drawn.items)


def _held(layers: Sequence[Drawn], within: Sequence[tuple[int, int]], told: Told, words: Mapping[str, Sentence]) -> str:
    """Which heads are in the page."""
    first = layers[0]
    shown = sorted(head for layer, head in within if layer == first.layer)
    heads, lone = first.trace.spec.num_heads, "" if told.name is not None else "_lone"
    kind = f"part{lone}" if len(shown) < heads else f"whole{lone}"
    if told.num_layers > 1 and len(within) == told.num_layers * heads:
        kind = "every"
    here = listed(str(head + 1) for head in shown)
    return counted(words[kind], heads, heads=heads, layer=first.layer + 1, here=here)
