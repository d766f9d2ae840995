"""The compare page: two layers, A and B, of which B is A but for what it changes; side by side, and what differs."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.engine.analysis.differences import HeadDifference, head_differences
from attnlab.looks.layers import Asked, asked, drawable
from attnlab.pictures.items import items_of, read_said
from attnlab.pictures.pair import Row, cards_of, compare_payload, order_of
from attnlab.prose import address, page_prose
from attnlab.settings.attention import Explorer, stage_selection
from attnlab.settings.lab.compare import KINDS, LOOKED_AT, OTHER, PICTURE, differing
from attnlab.ui.canvases.canvas import pair
from attnlab.ui.compare.controls import (
    DRAWN,
    PAIR,
    PAIR_KEY,
    changes,
    changes_of_b,
    compared_settings,
    first_screen,
    order_control,
    settings_of_a,
    swap,
    take,
    take_selection,
)
from attnlab.ui.compare.sweep import sweep_view
from attnlab.ui.compare.words import about_order, pair_notes, sentence_of_differences, shows, titles, what_differs
from attnlab.ui.kit.examples.drawing import WITH_TOOLS, example_pad, is_drawn_on
from attnlab.ui.kit.examples.moving import CURVE_WIDTH, example_curve, is_moved
from attnlab.ui.kit.last_good import drawn
from attnlab.ui.kit.layer_notes import model_notes, text_notes
from attnlab.ui.kit.messages import said
from attnlab.ui.kit.refusals import control_labels, say_refusal
from attnlab.ui.kit.refused_links import say_refused
from attnlab.ui.kit.session import rerun, values_now


def compare_page() -> None:
    """What to do here, the settings, and the picture they describe."""
    words, explorer = page_prose("compare"), page_prose("attention")
    with st.container(gap="xsmall"):
        st.caption(words["page"]["intro"])
        settings_of_a(explorer, words)
        _picture()


@st.fragment(key=PAIR)
def _picture() -> None:
    """The presets, what is used most, what must be said, the pair, and a sweep."""
    words, explorer = page_prose("compare"), page_prose("attention")
    _presets(words)
    first_screen(explorer, words)
    changes_of_b(explorer, words)
    a, b = compared_settings()
    with said("compare"):
        own = dict.fromkeys((PICTURE, f"{OTHER}{PICTURE}"), explorer["page"]["drawn_refused"])
        say_refused("compare", KINDS, values_now(KINDS), explorer["page"]["link_refused"], own)
        if preset := _preset_on(a, b, words):
            st.markdown(words["page"]["taught"].format(line=preset["line"]))
        layers = _layers(a, b)
    traces = (layers[0].trace(), layers[1].trace())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(gap="xsmall"):
            st.markdown(what_differs(a, b, words, explorer))
        order = order_control(words)
    for note in pair_notes(*traces, words["page"]):
        st.caption(note)
    if verdict := about_order(*traces, a, b, words["page"]):
        st.markdown(verdict)
    _pads(layers, changes())
    _pair(*layers, a, b, order, words, explorer)
    _buttons(a, b, words["page"])
    sweep_view(a, b, words, explorer["controls"])


# ---- layers ----------------------------------------------------------------------------------------------------------


def _layers(a: Explorer, b: Explorer) -> tuple[Asked, Asked]:
    """What both ask for; if settings do not fit together, that is said and the last picture stays."""
    page = page_prose("compare")["page"]
    (first, of_a), (second, of_b) = _one(a, "A", page), _one(b, "B", page)
    for note in of_a:
        st.caption(note if note in of_b else page["about_a"].format(note=note))
    for note in of_b:
        if note not in of_a:
            st.caption(page["about_b"].format(note=note))
    return first, second


def _one(settings: Explorer, which: str, page: Mapping[str, str]) -> tuple[Asked, list[str]]:
    """What A or B asks for, and what must be said about it."""
    page_of = f"compare_{which}"
    wanted, error = drawn(page_of, lambda: asked(settings), drawable, lambda: asked(Explorer()))
    explorer = page_prose("attention")
    if error is not None:
        sentence = page["refused"].replace("{which}", which)
        if say_refusal(error, sentence, control_labels(settings.kinds(), explorer["controls"]), which):
            return wanted, []
    said = explorer["page"]
    return wanted, model_notes(wanted, wanted.settings, said) + text_notes(wanted.text, wanted.trace(), said)


# ---- the picture -----------------------------------------------------------------------------------------------------


def _pads(layers: tuple[Asked, Asked], changed: Sequence[str]) -> None:
    """Where B's drawing is to be another, and pictures or series are read: A's and B's, to draw on or to move."""
    if PICTURE not in changed or not (all(map(is_drawn_on, layers)) or all(map(is_moved, layers))):
        return
    with st.container(horizontal=True, key="pads", gap="medium"):
        for wanted, badge, name in zip(layers, ("badge_a", "badge_b"), (PICTURE, f"{OTHER}{PICTURE}"), strict=True):
            with st.container(width=WITH_TOOLS if is_drawn_on(wanted) else CURVE_WIDTH, gap="xsmall"):
                st.markdown(page_prose("compare")["page"][badge])
                example_pad(wanted, name, (PAIR, DRAWN))
                example_curve(wanted, name, (PAIR, DRAWN))


