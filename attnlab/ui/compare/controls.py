"""The widgets of the compare page. A's have the explorer's keys, so values go with the reader from page to page.

As on the explorer, those that are used most stand in the fragment of the picture; the others stand in the main script
and name the fragments to run. Options are shown as they stand in the link.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from attnlab.engine import TRAINED
from attnlab.settings import links
from attnlab.settings.attention import CHECKS, DEFAULTS, OF_A_MODEL, OWN_TO_A_MODEL
from attnlab.settings.compare import (
    B_DEFAULTS,
    CHANGES,
    COMPARED,
    EDITS,
    FIRST_SCREEN,
    LOOKED_AT,
    NOT_COMPARED,
    ORDERS,
    OTHER,
    control,
    differing,
    of_b,
    otherwise,
    refusals,
    swapped,
)
from attnlab.ui.kit.carrying import set_values
from attnlab.ui.kit.session import rerun

PAIR, FOLLOWERS = "pair", "compare_followers"
"""The fragments of the page: what is drawn from the settings, and the widgets that follow the picture."""
PAIR_KEY = "pair_canvas"
_REFUSED = "compare_refusals"


def link_refusals() -> dict[str, links.Refusal]:
    """The parameters of the opened link that cannot be taken; they leave the link before a widget sees them."""
    if _REFUSED not in st.session_state:
        refused = refusals(_params())
        st.session_state[_REFUSED] = refused
        if refused:
            st.query_params.from_dict({name: values for name, values in _params().items() if name not in refused})
            st.rerun()
    remembered: dict[str, links.Refusal] = st.session_state[_REFUSED]
    return remembered


def compared_values() -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of A and those of B, wherever their widgets stand."""
    a = {name: _number_or(name, st.session_state.get(name, default)) for name, default in DEFAULTS.items()}
    return a, of_b(a, changes(), lambda name: _number_or(name, _value_of_b(name)))


def changes() -> list[str]:
    """The settings that B changes."""
    return [name for name in st.session_state.get("changes", CHANGES) or () if name in COMPARED]


def _value_of_b(name: str) -> Any:
    return st.session_state.get(f"{OTHER}{name}", B_DEFAULTS[f"{OTHER}{name}"])


def _number_or(name: str, value: Any) -> Any:
    """The value, or the default where a field was left empty that must not be."""
    return DEFAULTS[name] if value is None else value


