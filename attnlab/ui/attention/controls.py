"""The widgets of the attention page. Each is written once, with its setting's name as key and as parameter of the link.

A change of a control reruns the picture and nothing else. The controls of the first screen stand in its fragment; the
others stand in the main script, and their callbacks name the fragment to run. So a change sends few widgets anew, and
the quickest way, a run without a callback that redirects it, belongs to the controls that are used most.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from attnlab.engine import TRAINED, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.named import model_named
from attnlab.settings.attention import HEADS, Explorer
from attnlab.training.shipped import TrainedModel
from attnlab.ui.kit.controls import Drawing, section
from attnlab.ui.kit.explorer import explorer_drawing
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import counted, picked, rerun, take, value_now

STAGE_KEY = "stage_canvas"

# The fragments of the page: what is drawn from the settings, and the widgets that follow what is done on the picture.
PICTURE, FOLLOWERS = "picture", "followers"


def text_controls(words: Mapping[str, Any]) -> None:
    """Draw the sentence, the examples and the drawer with all that is not on the first screen."""
    refused_in_link("attention", Explorer.kinds())
    _open_with_example()
    draw, page = explorer_drawing(words, on_change=rerun, args=(PICTURE,)), words["page"]
    with st.container(horizontal=True, gap="small"):
        place = page["sentence_help"].format(limit=MAX_TOKENS)
        draw.sentence("sentence", page["sentence"], placeholder=place, label_visibility="collapsed")
        st.menu_button(page["examples"], _examples(words), key="example", on_click=_take_example)
        drawer = st.popover(page["more"], icon=":material/tune:")
    with drawer:
        _drawer(words["sections"], draw)


def model_controls(words: Mapping[str, Any]) -> None:
    """Draw the few controls of the first screen. They stand in the picture's fragment and rerun it by themselves."""
    draw = explorer_drawing(words)
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        draw.choice("heads")
        draw.choice("d_model")
        for name in ("positions", "mask", "score", "normalizer"):
            draw.pick(name)
        with st.container(width=170):
            draw.drag("temperature", PICTURE, FOLLOWERS)


def take_selection() -> None:
    """What the user chose on the stage becomes the value of its controls, and so part of the link."""
    if sent := picked(STAGE_KEY):
        places = {name: 0 if sent.get(name) is None else counted(sent[name]) for name in ("query", "key")}
        chosen = {name: sent.get(name) for name in ("stage", "view", "s")}
        take(Explorer.kinds(), {"head": counted(sent.get("head")), **places, **chosen})
    rerun(PICTURE, FOLLOWERS)


def _drawer(sections: Mapping[str, str], draw: Drawing) -> None:
    with section(sections["text"]):
        draw.choice("tokenizer")
    with section(sections["model"]):
        source = explorer_drawing(draw.words, on_change=_take_source)
        source.choice("source")
        source.line("model")
        draw.number("layer")
        draw.number("seed")
        draw.choice("kv_heads", ("all", *map(str, HEADS)))
        draw.number("d_k")
        draw.number("d_v")
    with section(sections["attention"]):
        for name in ("softcap", "sink", "dropout", "qk_norm"):
            draw.setting(name)
    with section(sections["mask"]):
        draw.pick("second_mask")
        draw.choice("combine")
        for name in ("window", "dilation", "block", "global_tokens", "random_blocks", "prefix", "padding", "pad_left"):
            draw.setting(name)
    with section(sections["machine"]):
        draw.choice("dtype")
        draw.choice("device")
    with section(sections["looked_at"]):
        _followers(draw)


@st.fragment(key=FOLLOWERS)
def _followers(draw: Drawing) -> None:
    """The controls that the picture and the slider set."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name in ("temperature", "head", "query", "key", "stage", "view", "s"):
            draw.setting(name)


def _take_example() -> None:
    st.session_state["sentence"] = st.session_state["example"]


def _take_source() -> None:
    """A trained model has words of its own: a sentence of which it knows none gives way to its example.

    The whole page runs: controls of the drawer and the sentence change with the source.
    """
    if value_now(Explorer.kinds(), "source") == TRAINED:
        with suppress(SpecError):  # the picture says why
            known = model_named(value_now(Explorer.kinds(), "model"))
            if not known.vocabulary.encode(st.session_state["sentence"], 1).ids:
                st.session_state.update(_example_of(known))


def _open_with_example() -> None:
    """A link to trained weights that says no sentence becomes one to the model's example."""
    if (
        "sentence" in st.session_state
        or "sentence" in st.query_params
        or value_now(Explorer.kinds(), "source") != TRAINED
    ):
        return
    try:
        example = _example_of(model_named(value_now(Explorer.kinds(), "model")))
    except SpecError:  # the picture says why
        return
    st.query_params.from_dict(example | {name: st.query_params.get_all(name) for name in st.query_params})
    st.rerun()


def _example_of(known: TrainedModel) -> dict[str, Any]:
    """The settings that show a model's example, and what is worth a look in it."""
    return {"sentence": known.example} | dict(zip(("query", "key"), known.cell or (), strict=False))


def _examples(words: Mapping[str, Any]) -> list[str]:
    """The sentences on offer: the page's own, or one in the words of the model."""
    if value_now(Explorer.kinds(), "source") == TRAINED:
        with suppress(SpecError):
            return [model_named(value_now(Explorer.kinds(), "model")).example]
    return list(words["examples"])
