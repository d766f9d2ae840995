"""The widgets of the blocks page. Each is written once, with its setting's name as key and as parameter of the link.

As on the explorer, those that are used most stand in the fragment of the picture; the others stand in the main script
and name the fragments to run. Options are shown as they stand in the link.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

import streamlit as st

from attnlab.engine.feed_forward import ActivationName
from attnlab.engine.norms import NormName
from attnlab.engine.spec import MAX_DROPOUT, MAX_HEADS, MAX_SEED, MAX_TEMPERATURE, MIN_TEMPERATURE
from attnlab.engine.stack import (
    MAX_DEPTH,
    MAX_FF_WIDTH,
    MAX_STACK_D_MODEL,
    MAX_STACK_TOKENS,
    ArchitectureName,
    StackPositionsName,
)
from attnlab.settings import links
from attnlab.settings.blocks import (
    CHECKS,
    DEFAULTS,
    KV_HEADS,
    OWN_TO_THE_TRAINED,
    PLACEMENTS,
    SOURCES,
    TRAINED,
    VOCABULARY_MOST,
    cell_text,
    linked_values,
    reads_target,
)
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.carrying import set_values
from attnlab.ui.kit.refused_links import refused_in_link
from attnlab.ui.kit.session import rerun

TEXTS, PICTURE, FOLLOWERS = "stack_texts", "stack_picture", "stack_followers"
"""The fragments of the page: the texts, what is drawn from the settings, and the widgets that follow the picture."""
CANVAS_KEY = "blocks_canvas"
SLIDER_KEY = "stack_temperature_slider"
_KEPT_TARGET = "blocks_kept_target"
_DRAGGED = "blocks_dragged_temperature"


def link_refusals() -> dict[str, links.Refusal]:
    """What the opened link asked for and did not get."""
    return refused_in_link("blocks", CHECKS)


def stack_values() -> dict[str, Any]:
    """The value of each setting, wherever its widget stands, or before it is drawn the link; never an empty field."""
    linked = linked_values({name: st.query_params.get_all(name) for name in st.query_params})
    values = {name: st.session_state.get(name, text) for name, text in linked.items()}
    filled = {name: DEFAULTS[name] if value is None else value for name, value in values.items()}
    dragged = st.session_state.get(_DRAGGED)
    return filled if dragged is None else filled | {"stack_temperature": dragged}


def drawer(words: Mapping[str, Any]) -> None:
    """All that is not on the first screen."""
    draw = _Drawing(words, rerun, (PICTURE,))
    with st.popover(words["page"]["more"], icon=":material/tune:"):
        with _section(words, "model"):
            draw.number("stack_heads", 1, MAX_HEADS)
            draw.pick("stack_kv_heads", KV_HEADS)
            draw.number("stack_d_model", 1, MAX_STACK_D_MODEL)
            draw.number("stack_ff_width", 1, MAX_FF_WIDTH)
            draw.pick("stack_positions", get_args(StackPositionsName))
            draw.number("stack_seed", 0, MAX_SEED)
        with _section(words, "block"):
            draw.choice("stack_norm", get_args(NormName))
            draw.switch("stack_residual")
            draw.switch("stack_feed_forward")
            draw.number("stack_dropout", 0.0, MAX_DROPOUT, 0.05)
        with _section(words, "looked_at"):
            _followers(draw)


@contextmanager
def _section(words: Mapping[str, Any], name: str) -> Iterator[None]:
    st.markdown(f"**{words['sections'][name]}**")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        yield


@st.fragment(key=FOLLOWERS)
def _followers(draw: "_Drawing") -> None:
    """The controls that the picture sets."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        draw.name("stack_open")
        draw.number("stack_source_token", 1, MAX_STACK_TOKENS)
        draw.number("stack_target_token", 1, MAX_STACK_TOKENS)
        draw.number("stack_head", 1, MAX_HEADS)
        draw.name("stack_cell")


@st.fragment(key=TEXTS)
def texts(words: Mapping[str, Any]) -> None:
    """The text, and beside it the target's where a decoder reads one of its own."""
    draw, page = _Drawing(words, rerun, (PICTURE,)), words["page"]
    if not reads_target(stack_values()):
        draw.sentence("stack_text", page["text_alone"], page["text_help"])
        return
    source, target = st.columns(2, gap="small")
    with source:
        draw.sentence("stack_text", page["text"], page["text_help"])
    with target:
        draw.sentence("stack_target", page["target"], page["text_help"])
    st.session_state[_KEPT_TARGET] = st.session_state["stack_target"]


def first_screen(words: Mapping[str, Any]) -> None:
    """The few controls that are in sight."""
    draw = _Drawing(words)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        _Drawing(words, _take_architecture).choice("stack_source", SOURCES)
        _Drawing(words, _take_architecture).choice("stack_architecture", get_args(ArchitectureName))
        draw.choice("stack_depth", range(1, MAX_DEPTH + 1))
        draw.choice("stack_placement", PLACEMENTS)
        draw.choice("stack_activation", get_args(ActivationName))