def _pair(
    of_a: Asked,
    of_b: Asked,
    a: Explorer,
    b: Explorer,
    order: str,
    words: Mapping[str, Any],
    explorer: Mapping[str, Any],
) -> None:
    first, second = of_a.trace(), of_b.trace()
    differences: Sequence[HeadDifference] = head_differences(first, second)
    heads = max(first.spec.num_heads, second.spec.num_heads)
    cards = cards_of(first, second, differences, words["cards"] | {"labels": explorer["stage"]["heads"]["labels"]})
    longer, wider = (max(first.spec, second.spec, key=size) for size in (_length, _heads))
    selection = {name: stage_selection(a, longer)[name] for name in ("query", "key")}
    names = titles(a, b, words, explorer)
    payload = compare_payload(
        [
            Row(words["picture"]["a"], first, names[0], items_of(of_a)),
            Row(words["picture"]["b"], second, names[1], items_of(of_b)),
        ],
        cards,
        order_of(order, differences, heads),
        {"head": stage_selection(a, wider)["head"], **selection},
        _params(a, b, order),
        words["picture"],
        about=[
            " / ".join(dict.fromkeys((read_said(of_a) or a.sentence, read_said(of_b) or b.sentence))),
            sentence_of_differences(a, b, words, explorer),
        ],
        file="attention-compared",
        difference=words["picture"]["difference"],
    )
    pair(payload, key=PAIR_KEY, on_selection_change=take_selection)


def _length(spec: Any) -> int:
    return int(spec.seq_len)


def _heads(spec: Any) -> int:
    return int(spec.num_heads)


def _params(a: Explorer, b: Explorer, order: str) -> dict[str, Any]:
    """What the link says, for `data-params`."""
    params = {name: value for name, value in a.changed().items() if name not in LOOKED_AT}
    of_b = {f"{OTHER}{name}": getattr(b, name) for name in changes()}
    return params | ({"changes": list(changes())} if changes() else {}) | of_b | {"order": order}


def _buttons(a: Explorer, b: Explorer, page: Mapping[str, str]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(page["swap"], icon=":material/swap_horiz:", on_click=swap, disabled=not differing(a, b))
        for settings, label in ((a, page["open_a"]), (b, page["open_b"])):
            # No st.page_link: on the way Streamlit drops parameters that both pages bind.
            link = address("", settings.told())
            st.link_button(label, link, icon=":material/grid_view:", type="tertiary")


# ---- presets ---------------------------------------------------------------------------------------------------------


def _presets(words: Mapping[str, Any]) -> None:
    """A button for each; that of the comparison on screen is pressed, as it is after a reload."""
    on = _preset_on(*compared_settings(), words)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for preset in words["presets"]:
            settings, key = preset["settings"], f"preset_{preset['name']}"
            st.button(
                preset["title"],
                on_click=_take_preset,
                args=(settings,),
                key=key,
                type="primary" if preset is on else "secondary",
            )


def _take_preset(settings: Mapping[str, Any]) -> None:
    take(settings)
    rerun()  # the sentence and the drawer stand outside of the fragment


def _preset_on(a: Explorer, b: Explorer, words: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The preset whose comparison this is, whatever else has been set since; None for another one."""
    return next((preset for preset in words["presets"] if shows(preset["settings"], a, b)), None)
