"""The series that a layer's model reads, as a line to move values of; the link holds what is moved."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from attnlab.looks.layers import Asked, TrainedLayer
from attnlab.looks.trained.probes import Curve, Probe, forecast
from attnlab.looks.trained.reading import HeldOut, Read
from attnlab.prose import page_prose
from attnlab.sequences import two_decimals
from attnlab.settings.drawn.moved import told
from attnlab.training import StoreError, StoreFault
from attnlab.ui.canvases.by_hand.handles import handles, moved
from attnlab.ui.kit.examples.again import again_button, revision
from attnlab.ui.kit.session import rerun, set_values

CURVE_WIDTH = 480
"""Pixels of a line beside another one."""


def is_moved(wanted: Asked) -> bool:
    """Whether it reads a series whose values can be moved."""
    return wanted.read is not None and wanted.read.held_out is not None and wanted.read.held_out.curve is not None


def example_curve(wanted: Asked, name: str, fragments: Sequence[str]) -> None:
    """The series as a line, what the model expects next, and the way back; nothing where no series is read.

    Args:
        wanted: whose model reads it.
        name: of the parameter that says what is moved.
        fragments: those that run when it changes.
    """
    read, layer = wanted.read, wanted.layer
    held_out = None if read is None else read.held_out
    if read is None or held_out is None or held_out.curve is None or not isinstance(layer, TrainedLayer):
        return
    words, curve = page_prose("attention")["items"], held_out.curve
    handles(
        curve,
        {"label": words["curve"], "value": words["level"]},
        revision=f"{wanted.settings.model}:{revision(held_out, name)}",
        key=f"{name}_curve",
        link={"name": name, "over": held_out.number},
        on_moved_change=lambda: _take(name, held_out, curve, fragments),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with suppress(StoreError, StoreFault, OSError):  # a run that is gone: the page says so, its last picture stays
            st.caption(" ".join(_said(wanted, layer, read, curve)), width="content")
        again_button(words["held_out_again"], held_out, name, fragments)


def _said(wanted: Asked, layer: TrainedLayer, read: Read, curve: Curve) -> list[str]:
    """What the model expects next, as it was trained; what a moved value leaves as it was; which one stays."""
    words = page_prose("attention")["items"]
    probe = Probe(read.text.tokens, read.values)
    expected = forecast(layer.weights.origin, layer.weights.contender, probe)
    said = [words["expects"].format(value=two_decimals(expected))]
    if wanted.spec.mask == "causal":
        said.append(words["past"])
    if curve.movable < len(curve.held_out):
        said.append(words["stays"])
    return said


def _take(name: str, held_out: HeldOut, curve: Curve, fragments: Sequence[str]) -> None:
    sent = moved(f"{name}_curve", curve.movable)
    if sent is not None:
        set_values({name: told(held_out.number, sent)})
    rerun(*fragments)
