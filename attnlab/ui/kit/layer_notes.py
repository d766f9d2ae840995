"""What must be said about a layer: what was done to its sentence, and what its model brings with it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import LayerTrace
from attnlab.looks.layers import Asked
from attnlab.looks.overview import EveryLayer
from attnlab.pictures.items import held_out_said
from attnlab.prose import counted, listed, name_of, page_prose
from attnlab.settings import links
from attnlab.settings.attention import Explorer
from attnlab.text import MAX_CHARACTERS, Tokenized
from attnlab.ui.kit.messages import plain

SHOWN_UNKNOWN = 8


def model_notes(wanted: Asked, settings: Explorer, words: Mapping[str, str]) -> list[str]:
    """What a trained model brings with it, and what it does not know.

    Args:
        wanted: what the settings ask for.
        settings: of the page.
        words: the explorer's prose of the page, here and below.
    """
    spec, layer, reading = wanted.spec, wanted.layer, wanted.reading
    if layer is None or reading is None:
        return []
    sizes: dict[str, Any] = {"heads": spec.num_heads, "d_model": spec.d_model}
    sizes |= {name: name_of(name, getattr(spec, name)) for name in ("positions", "mask")}
    notes = [words["trained"].format(layer=layer.layer + 1, layers=reading.num_layers, **sizes)]
    if wanted.read is not None and wanted.read.held_out is not None:
        notes.append(held_out_said(wanted.read.held_out))
    labels = page_prose("attention")["controls"]
    unused = [labels[name]["label"] for name in settings.changed() if settings.kinds()[name].own]
    if unused:
        notes.append(words["trained_unused"].format(names=listed(map(plain, unused))))
    if reading.example is not None:
        notes.append(words["trained_example"].format(example=plain(reading.example)))
    elif reading.unknown:
        named = listed(plain(links.shortened(word)) for word in reading.unknown[:SHOWN_UNKNOWN])
        more = len(reading.unknown) - SHOWN_UNKNOWN
        if more > 0:
            named = words["trained_unknown_more"].format(words=named, count=more)
        notes.append(words["pretrained_unknown" if reading.pretrained else "trained_unknown"].format(words=named))
    return notes


def text_notes(text: Tokenized, trace: LayerTrace, words: Mapping[str, str]) -> list[str]:
    """What was done to the sentence and what the mask left without keys."""
    notes = []
    shown = len(trace.spec.tokens)
    if text.unread:
        notes.append(words["characters_cut"].format(limit=MAX_CHARACTERS))
    if text.total > shown:
        notes.append(words["tokens_cut"].format(shown=shown, total=text.total))
    if text.dropped:
        notes.append(counted(words["cleaned"], text.dropped))
    waiting = len(trace.spec.edits) - len(trace.spec.applied)
    if waiting:
        notes.append(counted(words["edits_waiting"], waiting))
    mask = trace.layer.heads.mask
    blind = 0 if mask is None else int((~mask.any(-1)).sum())
    if blind:
        notes.append(counted(words["blind_rows"], blind, total=trace.spec.seq_len))
    return notes


def left_out(every: EveryLayer, words: Mapping[str, Any]) -> tuple[int, ...]:
    """Places of the tokens that the reader does not want to see, which is asked here.

    Args:
        every: the model and what it reads.
        words: the prose of the overview.
    """
    added = every.added
    if not 0 < len(added) < len(every.tokens):
        return ()
    if not st.toggle(words["without_added"], help=words["without_added_help"], key="without_added"):
        return ()
    tokens = dict.fromkeys(every.tokens[place] for place in added)
    st.caption(words["without_added_line"].format(tokens=listed(map(plain, tokens))))
    return added