def settings_of_a(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """The sentence, and the drawer with what is not on the first screen.

    Args:
        words: the prose of the explorer, whose controls these are.
        own: the prose of this page.
    """
    draw = Drawing(words, on_change=rerun, args=(PAIR,))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        draw.sentence("sentence", own["page"]["sentence_a"])
        drawer = st.popover(own["page"]["more"], icon=":material/tune:")
    with drawer:
        st.markdown(f"**{own['page']['more_title']}**")
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            for name in DEFAULTS:
                if name not in (*FIRST_SCREEN, *NOT_COMPARED, "sentence"):
                    draw.setting(name)
            draw.setting("device")
        st.markdown(f"**{words['sections']['looked_at']}**")
        _followers(draw)


@st.fragment(key=FOLLOWERS)
def _followers(draw: "Drawing") -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name in LOOKED_AT:
            draw.setting(name)


def first_screen(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """The few settings of A that are in sight."""
    draw = Drawing(words)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(own["page"]["badge_a"], width="content")
        for name in FIRST_SCREEN:
            draw.setting(name)


def changes_of_b(words: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """What B changes, and the widget of each change."""
    page = own["page"]
    draw = Drawing(words, prefix=OTHER)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(page["badge_b"], width="content")
        st.multiselect(
            page["changes"],
            COMPARED,
            default=CHANGES,
            key="changes",
            bind="query-params",
            placeholder=page["changes_none"],
            help=page["changes_help"],
            on_change=_take_changes,
            width=330,
        )
        for name in changes():
            if name == "sentence":
                draw.sentence(name, page["sentence_b"])
            elif name != EDITS:
                draw.setting(name)


def _take_changes() -> None:
    """A setting that B has just begun to change says something else than A."""
    before = st.session_state.get("changes_before", CHANGES)
    a, _ = compared_values()
    for name in changes():
        if name not in before and name != EDITS and _value_of_b(name) == a[name]:
            set_values({f"{OTHER}{name}": otherwise(name, a[name])})
    st.session_state["changes_before"] = changes()


def order_control(words: Mapping[str, Any]) -> str:
    """In which order the heads stand."""
    chosen = st.segmented_control(
        words["page"]["order"],
        ORDERS,
        label_visibility="collapsed",
        default=ORDERS[0],
        required=True,
        key="order",
        bind="query-params",
    )
    return str(chosen)


def swap() -> None:
    """A becomes B and B becomes A. Only for callbacks."""
    a, b = compared_values()
    set_values(swapped(a, b) | {"changes": differing(a, b)})


def take(settings: Mapping[str, Any]) -> None:
    """Set A and B as a preset says; what it does not name is as on the opening page. Only for callbacks."""
    changed = list(settings.get("changes", ()))
    kept = {name: value for name, value in DEFAULTS.items() if name not in ("device", *LOOKED_AT)}
    set_values(kept | {"sweep": None, **settings, "changes": changed})
    st.session_state["changes_before"] = changed


def take_selection() -> None:
    """The head and the cell that were chosen on the picture become part of the link."""
    sent = st.session_state[PAIR_KEY].selection
    if isinstance(sent, dict):
        for name in LOOKED_AT:
            value = sent.get(name)
            if value is None and name != "head":
                st.session_state[name] = 0
            elif isinstance(value, int) and CHECKS[name](str(value + 1)) is None:
                st.session_state[name] = value + 1
    rerun(PAIR, FOLLOWERS)


@dataclass(frozen=True)
class Drawing:
    """Draws the widget of a setting, for A or (with the prefix) for B."""

    words: Mapping[str, Any]
    prefix: str = ""
    on_change: Callable[..., None] | None = None
    args: Sequence[Any] = field(default=())

    def sentence(self, name: str, label: str) -> None:
        """A sentence, followed while it is typed."""
        st.text_input(
            label,
            value=self._default(name),
            key=self.prefix + name,
            bind="query-params",
            live="120ms",
            label_visibility="visible" if self.prefix else "collapsed",
            width=420 if self.prefix else "stretch",
            on_change=self.on_change,
            args=tuple(self.args),
        )

    def setting(self, name: str) -> None:
        """Any other setting."""
        widget, default, common = control(name), self._default(name), self._common(name)
        if widget.kind == "choice":
            options = self._offered(name, widget.options)
            st.selectbox(options=options, index=options.index(default), width=150, **common)
        elif widget.kind == "switch":
            st.toggle(value=default, **common)
        elif widget.kind == "text":
            st.text_input(value=default, width=220, **common)
        else:
            bounds: dict[str, Any] = {"min_value": widget.low, "max_value": widget.high, "step": widget.step}
            place = self.words["page"]["automatic"]
            st.number_input(value=default, width=140, placeholder=place, **bounds, **common)

    def _default(self, name: str) -> Any:
        return B_DEFAULTS[self.prefix + name] if self.prefix else DEFAULTS[name]

    def _offered(self, name: str, options: Iterable[Any]) -> list[Any]:
        """The options, and a number that came with the link (d_model = 24) among them."""
        key = self.prefix + name
        asked = st.session_state.get(key)
        text = st.query_params.get(key, "")
        if asked is None and text and CHECKS[name](text) is None:
            asked = int(text) if isinstance(self._default(name), int) else text
        known = st.session_state.setdefault(f"compare_offered_{key}", list(options))
        if asked is not None and asked not in known:
            known = st.session_state[f"compare_offered_{key}"] = sorted([*known, asked])
        return list(known)

    def _common(self, name: str) -> dict[str, Any]:
        words = self.words["controls"][name]
        common = {"label": words["label"], "help": words["help"], "key": self.prefix + name, "bind": "query-params"}
        idle = OWN_TO_A_MODEL if st.session_state.get("source") == TRAINED else OF_A_MODEL
        acts = {"on_change": self.on_change, "args": tuple(self.args)} if self.on_change else {}
        return {**common, "disabled": name in idle and not self.prefix, **acts}


def _params() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
