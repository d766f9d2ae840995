"""The widgets of the attention page. Each is written once, with its setting's name as key and as parameter of the link.

A change of a control reruns the picture and nothing else. The settings that are used most stand in its fragment, in a
bar that is closed at first and says in one line what is set: a closed bar holds no widget, so that the page opens with
few. The others stand in the main script, and their callbacks name the fragments to run: the picture's, and their own.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from attnlab.engine import TRAINED, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.looks.layers import is_pretrained, reads_examples
from attnlab.looks.trained.named import model_named
from attnlab.pretrained import readers
from attnlab.settings.attention import HEADS, SHIPPED, Explorer
from attnlab.training.shipped import TrainedModel
from attnlab.ui.attention.chosen import chosen, chosen_drawing, chosen_notice, is_shown
from attnlab.ui.kit import session
from attnlab.ui.kit.examples.instead import example_instead, reads_examples_now
from attnlab.ui.kit.explorer import explorer_drawing
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import rerun, set_values, value_now

STAGE_KEY, OVERVIEW_KEY = "stage_canvas", "overview_canvas"

# The fragments of the page: what is drawn from the settings, the drawer, and the widgets in it that follow what is done
# on the picture.
PICTURE, DRAWN, FOLLOWERS = "picture", "drawer", "followers"
DRAWER = {
    "text": ("tokenizer",),
    "model": ("layer", "seed", "kv_heads", "d_k", "d_v"),
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
"""The settings of the drawer by section. Those of a model that reads numbers (`OF_NUMBERS`) stand in sight."""
IN_BAR = ("heads", "d_model", "positions", "mask", "score", "normalizer")
"""The settings of the bar that stand in one row; the temperature is dragged."""
BAR = "settings_bar"
EXAMPLES = "example_sentences"
LOOKED_AT = ("temperature", "head", "query", "key", "stage", "view", "s", "elsewhere")
"""Those of its last section, which the picture and the slider set too."""


def text_controls(words: Mapping[str, Any]) -> None:
    """Draw the sentence, the examples, whose weights they are, and the drawer with all that is used less."""
    refused_in_link("attention", Explorer.kinds())
    _open_with_example()
    chosen_notice(BAR)
    draw, page = chosen_drawing(words, on_change=rerun, args=(PICTURE,)), words["page"]
    with st.container(horizontal=True, gap="small"):
        if reads_examples_now():
            example_instead(draw, words)
        elif is_shown("sentence"):
            place = page["sentence_help"].format(limit=MAX_TOKENS)
            draw.sentence("sentence", page["sentence"], placeholder=place, label_visibility="collapsed")
            locked = "sentence" in chosen().lock
            st.menu_button(page["examples"], _examples(words), key=EXAMPLES, on_click=_take_example, disabled=locked)
        if not is_shown("more"):
            return
        _weights(words)
        drawer = st.popover(page["more"], icon=":material/tune:", disabled="more" in chosen().lock)
    with drawer:
        _drawer(words)
        _followers(words)


def model_controls(words: Mapping[str, Any], notes: Sequence[str]) -> None:
    """Draw the bar of settings: closed, what is set in one line; open, their controls, which rerun the fragment.

    A teacher who has chosen some for a class wants them seen: then it opens with the page.

    Args:
        words: the page's prose.
        notes: what a trained model brings with it, said where it is looked for.
    """
    draw, page = chosen_drawing(words), words["page"]
    names = [name for name in (*IN_BAR, "temperature") if is_shown(name)]
    if not names:
        return
    of_a_model = ("layer",) if value_now(Explorer.kinds(), "source") == TRAINED else ()
    opens = bool(chosen().show or chosen().lock)
    with st.container(key="settings_box"):
        # Under another label it would be another expander, closed and with nothing of the last one: what is set stands
        # over it (`assets/frame/room.css`).
        bar = st.expander(page["bar"], expanded=opens, key=BAR, on_change="rerun")
        with st.container(key="settings_said"):
            st.caption(draw.said(*of_a_model, *names))
    if not bar.open:
        return
    with bar:
        with st.container(horizontal=True, vertical_alignment="top", gap="small"):
            draw.row(*IN_BAR, key="first_screen", few=("heads", "d_model"), top=True)
            if "temperature" in names:
                with st.container(width=190):
                    draw.drag("temperature", PICTURE, FOLLOWERS)
        for note in notes:
            st.caption(note)


def take_selection() -> None:
    """What the user chose on the stage becomes the value of its controls, and so part of the link."""
    session.take_cell(STAGE_KEY, Explorer.kinds())
    rerun(PICTURE, FOLLOWERS)


def take_layer_and_head() -> None:
    """What the user chose among all layers and heads becomes the value of its controls, as on the stage."""
    session.take_layer_and_head(OVERVIEW_KEY, Explorer.kinds())
    rerun(PICTURE, DRAWN, FOLLOWERS)


def _weights(words: Mapping[str, Any]) -> None:
    """Whose weights they are, and of a trained source which model's."""
    draw = explorer_drawing(words, on_change=rerun, args=(PICTURE, DRAWN))
    names = ("source", "model") if value_now(draw.kinds, "source") == TRAINED else ("source",)
    offered = {"source": draw.kinds["source"].options, "model": (SHIPPED, *readers())}
    draw.row(*names, key="weights_of", offered=offered, bare=names, instead=dict.fromkeys(names, _take_source))


@st.fragment(key=DRAWN)
def _drawer(words: Mapping[str, Any]) -> None:
    """What is used less, and nothing but its own controls sets."""
    draw, sections = explorer_drawing(words, on_change=rerun, args=(PICTURE, DRAWN)), words["sections"]
    few, choices = ("tokenizer", "kv_heads", "combine", "dtype", "device"), {"kv_heads": ("all", *map(str, HEADS))}
    for section, names in DRAWER.items():
        draw.row(*names, key=f"drawer_{section}", few=few, offered=choices, title=sections[section])


@st.fragment(key=FOLLOWERS)
def _followers(words: Mapping[str, Any]) -> None:
    draw = explorer_drawing(words, on_change=rerun, args=(PICTURE, FOLLOWERS))
    draw.row(*LOOKED_AT, key="drawer_looked_at", title=words["sections"]["looked_at"])


def _take_example() -> None:
    st.session_state["sentence"] = st.session_state[EXAMPLES]


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
    """The model whose layer is shown, if it knows some words only; None where it reads any sentence, or none.

    Raises:
        SpecError: as `model_named`.
    """
    kinds = Explorer.kinds()
    name = value_now(kinds, "model")
    any_text = value_now(kinds, "source") != TRAINED or is_pretrained(name)
    return None if any_text or reads_examples(name) else model_named(name)
