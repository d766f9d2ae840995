"""The widgets of the translate page. Each is written once, with its setting's name as key and in the link."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.models import FamilyName
from attnlab.models.seq2seq.config import BOUNDS
from attnlab.settings import links
from attnlab.settings.translate import CHECKS, DEFAULTS, LOOKED_AT, MAX_ALPHA, MAX_BEAMS, MAX_WORD, VIEWS
from attnlab.tasks import Translation, readable
from attnlab.training.plan import MAX_STEPS
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import rerun

TEXT, PICTURE, FOLLOWERS = "translate_text", "translate_picture", "translate_followers"
SCORES, FORMING = "translate_scores_now", "translate_forming_now"
"""The fragments of the page: the sentence, what is drawn of it, the widgets that follow the picture, and what is drawn
of many sentences or of many snapshots."""
CANVAS_KEY, TREE_KEY, SLIDER_KEY = "translate_canvas", "translate_tree", "translate_slider"
NUM_EXAMPLES = 6
_DRAGGED = "translate_dragged_step"


def link_refusals() -> dict[str, links.Refusal]:
    """What the opened link asked for and did not get."""
    return refused_in_link("translate", CHECKS)


def translate_values() -> dict[str, Any]:
    """The value of each setting, wherever its widget stands; the default where a field was left empty."""
    values = {name: st.session_state.get(name, default) for name, default in DEFAULTS.items()}
    return {name: DEFAULTS[name] if value is None else value for name, value in values.items()}


# ---- the sentence ----------------------------------------------------------------------------------------------------


def sentence_controls(words: Mapping[str, Any], task: Translation, families: Sequence[FamilyName]) -> None:
    """The sentence, examples, beams, and a drawer with the rest."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _sentence(words, task)
        drawer = st.popover(words["page"]["more"], icon=":material/tune:")
    with drawer:
        _drawer(words, families)


@st.fragment(key=TEXT)
def _sentence(words: Mapping[str, Any], task: Translation) -> None:
    page = words["page"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            page["text" if task.pairs is None else "text_own"],
            value=DEFAULTS["tr_text"],
            key="tr_text",
            bind="query-params",
            live="120ms",
            on_change=_search_anew,
        )
        st.menu_button(page["examples"], list(examples_of(task)), key="tr_example", on_click=_take_example)
        st.segmented_control(
            options=range(1, MAX_BEAMS + 1),
            default=DEFAULTS["tr_beams"],
            required=True,
            on_change=_search_anew,
            **_bound(words, "tr_beams"),
        )


def examples_of(task: Translation) -> tuple[str, ...]:
    """Held-out sentences from a short one to the longest."""
    rows = task.corpus.sides["test"]
    rows = rows[task.corpus.lengths[rows].argsort(stable=True)]
    places = [len(rows) * place // NUM_EXAMPLES - 1 for place in range(1, NUM_EXAMPLES + 1)]
    sentences = [readable(task.corpus.pair(int(rows[max(0, place)])).source) for place in places]
    return tuple(dict.fromkeys(sentences))


def _take_example() -> None:
    st.session_state["tr_text"] = st.session_state["tr_example"]
    _search_anew()


def _search_anew() -> None:
    """Another search has other hypotheses: the best of them is looked at."""
    st.session_state["tr_hypothesis"] = DEFAULTS["tr_hypothesis"]
    rerun(TEXT, PICTURE, FORMING)


# ---- the drawer ------------------------------------------------------------------------------------------------------


def _drawer(words: Mapping[str, Any], families: Sequence[FamilyName]) -> None:
    st.markdown(f"**{words['sections']['search']}**")
    st.number_input(
        min_value=0.0,
        max_value=MAX_ALPHA,
        value=DEFAULTS["tr_alpha"],
        step=0.1,
        width=150,
        on_change=_search_anew,
        **_bound(words, "tr_alpha"),
    )
    st.markdown(f"**{words['sections']['looked_at']}**")
    _followers(words, families)


@st.fragment(key=FOLLOWERS)
def _followers(words: Mapping[str, Any], families: Sequence[FamilyName]) -> None:
    """The controls that the picture sets."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.selectbox(
            options=families,
            index=families.index(DEFAULTS["tr_family"]) if DEFAULTS["tr_family"] in families else 0,
            width=150,
            on_change=rerun,
            args=(PICTURE, FORMING),
            **_bound(words, "tr_family"),
        )
        _choice(words, "tr_view", VIEWS)
        _number(words, "tr_layer", 1, int(BOUNDS["num_layers"][1]))
        _number(words, "tr_head", 1, int(BOUNDS["num_heads"][1]))
        _number(words, "tr_word", 1, MAX_WORD)
        _number(words, "tr_hypothesis", 1, MAX_BEAMS)
        _number(words, "tr_step", 0, MAX_STEPS)


def _bound(words: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**words["controls"][name], "key": name, "bind": "query-params"}


def _choice(words: Mapping[str, Any], name: str, options: Sequence[str]) -> None:
    st.segmented_control(
        options=options, default=DEFAULTS[name], required=True, on_change=rerun, args=(PICTURE,), **_bound(words, name)
    )


def _number(words: Mapping[str, Any], name: str, low: int, high: int) -> None:
    st.number_input(
        min_value=low,
        max_value=high,
        value=DEFAULTS[name],
        step=1,
        width=150,
        on_change=rerun,
        args=(PICTURE,),
        **_bound(words, name),
    )


# ---- what the picture sets -------------------------------------------------------------------------------------------


def take_selection() -> None:
    """What was chosen on the picture becomes the value of its controls, and so part of the link."""
    sent = st.session_state[CANVAS_KEY].selection
    if not isinstance(sent, dict):
        return
    wanted = {"tr_view": sent.get("view"), "tr_family": sent.get("family")}
    wanted |= {f"tr_{name}": _counted(sent.get(name)) for name in ("word", "layer", "head")}
    other = wanted["tr_family"] is not None
    for name in ("tr_family", *LOOKED_AT):
        value = wanted[name]
        if isinstance(value, (int, str)) and CHECKS[name](str(value)) is None:
            st.session_state[name] = value
    if other:  # whose heads and hypotheses are others
        st.session_state.update({name: DEFAULTS[name] for name in ("tr_layer", "tr_head", "tr_hypothesis")})
    rerun(PICTURE, FOLLOWERS, *([FORMING] if other else []))


def take_hypothesis() -> None:
    """A hypothesis was chosen on the tree."""
    sent = st.session_state[TREE_KEY].selection
    rank = sent.get("hypothesis") if isinstance(sent, dict) else None
    if isinstance(rank, int) and CHECKS["tr_hypothesis"](str(rank)) is None:
        st.session_state["tr_hypothesis"] = rank
    rerun(PICTURE, FOLLOWERS)


def _counted(index: Any) -> int | None:
    return index + 1 if isinstance(index, int) and not isinstance(index, bool) else None


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
    st.session_state["tr_step"] = None


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
        st.session_state["tr_step"] = None if step == steps[-1] else step
        rerun(PICTURE, FOLLOWERS, SCORES)

    return take
