"""All layers and heads of a model at a glance; a click on one opens it on the stage."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.looks.layers import Asked
from attnlab.looks.overview import EveryLayer, every_layer
from attnlab.pictures.overview import overview_picture
from attnlab.ui.attention.controls import OVERVIEW_KEY, take_layer_and_head
from attnlab.ui.canvases.canvas import overview
from attnlab.ui.kit.messages import plain


def overview_view(wanted: Asked, words: Mapping[str, Any]) -> None:
    """A drawer with every head, open at first of a pretrained model; nothing of a source that is no model."""
    every = every_layer(wanted)
    if every is None or wanted.layer is None or wanted.reading is None:
        return
    pretrained = wanted.reading.pretrained
    key = "all_pretrained_heads" if pretrained else "all_heads"
    drawer = st.expander(words["title"], expanded=pretrained, key=key, on_change="rerun")
    if not drawer.open:
        return
    with drawer, st.container(gap="xsmall"):
        st.caption(words["line"])
        left_out = _left_out(every, words)
        picture = overview_picture(every, wanted.layer.layer, wanted.selection["head"], left_out)
        overview(picture, key=OVERVIEW_KEY, on_selection_change=take_layer_and_head)


def _left_out(every: EveryLayer, words: Mapping[str, Any]) -> tuple[int, ...]:
    """Places of the tokens that the reader does not want to see, which is asked here."""
    added = every.added
    if not 0 < len(added) < len(every.tokens):
        return ()
    if not st.toggle(words["without_added"], help=words["without_added_help"], key="without_added"):
        return ()
    tokens = dict.fromkeys(every.tokens[place] for place in added)
    st.caption(words["without_added_line"].format(tokens=", ".join(map(plain, tokens))))
    return added
