"""The widgets of the blocks page. Each is written once, with its setting's name as key and as parameter of the link.

As on the explorer, those that are used most stand in the fragment of the picture; the others stand in the main script
and name the fragments to run.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine.stack import MAX_STACK_TOKENS
from attnlab.looks.stacks import own_settings
from attnlab.pretrained import readers
from attnlab.settings.lab.blocks import PRETRAINED, TRAINED, Blocks, reads_target
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import kept, rerun, set_values, take_part, values_now

TEXTS, PICTURE, FOLLOWERS = "stack_texts", "stack_picture", "stack_followers"
"""The fragments of the page: the texts, what is drawn from the settings, and the widgets that follow the picture."""
CANVAS_KEY = "blocks_canvas"
DRAWER = {
    "model": ("model", "heads", "kv_heads", "d_model", "ff_width", "positions", "seed"),
    "block": ("norm", "residual", "feed_forward", "dropout"),
    "looked_at": ("open", "source_token", "target_token", "head", "cell"),
}
"""The settings of the drawer by section."""
_KEPT_TARGET = kept("blocks", "target")


def blocks_settings() -> Blocks:
    """The settings of the page, wherever their widgets stand."""
    return Blocks.of(values_now(Blocks.kinds()))


def _drawing(words: Mapping[str, Any], **acts: Any) -> Drawing:
    kinds, settings = Blocks.kinds(), blocks_settings()
    if settings.source not in {TRAINED, PRETRAINED}:
        return Drawing(kinds, words, off=("stack_model",), **acts)
    off = [name for name, kind in kinds.items() if kind.own or (name == "stack_model" and settings.source == TRAINED)]
    return Drawing(kinds, words, off=off, own=own_settings(settings), **acts)


def drawer(words: Mapping[str, Any]) -> None:
    """All that is not on the first screen."""
    with st.popover(words["page"]["more"], icon=":material/tune:"):
        _drawer(words)


@st.fragment(key=FOLLOWERS)
def _drawer(words: Mapping[str, Any]) -> None:
    draw = _drawing(words, on_change=rerun, args=(PICTURE, FOLLOWERS))
    for section, names in DRAWER.items():
        settings = [f"stack_{name}" for name in names]
        row = {"key": f"drawer_{section}", "title": words["sections"][section]}
        draw.row(*settings, **row, few=("stack_norm",), offered={"stack_model": readers()})


@st.fragment(key=TEXTS)
def texts(words: Mapping[str, Any]) -> None:
    """The text, and beside it the target's where a decoder reads one of its own."""
    draw, page = _drawing(words, on_change=rerun, args=(PICTURE,)), words["page"]
    place = page["text_help"].format(limit=MAX_STACK_TOKENS)
    if not reads_target(blocks_settings()):
        draw.sentence("stack_text", page["text_alone"], placeholder=place)
        return
    source, target = st.columns(2, gap="small")
    with source:
        draw.sentence("stack_text", page["text"], placeholder=place)
    with target:
        draw.sentence("stack_target", page["target"], placeholder=place)
    st.session_state[_KEPT_TARGET] = st.session_state["stack_target"]


def first_screen(words: Mapping[str, Any]) -> None:
    """The few controls that are in sight."""
    names = tuple(f"stack_{name}" for name in ("source", "architecture", "depth", "placement", "activation"))
    of_texts = dict.fromkeys(("stack_source", "stack_architecture"), _take_architecture)
    _drawing(words).row(*names, key="first_screen", few=names, top=True, instead=of_texts)


def _take_architecture() -> None:
    """The target's field comes and goes; what was typed into it stays, and the link says it again."""
    if reads_target(blocks_settings()) and _KEPT_TARGET in st.session_state:
        set_values({"stack_target": st.session_state[_KEPT_TARGET]})
    rerun(TEXTS, PICTURE, FOLLOWERS)


def take_selection() -> None:
    """What was chosen on the picture becomes the value of its controls, and so part of the link."""
    take_part(CANVAS_KEY)
    rerun(PICTURE, FOLLOWERS)


# ---- the controls of the next token ----------------------------------------------------------------------------------


def sampling_controls(words: Mapping[str, Any]) -> None:
    """Temperature, top-k and top-p, in the words of writing on, which asks the same."""
    draw = _drawing(words, shared=Blocks.link_prefix)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        with st.container(width=220):
            draw.drag("stack_temperature")
        draw.row("stack_top_k", "stack_top_p", key="sampling_row")


def generated_slider(words: Mapping[str, Any], most: int) -> int:
    """How far generation has come, within a text of so many tokens."""
    name = "stack_generated"
    if most == 1:  # a slider needs two ends
        return 1
    if st.session_state.get(name, 1) > most:
        st.session_state[name] = most
    told, opening = words["controls"][name], min(Blocks().generated, most)
    return int(st.slider(told["label"], 1, most, opening, key=name, bind="query-params", help=told["help"], width=420))
