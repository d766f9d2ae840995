"""The blocks page: the texts, and one fragment with the stack they go through."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.engine import describe_device
from attnlab.looks.pretrained.stacks import model_text
from attnlab.looks.stacks import AskedStack, TwoTexts, asked_stack, two_texts
from attnlab.pictures.stacks.blocks import blocks_selection, stack_picture
from attnlab.prose import counted, listed, name_of, page_prose, with_addresses
from attnlab.settings import links
from attnlab.settings.lab.blocks import PRETRAINED, TRAINED, Blocks, stack_texts
from attnlab.text import MAX_CHARACTERS
from attnlab.ui.blocks.controls import (
    CANVAS_KEY,
    PICTURE,
    blocks_settings,
    drawer,
    first_screen,
    take_selection,
    texts,
)
from attnlab.ui.blocks.kv_cache import kv_cache_view
from attnlab.ui.blocks.next_token import next_token_view
from attnlab.ui.blocks.where import where_view
from attnlab.ui.canvases.canvas import stack
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.messages import plain, said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import refused_in_link, say_refused


def blocks_page() -> None:
    """The texts, and the picture of what becomes of them."""
    words = page_prose("blocks")
    refused_in_link("blocks", Blocks.kinds())
    st.caption(words["page"]["intro"])
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            texts(words)
            drawer(words)
        _picture()


@st.fragment(key=PICTURE)
def _picture() -> None:
    """The controls of the first screen, what must be said, the stack, and the drawers below it."""
    words = page_prose("blocks")
    first_screen(words)
    settings = blocks_settings()
    with said("blocks"):
        say_refused("blocks", settings.kinds(), settings.values(), words["page"]["link_refused"])
        wanted = _asked(settings, words)
    trace = wanted.trace()
    tokens = blocks_selection(settings, trace)["tokens"]
    stack(stack_picture(wanted), key=CANVAS_KEY, on_selection_change=take_selection)
    if bool(trace.logits.isfinite().all()):
        where_view(trace, tokens, words)
        if trace.inputs.vocabulary:
            next_token_view(trace, tokens, words)
    else:
        st.warning(words["page"]["overflow"])
    kv_cache_view(trace, words)
    told = {"device": describe_device(trace.device), "dtype": str(trace.logits.dtype).removeprefix("torch.")}
    st.caption(words["page"]["computed"].format(elapsed=f"{trace.elapsed_ms:.1f}", **told))


def _asked(settings: Blocks, words: Mapping[str, Any]) -> AskedStack:
    """What the settings ask for; if they do not fit together, that is said and the last picture stays."""
    wanted, error = drawn("blocks", lambda: settings, _drawable, Blocks)
    page = words["page"]
    labels = {"stack_text": page["text"], "stack_target": page["target"]}
    labels |= control_labels(settings.kinds(), words["controls"])
    if error is None or not say_refusal(error, page["refused"], labels):
        for note in _notes(wanted.settings, page):
            st.caption(note)
    return replace(wanted, settings=settings)  # of the last good picture another part can still be opened


def _drawable(settings: Blocks) -> AskedStack:
    """What the settings ask for, traced already. Raises as both."""
    wanted = asked_stack(settings)
    wanted.trace()
    return wanted


def _notes(settings: Blocks, words: Mapping[str, str]) -> list[str]:
    """What was done to the texts, and with a trained source where the rest of it is to be seen."""
    if settings.source == TRAINED:
        return [with_addresses(words["trained"]), *_notes_of_the_trained(two_texts(settings), words)]
    if settings.source == PRETRAINED:
        return _notes_of_the_model(settings, words)
    notes = []
    for name, text in stack_texts(settings).items():
        if text.unread:
            notes.append(words["characters_cut"].format(limit=MAX_CHARACTERS))
        if text.left_out:
            began = plain(links.shortened(settings.values()[name]))
            notes.append(words["tokens_cut"].format(shown=len(text.tokens), total=text.total, text=began))
        if text.dropped:
            notes.append(counted(words["cleaned"], text.dropped))
    return notes


def _notes_of_the_model(settings: Blocks, words: Mapping[str, str]) -> list[str]:
    text = model_text(settings)
    notes = [with_addresses(words["pretrained"].format(model=plain(name_of("model", settings.model))))]
    if text.unknown:
        notes.append(words["unknown"].format(words=listed(plain(links.shortened(word)) for word in text.unknown)))
    if text.read.cut:
        shown = len(text.read.tokens)
        began = plain(links.shortened(settings.text))
        notes.append(words["tokens_cut"].format(shown=shown, total=shown + text.read.cut, text=began))
    return notes


def _notes_of_the_trained(read: TwoTexts, words: Mapping[str, str]) -> list[str]:
    notes = []
    if read.unknown:
        notes.append(words["unknown"].format(words=listed(plain(links.shortened(word)) for word in read.unknown)))
    if cut := read.source.cut + read.target.cut:
        notes.append(counted(words["words_cut"], cut))
    return notes