def _take_architecture() -> None:
    """The target's field comes and goes; what was typed into it stays, and the link says it again."""
    if reads_target(stack_values()) and _KEPT_TARGET in st.session_state:
        set_values({"stack_target": st.session_state[_KEPT_TARGET]})
    rerun(TEXTS, PICTURE)


def take_selection() -> None:
    """What was chosen on the picture becomes the value of its controls, and so part of the link."""
    sent = st.session_state[CANVAS_KEY].selection
    if isinstance(sent, dict):
        _take(sent)
    rerun(PICTURE, FOLLOWERS)


def _take(sent: Mapping[str, Any]) -> None:
    tokens = sent.get("tokens")
    tokens = tokens if isinstance(tokens, dict) else {}
    wanted = {
        "stack_open": sent.get("open"),
        "stack_source_token": _counted(tokens.get("encoder", tokens.get("decoder"))),
        "stack_target_token": _counted(tokens.get("decoder")) if "encoder" in tokens else None,
        "stack_head": _counted(sent.get("head")),
        "stack_cell": cell_text(sent.get("cell")),
    }
    for name, value in wanted.items():
        if isinstance(value, (int, str)) and CHECKS[name](str(value)) is None:
            st.session_state[name] = value


def _counted(index: Any) -> int | None:
    return index + 1 if isinstance(index, int) and not isinstance(index, bool) else None


# ---- the controls of the next token ----------------------------------------------------------------------------------


def sampling_controls(words: Mapping[str, Any]) -> None:
    """Temperature, top-k and top-p."""
    draw = _Drawing(words)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        with st.container(width=220):
            live_slider(
                words["controls"]["stack_temperature"]["label"],
                key=SLIDER_KEY,
                name="stack_temperature",
                value=float(stack_values()["stack_temperature"]),
                bounds=(MIN_TEMPERATURE, MAX_TEMPERATURE),
                help=words["controls"]["stack_temperature"]["help_plain"],
                on_value_change=_take_temperature,
            )
        draw.number("stack_temperature", MIN_TEMPERATURE, MAX_TEMPERATURE, 0.05)
        draw.number("stack_top_k", 1, VOCABULARY_MOST)
        draw.number("stack_top_p", 0.0, 1.0, 0.05)


def _take_temperature() -> None:
    """While the slider is dragged the value is the session's alone; on release it goes to the field and the link."""
    sent = slid(SLIDER_KEY)
    if sent is None or not MIN_TEMPERATURE <= sent[0] <= MAX_TEMPERATURE:
        return
    value, rests = sent
    if rests:
        st.session_state.pop(_DRAGGED, None)
        st.session_state["stack_temperature"] = value
    else:
        st.session_state[_DRAGGED] = value


def generated_slider(words: Mapping[str, Any], most: int) -> int:
    """How far generation has come, within a text of so many tokens."""
    name = "stack_generated"
    if most == 1:  # a slider needs two ends
        return 1
    if st.session_state.get(name, 1) > most:
        st.session_state[name] = most
    told, opening = words["controls"][name], min(DEFAULTS[name], most)
    return int(st.slider(told["label"], 1, most, opening, key=name, bind="query-params", help=told["help"], width=420))


@dataclass(frozen=True)
class _Drawing:
    """Draws the widget of a setting. What is done on a change is the same for all that one of these draws."""

    words: Mapping[str, Any]
    on_change: Callable[..., None] | None = None
    args: Sequence[Any] = ()

    def _common(self, name: str) -> dict[str, Any]:
        words = self.words["controls"][name]
        acts = {"on_change": self.on_change, "args": tuple(self.args)} if self.on_change else {}
        idle = name in OWN_TO_THE_TRAINED and stack_values()["stack_source"] == TRAINED
        return {
            "label": words["label"],
            "help": words["help"],
            "key": name,
            "bind": "query-params",
            "disabled": idle,
            **acts,
        }

    def sentence(self, name: str, label: str, place: str) -> None:
        """A text, followed while it is typed."""
        st.text_input(
            label,
            value=DEFAULTS[name],
            key=name,
            bind="query-params",
            live="120ms",
            placeholder=place.format(limit=MAX_STACK_TOKENS),
            on_change=self.on_change,
            args=tuple(self.args),
        )

    def choice(self, name: str, options: Sequence[Any]) -> None:
        """One of a few, all in sight."""
        st.segmented_control(options=options, default=DEFAULTS[name], required=True, **self._common(name))

    def pick(self, name: str, options: Sequence[Any]) -> None:
        """One of many, in a list."""
        st.selectbox(options=options, index=options.index(DEFAULTS[name]), width=142, **self._common(name))

    def name(self, name: str) -> None:
        """A name to paste."""
        st.text_input(value=DEFAULTS[name], width=250, **self._common(name))

    def number(self, name: str, low: float, high: float, step: float = 1) -> None:
        """A number to type or to step."""
        bounds: dict[str, Any] = {"min_value": low, "max_value": high, "step": step}
        place = self.words["page"]["automatic"]
        st.number_input(value=DEFAULTS[name], placeholder=place, width=150, **bounds, **self._common(name))

    def switch(self, name: str) -> None:
        """On or off."""
        st.toggle(value=DEFAULTS[name], **self._common(name))
