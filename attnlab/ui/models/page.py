"""The models page: a pretrained model on any sentence, all its layers and heads, and the chosen head on the stage."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.looks.layers import Asked, asked, drawable
from attnlab.looks.overview import EveryLayer, every_layer
from attnlab.looks.overview import overview as measured
from attnlab.pictures.overview import Told, any_meant, models_overview
from attnlab.pictures.stage import stage_picture
from attnlab.pretrained import readers
from attnlab.prose import address, page_prose
from attnlab.settings.lab.models import KINDS, OPENS_ON, Models, layer_settings
from attnlab.settings.writing import OF_PIECES
from attnlab.ui.canvases.canvas import overview, stage
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.layer_notes import left_out, model_notes, text_notes
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import say_refused
from attnlab.ui.kit.session import values_now
from attnlab.ui.models.ablation import ablated_view
from attnlab.ui.models.controls import (
    OVERVIEW_KEY,
    PICTURE,
    STAGE_KEY,
    heads_controls,
    take_layer_and_head,
    take_selection,
    text_controls,
)
from attnlab.ui.models.interventions import followed_view, patched_view
from attnlab.ui.models.says import says_view, sentences_view
from attnlab.ui.models.taking import taking_view
from attnlab.ui.models.writing import writing_view

OF_MODELS = "models"
"""What the stage asks for ahead of a run, since the page's link is not the explorer's."""


def models_page() -> None:
    """Which model reads what, and what follows."""
    words, models = page_prose("models"), readers()
    if not models:
        st.info(words["page"]["none_installed"])
        return
    with st.container(gap="xsmall"):
        st.caption(words["page"]["intro"])
        text_controls(words, models)
        _picture()


@st.fragment(key=PICTURE)
def _picture() -> None:
    """All layers and heads, the chosen head on the stage, and what else can be asked of the model."""
    words, values = page_prose("models"), values_now(KINDS)
    with said("models"):
        own = dict.fromkeys(("s", "elsewhere"), page_prose("attention")["page"]["edits_refused"])
        asked = {**KINDS, **OF_PIECES}
        say_refused("models", asked, values_now(asked), words["page"]["link_refused"], own)
        wanted = _asked(values, words)
    settings, every = Models.of(values), every_layer(wanted)
    pair = every is not None and bool(every.of_second)
    with st.container(horizontal=True, gap="small", key="models_heads"):
        with st.container(width=160, gap="xsmall"):
            heads_controls(words, pair=pair, edited=every is not None and bool(every.edited))
            told = _told(every, words["heads"])
        with st.container(width="stretch", gap="xsmall"):
            overview(models_overview(wanted, settings, told), key=OVERVIEW_KEY, on_selection_change=take_layer_and_head)
            if every is not None and not any_meant(every, settings):
                st.caption(words["heads"]["none"])
    stage(stage_picture(wanted, OF_MODELS), key=STAGE_KEY, on_selection_change=take_selection)
    further = page_prose("interventions")
    followed_view(wanted, further, words)
    patched_view(wanted, settings, further, words)
    ablated_view(wanted, settings, further, words)
    says_view(wanted, page_prose("says"))
    sentences_view(wanted.settings.model, page_prose("says"))
    writing_view(wanted, PICTURE)
    taking_view(wanted, words["taking"], page_prose("attention")["page"])
    if pair:  # the explorer reads one sentence
        return
    link = address("", layer_settings(values).told())
    # No st.page_link: on the way Streamlit drops parameters that both pages bind.
    st.link_button(words["page"]["open_explorer"], link, icon=":material/grid_view:", type="tertiary")


def _told(every: EveryLayer | None, said: Mapping[str, str]) -> Told:
    """What the reader wants of the pictures, asked where it makes a difference."""
    if every is None:
        return Told()
    bare = bool(left_out(every, page_prose("attention")["overview"]))
    joined = bool(every.words) and st.toggle(said["joined"], help=said["joined_help"], key="joined_words")
    return Told(bare, joined)


def _drawable(wanted: Asked) -> Asked:
    """The same, once the layer and all heads have been computed. Raises as `drawable` and `overview`."""
    every = every_layer(drawable(wanted))
    if every is not None:
        measured(every)
    return wanted


def _asked(values: Mapping[str, Any], words: Mapping[str, Any]) -> Asked:
    """What the settings ask for; if that cannot be read, it is said and the last picture stays."""
    explorer, settings = page_prose("attention"), layer_settings(values)
    wanted, error = drawn(
        OF_MODELS,
        lambda: asked(settings, values["m_second"]),
        _drawable,
        lambda: asked(layer_settings(_opening())),
    )
    labels = control_labels(KINDS, words["controls"])
    if error is None or not say_refusal(error, explorer["page"]["refused"], labels):
        for note in (*model_notes(wanted, wanted.settings, explorer["page"])[1:], *_text_notes(wanted, explorer)):
            st.caption(note)
    return wanted


def _text_notes(wanted: Asked, explorer: Mapping[str, Any]) -> list[str]:
    return text_notes(wanted.text, wanted.trace(), explorer["page"])


def _opening() -> dict[str, Any]:
    """The page as it opens; where its model is not installed, with another one."""
    models = readers()
    opens_on = OPENS_ON if OPENS_ON in models else min(models)
    return {name: kind.default for name, kind in KINDS.items()} | {"m_model": opens_on}
