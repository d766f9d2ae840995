"""The widgets of the attention page. Each is written once, with its setting's name as key and as parameter of the link.

A change of a control reruns the picture and nothing else. The controls of the first screen stand in its fragment; the
others stand in the main script, and their callbacks name the fragment to run. So a change sends few widgets anew, and
the quickest way, a run without a callback that redirects it, belongs to the controls that are used most.

Options are shown as they stand in the link: Streamlit writes the shown label there, so a translated label would break
links between languages.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, get_args

import streamlit as st

from attnlab.engine import TRAINED, SpecError, available_devices
from attnlab.engine.spec import (
    MAX_DROPOUT,
    MAX_HEAD_DIM,
    MAX_HEADS,
    MAX_SEED,
    MAX_SINK,
    MAX_SOFTCAP,
    MAX_TEMPERATURE,
    MAX_TOKENS,
    MIN_SOFTCAP,
    MIN_TEMPERATURE,
    CombineName,
    DtypeName,
    MaskName,
    NormalizerName,
    PositionsName,
    ScoreName,
    SourceName,
)
from attnlab.looks.named import model_named
from attnlab.settings import links
from attnlab.settings.attention import (
    CHECKS,
    D_MODELS,
    DEFAULTS,
    HEADS,
    MAX_LAYERS,
    OF_A_MODEL,
    OWN_TO_A_MODEL,
    STAGES,
    VIEWS,
)
from attnlab.text import TOKENIZERS
from attnlab.training.shipped import TrainedModel
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.session import rerun

STAGE_KEY = "stage_canvas"
PICK_WIDTH = 142  # pixels: the first screen has all its controls in one row


# The fragments of the page: what is drawn from the settings, and the widgets that follow what is done on the picture.
PICTURE, FOLLOWERS = "picture", "followers"


def attention_values() -> dict[str, Any]:
    """The value of each setting, wherever its widget stands."""
    values = {name: st.session_state.get(name, default) for name, default in DEFAULTS.items()}
    return values | {"temperature": _temperature()}


def text_controls(words: Mapping[str, Any]) -> None:
    """Draw the sentence, the examples and the drawer with all that is not on the first screen."""
    _open_with_example()
    draw = _Drawing(words, on_change=rerun, args=(PICTURE,))
    with st.container(horizontal=True, gap="small"):
        draw.sentence()
        st.menu_button(words["page"]["examples"], _examples(words), key="example", on_click=_take_example)
        drawer = st.popover(words["page"]["more"], icon=":material/tune:")
    with drawer:
        _drawer(words["sections"], draw)


def model_controls(words: Mapping[str, Any]) -> None:
    """Draw the few controls of the first screen. They stand in the picture's fragment and rerun it by themselves."""
    draw = _Drawing(words)
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        draw.choice("heads", HEADS)
        draw.choice("d_model", D_MODELS)
        draw.pick("positions", get_args(PositionsName))
        draw.pick("mask", get_args(MaskName))
        draw.pick("score", get_args(ScoreName))
        draw.pick("normalizer", get_args(NormalizerName))
        with st.container(width=170):
            draw.temperature_slider()


def link_refusals() -> dict[str, links.Refusal]:
    """The parameters of the opened link that cannot be taken; they leave the link before a widget sees them.

    Some widgets cannot read them at all: an infinite seed raises in Streamlit, an empty choice is None.
    """
    if "link_refusals" not in st.session_state:
        refused = st.session_state["link_refusals"] = _refused_now()
        if refused:
            st.query_params.from_dict(
                {name: st.query_params.get_all(name) for name in st.query_params if name not in refused}
            )
            st.rerun()
    remembered: dict[str, links.Refusal] = st.session_state["link_refusals"]
    return remembered


def _refused_now() -> dict[str, links.Refusal]:
    return links.refusals({name: st.query_params.get_all(name) for name in st.query_params}, CHECKS)


def take_selection() -> None:
    """What the user chose on the stage becomes the value of its controls, and so part of the link."""
    sent = st.session_state[STAGE_KEY].selection
    if isinstance(sent, dict):
        _take(sent)
    rerun(PICTURE, FOLLOWERS)


