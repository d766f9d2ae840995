"""The widgets of the attention page. Each is written once, with its setting's name as key and as parameter of the link.

A change of a control reruns the picture and nothing else. The controls of the first screen stand in its fragment; the
others stand in the main script, and their callbacks name the fragments to run: the picture's, and their own. So a
change sends few widgets anew, and the quickest way, a run without a callback that redirects it, belongs to the controls
that are used most.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from attnlab.engine import TRAINED, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.layers import is_pretrained
from attnlab.looks.trained.named import model_named
from attnlab.pretrained import readers
from attnlab.settings.attention import HEADS, SHIPPED, Explorer
from attnlab.training.shipped import TrainedModel
from attnlab.ui.attention.chosen import chosen, chosen_drawing, chosen_notice, is_shown
from attnlab.ui.kit import session
from attnlab.ui.kit.explorer import explorer_drawing
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import rerun, set_values, value_now

STAGE_KEY, OVERVIEW_KEY = "stage_canvas", "overview_canvas"

# The fragments of the page: what is drawn from the settings, the drawer, and the widgets in it that follow what is done
# on the picture.
PICTURE, DRAWN, FOLLOWERS = "picture", "drawer", "followers"
DRAWER = {
    "text": ("tokenizer",),
    "model": ("source", "model", "layer", "seed", "kv_heads", "d_k", "d_v"),
    "attention": ("softcap", "sink", "dropout", "qk_norm"),
    "mask": (
        "second_mask",
        "combine",
        "window",
        "dilation",
        "block",
        "global_tokens",
        "random_blocks",
        "prefix",
        "padding",
        "pad_left",
    ),
    "machine": ("dtype", "device"),
}
"""The settings of the drawer by section."""
LOOKED_AT = ("temperature", "head", "query", "key", "stage", "view", "s", "elsewhere")
"""Those of its last section, which the picture and the slider set too."""


def text_controls(words: Mapping[str, Any]) -> None:
    """Draw the sentence, the examples and the drawer with all that is not on the first screen."""
    refused_in_link("attention", Explorer.kinds())
    _open_with_example()
    chosen_notice()
    draw, page = chosen_drawing(words, on_change=rerun, args=(PICTURE,)), words["page"]
    with st.container(horizontal=True, gap="small"):
        if is_shown("sentence"):
            place = page["sentence_help"].format(limit=MAX_TOKENS)
            draw.sentence("sentence", page["sentence"], placeholder=place, label_visibility="collapsed")
            locked = "sentence" in chosen().lock
            st.menu_button(page["examples"], _examples(words), key="example", on_click=_take_example, disabled=locked)
        if not is_shown("more"):
            return
        drawer = st.popover(page["more"], icon=":material/tune:", disabled="more" in chosen().lock)
    with drawer:
        _drawer(words)
        _followers(words)


def model_controls(words: Mapping[str, Any]) -> None:
    """Draw the few controls of the first screen. They stand in the picture's fragment and rerun it by themselves."""
    draw, names = chosen_drawing(words), ("heads", "d_model", "positions", "mask", "score", "normalizer")
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        draw.row(*names, key="first_screen", few=("heads", "d_model"), top=True)
        if is_shown("temperature"):
            with st.container(width=150):
                draw.drag("temperature", PICTURE, FOLLOWERS)


def take_selection() -> None:
    """What the user chose on the stage becomes the value of its controls, and so part of the link."""
    session.take_cell(STAGE_KEY, Explorer.kinds())
    rerun(PICTURE, FOLLOWERS)


def take_layer_and_head() -> None:
    """What the user chose among all layers and heads becomes the value of its controls, as on the stage."""
    session.take_layer_and_head(OVERVIEW_KEY, Explorer.kinds())
    rerun(PICTURE, DRAWN, FOLLOWERS)


@st.fragment(key=DRAWN)
def _drawer(words: Mapping[str, Any]) -> None:
    """What is not on the first screen and nothing but its own controls sets."""
    draw, sections = explorer_drawing(words, on_change=rerun, args=(PICTURE, DRAWN)), words["sections"]
    few = ("tokenizer", "source", "kv_heads", "combine", "dtype", "device")
    of_source = {"source": _take_source, "model": _take_source}
    choices = {"kv_heads": ("all", *map(str, HEADS)), "model": (SHIPPED, *readers())}
    for section, names in DRAWER.items():
        draw.row(*names, key=f"drawer_{section}", few=few, offered=choices, title=sections[section], instead=of_source)


@st.fragment(key=FOLLOWERS)
def _followers(words: Mapping[str, Any]) -> None:
    draw = explorer_drawing(words, on_change=rerun, args=(PICTURE, FOLLOWERS))
    draw.row(*LOOKED_AT, key="drawer_looked_at", title=words["sections"]["looked_at"])


def _take_example() -> None:
    st.session_state["sentence"] = st.session_state["example"]


def _take_source() -> None:
    """A trained model has words of its own: a sentence of which it knows none gives way to its example.

    The whole page runs: controls of the drawer and the sentence change with the source.
    """
    with suppress(SpecError):  # the picture says why
        known = _few_words()
        if known and not known.vocabulary.encode(value_now(Explorer.kinds(), "sentence"), 1).ids:
            set_values(_example_of(known))
    rerun()


def _open_with_example() -> None:
    """A link to trained weights that says no sentence becomes one to the model's example."""
    if "sentence" in st.session_state or "sentence" in st.query_params:
        return
    try:
        known = _few_words()
    except SpecError:  # the picture says why
        return
    if known is None:
        return
    example = _example_of(known)
    st.query_params.from_dict(example | {name: st.query_params.get_all(name) for name in st.query_params})
    st.rerun()


def _example_of(known: TrainedModel) -> dict[str, Any]:
    """The settings that show a model's example, and what is worth a look in it."""
    return {"sentence": known.example} | dict(zip(("query", "key"), known.cell or (), strict=False))


def _examples(words: Mapping[str, Any]) -> list[str]:
    """The sentences on offer: the page's own, or one in the words of the model."""
    with suppress(SpecError):
        if known := _few_words():
            return [known.example]
    return list(words["examples"])


def _few_words() -> TrainedModel | None:
    """The model whose layer is shown, if it knows some words only; None where any sentence can be read.

    Raises:
        SpecError: as `model_named`.
    """
    kinds = Explorer.kinds()
    name = value_now(kinds, "model")
    return None if value_now(kinds, "source") != TRAINED or is_pretrained(name) else model_named(name)
