"""The picture that a layer's model reads, to draw on; the link holds what is drawn."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st

from attnlab.looks.layers import Asked, TrainedLayer
from attnlab.looks.trained.probes import Probe, verdict
from attnlab.looks.trained.reading import Read
from attnlab.prose import page_prose, percent
from attnlab.settings.drawn import told
from attnlab.tasks.pictures import LEVELS, SIDE
from attnlab.training import StoreError, StoreFault
from attnlab.ui.canvases.by_hand.pad import drawn, pad
from attnlab.ui.kit.examples.again import again_button, revision
from attnlab.ui.kit.session import rerun, set_values

PAD_WIDTH, WITH_TOOLS = 212, 330
"""Pixels that a pad needs with its tools below it, and with them beside it."""


def is_drawn_on(wanted: Asked) -> bool:
    """Whether it reads a picture that can be drawn on."""
    return wanted.read is not None and wanted.read.held_out is not None and bool(wanted.read.held_out.ink)


def example_pad(wanted: Asked, name: str, fragments: Sequence[str]) -> None:
    """The picture on a pad, what the model takes it for, and the way back; nothing where no picture is read.

    Args:
        wanted: whose model reads it.
        name: of the parameter that says what is drawn.
        fragments: those that run when it changes.
    """
    read, layer = wanted.read, wanted.layer
    held_out = None if read is None else read.held_out
    if read is None or held_out is None or not held_out.ink or not isinstance(layer, TrainedLayer):
        return
    said, words = page_prose("training")["drawing"], page_prose("attention")["items"]
    rows, cols = read.grid or (SIDE, SIDE)
    pad(
        held_out.ink,
        {**said["tools"], "label": said["label"]},
        patch=(SIDE // rows, SIDE // cols),
        revision=revision(held_out, name),
        key=f"{name}_pad",
        link={"name": name, "over": held_out.number},
        on_cells_change=lambda: _take(name, held_out.number, fragments),
    )
    with suppress(StoreError, StoreFault, OSError):  # a run that is gone: the page says so, and its last picture stays
        st.caption(_taken_for(layer, read, words))
    again_button(words["again"], held_out, name, fragments)


def _taken_for(layer: TrainedLayer, read: Read, words: Mapping[str, str]) -> str:
    """Which digit the model finds most likely, as it was trained."""
    shares = verdict(layer.weights.origin, layer.weights.contender, Probe(read.text.tokens, read.values))
    best = max(shares)
    return words["taken_for"].format(digit=shares.index(best), share=percent(best))


def _take(name: str, number: int, fragments: Sequence[str]) -> None:
    sent = drawn(f"{name}_pad", SIDE * SIDE, LEVELS)
    if sent is not None:
        set_values({name: told(number, sent)})
    rerun(*fragments)
