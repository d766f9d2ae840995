"""All layers and heads of a model at a glance; a click on one opens it on the stage."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.overview import every_layer
from attnlab.pictures.overview import overview_picture
from attnlab.ui.attention.controls import OVERVIEW_KEY, take_layer_and_head
from attnlab.ui.canvases.canvas import overview
from attnlab.ui.kit.layer_notes import left_out
from attnlab.ui.kit.refusals import refusal_sentence


def overview_view(wanted: Asked, words: Mapping[str, Any]) -> None:
    """A drawer with every head; nothing of a source that is no model."""
    every = every_layer(wanted)
    if every is None or wanted.layer is None:
        return
    drawer = st.expander(words["title"], key="all_heads", on_change="rerun")
    if not drawer.open:
        return
    with drawer, st.container(gap="xsmall"):
        st.caption(words["line"])
        try:
            picture = overview_picture(every, wanted.layer.layer, wanted.selection["head"], left_out(every, words))
        except SpecError as error:  # numbers set by hand, in another layer, that are too large
            st.error(refusal_sentence(error, {}))
            return
        overview(picture, key=OVERVIEW_KEY, on_selection_change=take_layer_and_head)
