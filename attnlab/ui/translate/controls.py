"""The widgets of the translate page. Each is written once, with its setting's name as key and in the link."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.models import FamilyName
from attnlab.prose import listed
from attnlab.settings.attention import SHIPPED
from attnlab.settings.links import one_of
from attnlab.settings.translate import Translate
from attnlab.tasks import Translation, readable
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import counted, kept, picked, rerun, set_values, take, values_now

TEXT, PICTURE, FOLLOWERS = "translate_text", "translate_picture", "translate_followers"
SCORES, SMALLER, FORMING = "translate_scores_now", "translate_smaller_now", "translate_forming_now"
"""The fragments of the page: the sentence, what is drawn of it, the widgets that follow the picture, and what is drawn
of many sentences or of many snapshots."""
CANVAS_KEY, TREE_KEY, SLIDER_KEY = "translate_canvas", "translate_tree", "translate_slider"
NUM_EXAMPLES = 6
_DRAGGED = kept("dragged", "snapshot")


def translate_settings() -> Translate:
    """The settings of the page, wherever their widgets stand."""
    return Translate.of(values_now(Translate.kinds()))


def _drawing(words: Mapping[str, Any], on_change: Callable[..., None], *fragments: str) -> Drawing:
    return Drawing(Translate.kinds(), words, on_change, fragments)


# ---- the sentence ----------------------------------------------------------------------------------------------------


def sentence_controls(
    words: Mapping[str, Any], task: Translation, families: Sequence[FamilyName], models: Sequence[str]
) -> None:
    """Who translates, where there are models to choose among; the sentence, examples, beams; a drawer with the rest."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _sentence(words, task, models)
        drawer = st.popover(words["page"]["more"], icon=":material/tune:")
    with drawer:
        _drawer(words, families)
        if translate_settings().model == SHIPPED:
            _known(task, words["sections"])


def _model(words: Mapping[str, Any], models: Sequence[str]) -> None:
    """On a change the whole page runs: what can be said of many sentences is said of our own translators alone."""
    called = {SHIPPED: words["page"]["own_translators"]}
    _drawing(words, _other_model).row(
        "tr_model",
        key="translate_model",
        offered={"tr_model": (SHIPPED, *models)},
        named={"tr_model": lambda name: called.get(name, name)},
    )


def _other_model() -> None:
    """Another model has other heads and hypotheses."""
    set_values({"tr_layer": None, "tr_head": None, "tr_hypothesis": Translate().hypothesis})
    rerun()


@st.fragment(key=TEXT)
def _sentence(words: Mapping[str, Any], task: Translation, models: Sequence[str]) -> None:
    page, draw = words["page"], _drawing(words, _search_anew)
    of_ours = task.pairs is None and translate_settings().model == SHIPPED
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if models:
            _model(words, models)
        draw.sentence("tr_text", page["text" if of_ours else "text_own"])
        st.menu_button(page["examples"], list(examples_of(task)), key="tr_example", on_click=_take_example)
        draw.row("tr_beams", key="beams_row", few=("tr_beams",))


def examples_of(task: Translation) -> tuple[str, ...]:
    """Held-out sentences from a short one to the longest."""
    rows = task.corpus.sides["test"]
    rows = rows[task.corpus.lengths[rows].argsort(stable=True)]
    places = [len(rows) * place // NUM_EXAMPLES - 1 for place in range(1, NUM_EXAMPLES + 1)]
    sentences = [readable(task.corpus.pair(int(rows[max(0, place)])).source) for place in places]
    return tuple(dict.fromkeys(sentences))


def _take_example() -> None:
    set_values({"tr_text": st.session_state["tr_example"]})
    _search_anew()


def _search_anew() -> None:
    """Another search has other hypotheses: the best of them is looked at."""
    set_values({"tr_hypothesis": Translate().hypothesis})
    rerun(TEXT, PICTURE, FOLLOWERS, FORMING)


# ---- the drawer ------------------------------------------------------------------------------------------------------


@st.fragment(key=FOLLOWERS)
def _drawer(words: Mapping[str, Any], families: Sequence[FamilyName]) -> None:
    names = tuple(f"tr_{name}" for name in ("family", "view", "layer", "head", "word", "hypothesis", "step"))
    of_run = {"tr_family": replace(Translate.kinds()["tr_family"], check=one_of(*families), options=tuple(families))}
    draw = Drawing({**Translate.kinds(), **of_run}, words, rerun, (PICTURE, FOLLOWERS, FORMING))
    draw.row("tr_alpha", key="drawer_search", title=words["sections"]["search"], instead={"tr_alpha": _search_anew})
    draw.row(*names, key="drawer_looked_at", few=("tr_view",), title=words["sections"]["looked_at"])


def _known(task: Translation, said: Mapping[str, str]) -> None:
    """The words that a sentence may have."""
    known = [word for word in task.corpus.source_symbols if any(map(str.isalpha, word)) and not word.startswith("<")]
    st.caption(said["known"])
    st.markdown(plain(listed(sorted(known))))


# ---- what the picture sets -------------------------------------------------------------------------------------------


def take_selection() -> None:
    """What was chosen on the picture becomes the value of its controls, and so part of the link."""
    sent = picked(CANVAS_KEY) or {}
    other = sent.get("family") is not None
    places = {f"tr_{name}": counted(sent.get(name)) for name in ("word", "layer", "head")}
    take(Translate.kinds(), {"tr_view": sent.get("view"), "tr_family": sent.get("family"), **places})
    if other:  # whose heads and hypotheses are others
        best = {"tr_layer": None, "tr_head": None, "tr_hypothesis": Translate().hypothesis}
        set_values(best)
    rerun(PICTURE, FOLLOWERS, *([FORMING] if other else []))


def take_hypothesis() -> None:
    """A hypothesis was chosen on the tree."""
    take(Translate.kinds(), {"tr_hypothesis": (picked(TREE_KEY) or {}).get("hypothesis")})
    rerun(PICTURE, FOLLOWERS)


# ---- snapshots -------------------------------------------------------------------------------------------------------


def chosen_step(steps: Sequence[int]) -> int:
    """The snapshot that is looked at: the newest, until somebody moves the scrubber to an earlier one."""
    asked = st.session_state.get(_DRAGGED, st.session_state.get("tr_step"))
    return steps[-1] if asked is None else min(steps, key=lambda step: abs(step - asked))


def scrubber(steps: Sequence[int], label: str) -> None:
    """Moves all translators of a run through their training."""
    if len(steps) > 1:
        live_slider(
            label,
            key=SLIDER_KEY,
            name="snapshot",
            value=chosen_step(steps),
            stops=steps,
            on_value_change=_taken_from(steps),
        )


def newest() -> None:
    """Nobody has moved the scrubber. Only for callbacks."""
    st.session_state.pop(_DRAGGED, None)
    set_values({"tr_step": None})


def _taken_from(steps: Sequence[int]) -> Callable[[], None]:
    """While the slider is dragged the step is the session's alone; on release it goes to the field and the link."""

    def take() -> None:
        sent = slid(SLIDER_KEY)
        if sent is None:
            return
        step = min(steps, key=lambda one: abs(one - sent[0]))
        if not sent[1]:
            st.session_state[_DRAGGED] = step
            rerun(PICTURE)
            return
        st.session_state.pop(_DRAGGED, None)
        set_values({"tr_step": None if step == steps[-1] else step})
        rerun(PICTURE, FOLLOWERS, SCORES, SMALLER)

    return take