def _take(sent: Mapping[str, Any]) -> None:
    for name, most in (("head", MAX_HEADS), ("query", MAX_TOKENS), ("key", MAX_TOKENS)):
        value = sent.get(name)
        if value is None and name != "head":
            st.session_state[name] = 0
        elif isinstance(value, int) and 0 <= value < most:
            st.session_state[name] = value + 1
    for name, known in (("stage", STAGES), ("view", VIEWS)):
        if sent.get(name) in known:
            st.session_state[name] = sent[name]
    edits = sent.get("s")
    if isinstance(edits, str) and CHECKS["s"](edits) is None:
        st.session_state["s"] = edits


class _Drawing:
    """Draws controls: each is one line where it stands. What is done on a change is the same for all of them."""

    def __init__(self, words: Mapping[str, Any], **on_change: Any) -> None:
        self.words, self.on_change = words, on_change
        self.refused = _refused_now()  # not empty only where the browser stepped back to a refused link
        self.idle = OWN_TO_A_MODEL if _source() == TRAINED else OF_A_MODEL

    def _common(self, name: str) -> dict[str, Any]:
        words = self.words["controls"][name]
        bind = None if name in self.refused else "query-params"
        common = {"label": words["label"], "help": words["help"], "key": name, "bind": bind}
        return {**common, "disabled": name in self.idle, **self.on_change}

    def sentence(self) -> None:
        page = self.words["page"]
        st.text_input(
            page["sentence"],
            value=DEFAULTS["sentence"],
            key="sentence",
            bind="query-params",
            live="120ms",
            placeholder=page["sentence_help"].format(limit=MAX_TOKENS),
            label_visibility="collapsed",
            **self.on_change,
        )

    def choice(self, name: str, options: Sequence[Any]) -> None:
        """One of a few, all in sight. A number that came with the link (d_model = 24) joins the ones on offer."""
        offered = st.session_state.setdefault(f"offered_{name}", _with_linked(name, options))
        st.segmented_control(options=offered, default=DEFAULTS[name], required=True, **self._common(name))

    def pick(self, name: str, options: Sequence[Any]) -> None:
        """One of many, in a list."""
        st.selectbox(options=options, index=options.index(DEFAULTS[name]), width=PICK_WIDTH, **self._common(name))

    def name(self, name: str) -> None:
        """A name to paste."""
        st.text_input(value=DEFAULTS[name], width=330, **self._common(name))

    def number(self, name: str, low: float, high: float, step: float = 1) -> None:
        """A number to type or to step."""
        st.number_input(
            min_value=low,
            max_value=high,
            step=step,
            value=DEFAULTS[name],
            placeholder=self.words["page"]["automatic"],
            width=150,
            **self._common(name),
        )

    def switch(self, name: str) -> None:
        """On or off."""
        st.toggle(value=DEFAULTS[name], **self._common(name))

    def temperature_slider(self) -> None:
        words = self.words["controls"]["temperature"]
        live_slider(
            words["label"],
            key="temperature_slider",
            name="temperature",
            value=_temperature(),
            bounds=(MIN_TEMPERATURE, MAX_TEMPERATURE),
            help=words["help_plain"],
            on_value_change=_take_temperature,
        )


def _drawer(sections: Mapping[str, str], draw: _Drawing) -> None:
    @contextmanager
    def section(name: str) -> Iterator[None]:
        st.markdown(f"**{sections[name]}**")
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            yield

    with section("text"):
        draw.choice("tokenizer", tuple(TOKENIZERS))
    with section("model"):
        _Drawing(draw.words, on_change=_take_source).choice("source", get_args(SourceName))
        _Drawing(draw.words, on_change=_take_source).name("model")
        draw.number("layer", 1, MAX_LAYERS)
        draw.number("seed", 0, MAX_SEED)
        draw.choice("kv_heads", ("all", *(str(heads) for heads in HEADS)))
        draw.number("d_k", 1, MAX_HEAD_DIM)
        draw.number("d_v", 1, MAX_HEAD_DIM)
    with section("attention"):
        draw.number("softcap", MIN_SOFTCAP, MAX_SOFTCAP, 1.0)
        draw.number("sink", -MAX_SINK, MAX_SINK, 1.0)
        draw.number("dropout", 0.0, MAX_DROPOUT, 0.05)
        draw.switch("qk_norm")
    with section("mask"):
        draw.pick("second_mask", get_args(MaskName))
        draw.choice("combine", get_args(CombineName))
        draw.number("window", 1, MAX_TOKENS)
        draw.number("dilation", 1, MAX_TOKENS)
        draw.number("block", 1, MAX_TOKENS)
        draw.number("global_tokens", 0, MAX_TOKENS)
        draw.number("random_blocks", 0, MAX_TOKENS)
        draw.number("prefix", 0, MAX_TOKENS)
        draw.number("padding", 0, MAX_TOKENS)
        draw.switch("pad_left")
    with section("machine"):
        draw.choice("dtype", get_args(DtypeName))
        draw.choice("device", ("auto", *available_devices()))
    with section("looked_at"):
        _followers(draw)


