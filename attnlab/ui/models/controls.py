"""The widgets of the models page: which model reads what, and where in it one looks."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.engine.spec import MAX_TOKENS
from attnlab.settings.lab.models import KINDS, Models
from attnlab.ui.kit import session
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import rerun

STAGE_KEY, OVERVIEW_KEY = "stage_canvas", "overview_canvas"
PICTURE = "models_picture"
"""The page's fragment: all that follows from what is read."""


def text_controls(words: Mapping[str, Any], models: Sequence[str]) -> None:
    """Draw the model's name and the sentence.

    Args:
        words: the page's prose.
        models: the installed ones, by name.
    """
    refused_in_link("models", KINDS)
    draw = Drawing(KINDS, words, on_change=rerun, args=(PICTURE,), shared=Models.link_prefix)
    page = words["page"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        draw.row("m_model", key="which_model", offered={"m_model": models}, bare=("m_model",))
        place = page["sentence_help"].format(limit=MAX_TOKENS)
        draw.sentence("sentence", page["sentence"], placeholder=place, label_visibility="collapsed")
        second = words["controls"]["second"]["label"]
        draw.sentence("m_second", second, placeholder=second, label_visibility="collapsed", width=260)


def heads_controls(words: Mapping[str, Any], *, pair: bool, edited: bool) -> None:
    """What heads are measured by, and which are shown in which order. They stand in the picture's fragment."""
    draw = Drawing(KINDS, words, shared=Models.link_prefix)
    between = ("m_between",) if pair else ()
    edits = ("m_edits",) if edited else ()
    draw.row("m_measure", "m_order", "m_only", *between, *edits, key="which_heads", top=True)


def patching_controls(words: Mapping[str, Any], outcomes: Sequence[str]) -> None:
    """The other sentence, and what is compared. They stand in the picture's fragment."""
    draw = Drawing(KINDS, words, on_change=rerun, args=(PICTURE,), shared=Models.link_prefix)
    label = words["controls"]["other"]
    draw.sentence("m_other", label["label"], help=label["help"])
    draw.row("m_outcome", key="patched_outcome", offered={"m_outcome": outcomes})


def ablation_controls(words: Mapping[str, Any], outcomes: Sequence[str]) -> None:
    """What is looked at, and what a head writes. They stand in the picture's fragment."""
    draw = Drawing(KINDS, words, shared=Models.link_prefix)
    draw.row("m_outcome", "m_instead", key="ablated_outcome", offered={"m_outcome": outcomes})


def take_selection() -> None:
    """What the user chose on the stage becomes the value of its settings, and so part of the link."""
    session.take_cell(STAGE_KEY, KINDS)
    rerun(PICTURE)


def take_layer_and_head() -> None:
    """What the user chose among all layers and heads becomes the value of its settings."""
    session.take_layer_and_head(OVERVIEW_KEY, KINDS)
    rerun(PICTURE)