@st.fragment(key=FOLLOWERS)
def _followers(draw: _Drawing) -> None:
    """The controls that the picture and the slider set."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        draw.number("temperature", MIN_TEMPERATURE, MAX_TEMPERATURE, 0.05)
        draw.number("head", 1, MAX_HEADS)
        draw.number("query", 0, MAX_TOKENS)
        draw.number("key", 0, MAX_TOKENS)
        draw.pick("stage", STAGES)
        draw.pick("view", VIEWS)
        draw.name("s")


def _with_linked(name: str, options: Sequence[Any]) -> Sequence[Any]:
    text = st.query_params.get(name, "")
    if not text or CHECKS[name](text):
        return options
    linked = int(text) if isinstance(options[0], int) else text
    return options if linked in options else sorted([*options, linked], key=lambda option: (len(str(option)), option))


def _take_example() -> None:
    st.session_state["sentence"] = st.session_state["example"]


def _take_source() -> None:
    """A trained model has words of its own: a sentence of which it knows none gives way to its example.

    The whole page runs: controls of the drawer and the sentence change with the source.
    """
    if _source() == TRAINED:
        with suppress(SpecError):  # the picture says why
            known = model_named(_now("model"))
            if not known.vocabulary.encode(st.session_state["sentence"], 1).ids:
                st.session_state.update(_example_of(known))


def _open_with_example() -> None:
    """A link to trained weights that says no sentence becomes one to the model's example."""
    if "sentence" in st.session_state or "sentence" in st.query_params or _source() != TRAINED:
        return
    try:
        example = _example_of(model_named(_now("model")))
    except SpecError:  # the picture says why
        return
    st.query_params.from_dict(example | {name: st.query_params.get_all(name) for name in st.query_params})
    st.rerun()


def _example_of(known: TrainedModel) -> dict[str, Any]:
    """The settings that show a model's example, and what is worth a look in it."""
    return {"sentence": known.example} | dict(zip(("query", "key"), known.cell or (), strict=False))


def _examples(words: Mapping[str, Any]) -> list[str]:
    """The sentences on offer: the page's own, or one in the words of the model."""
    if _source() == TRAINED:
        with suppress(SpecError):
            return [model_named(_now("model")).example]
    return list(words["examples"])


def _source() -> str:
    return _now("source")


def _now(name: str) -> str:
    """What a control says, or before it is drawn the link."""
    text = st.query_params.get(name, "")
    linked = text if text and CHECKS[name](text) is None else DEFAULTS[name]
    return str(st.session_state.get(name, linked))


def _take_temperature() -> None:
    """While the slider is dragged the value is the session's alone; on release it goes to the field and the link.

    Browsers refuse a page that rewrites its address many times a second.
    """
    sent = slid("temperature_slider")
    if sent is None or not MIN_TEMPERATURE <= sent[0] <= MAX_TEMPERATURE:
        return
    value, rests = sent
    if rests:
        st.session_state.pop("dragged_temperature", None)
        st.session_state["temperature"] = value
        rerun(PICTURE, FOLLOWERS)
    else:
        st.session_state["dragged_temperature"] = value


def _temperature() -> float:
    """What the slider says while it is dragged, else what the field says, else what the link says."""
    stored = st.session_state.get("dragged_temperature", st.session_state.get("temperature"))
    if stored is None:
        text = st.query_params.get("temperature", "")
        stored = float(text) if text and CHECKS["temperature"](text) is None else DEFAULTS["temperature"]
    return float(stored)
