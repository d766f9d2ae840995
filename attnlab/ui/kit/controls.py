"""The widget of any declared setting, for every page: its parameter is its key, its bounds are those of its field.

Options are shown as they stand in the link: Streamlit writes the shown label there, so a translated label would break
links between languages.
"""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from attnlab.settings import fields
from attnlab.settings.fields import Kind, Kinds
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.session import DRAGGED, kept, link, rerun, value_now

LIST_WIDTH = 142  # pixels: the first screen of the explorer has all its controls in one row
NUMBER_WIDTH, LINE_WIDTH = 150, 250


@dataclass(frozen=True)
class Drawing:
    """Draws the widgets of some settings. What is done on a change is the same for all that one of these draws."""

    kinds: Kinds
    words: Mapping[str, Any]  # the page's prose
    on_change: Callable[..., None] | None = None
    args: Sequence[Any] = ()
    off: Collection[str] = ()  # controls that do nothing now
    own: Mapping[str, Any] = field(default_factory=dict)  # what a model has in the place of settings that are off
    shared: str = ""  # what stands before parameters that have the prose of others

    def setting(self, name: str) -> None:
        """The widget that the setting has by itself."""
        draw = {"choice": self.pick, "number": self.number, "switch": self.switch, "text": self.line}
        draw[self.kinds[name].widget](name)

    def choice(self, name: str, options: Sequence[Any] | None = None) -> None:
        """One of a few, all in sight; `options` where not all are on offer."""
        offered, default = self._offered(name, options), self._default(name)
        st.segmented_control(options=offered, default=default, required=True, **self._common(name))

    def pick(self, name: str, options: Sequence[Any] | None = None) -> None:
        """One of many, in a list."""
        offered, default = self._offered(name, options), self._default(name)
        place = offered.index(default) if default in offered else 0
        st.selectbox(options=offered, index=place, width=LIST_WIDTH, **self._common(name))

    def number(self, name: str) -> None:
        """A number to type or to step."""
        kind = self.kinds[name]
        st.number_input(
            min_value=kind.low,
            max_value=kind.high,
            step=kind.step,
            value=self._default(name),
            placeholder=self._empty(kind),
            width=NUMBER_WIDTH,
            **self._common(name),
        )

    def switch(self, name: str) -> None:
        """On or off."""
        st.toggle(value=self._default(name), **self._common(name))

    def line(self, name: str) -> None:
        """A name to paste."""
        st.text_input(value=self._default(name), width=LINE_WIDTH, **self._common(name))

    def sentence(self, name: str, label: str, **looks: Any) -> None:
        """A text, followed while it is typed; `looks` are what else `st.text_input` takes."""
        st.text_input(label, value=self._default(name), live="120ms", **self._bound(name), **looks)

    def drag(self, name: str, *fragments: str) -> None:
        """A number to drag. `fragments` run when it is let go; while it is dragged, the one that it stands in."""
        words, kind = self._words(name), self.kinds[name]
        now = value_now(self.kinds, name)
        live_slider(
            words["label"],
            key=slider_key(name),
            name=name,
            value=float(kind.default if now is None else now),
            bounds=(kind.low, kind.high),
            help=words["help_plain"],
            on_value_change=functools.partial(take_slid, kind, name, fragments),
        )

    def _empty(self, kind: Kind) -> str:
        """What an emptied field stands for."""
        automatic: str = self.words["page"]["automatic"]
        return automatic if kind.default is None else str(kind.default)

    def _words(self, name: str) -> Mapping[str, str]:
        words: Mapping[str, str] = self.words["controls"][name.removeprefix(self.shared)]
        return words

    def _default(self, name: str) -> Any:
        return self.own.get(name, self.kinds[name].default)

    def _offered(self, name: str, options: Sequence[Any] | None) -> list[Any]:
        """The options on offer, and among them what came with a link (d_model = 24); of a model what it has."""
        if name in self.own:
            return [self.own[name]]
        offered = self.kinds[name].options if options is None else options
        if options is None and self.kinds[name].reader is str:
            return list(offered)
        key = kept("offered", name)
        came = st.session_state[key] = _joined(st.session_state.get(key, ()), self._asked(name))
        return _joined(offered, [one for one in came if self.kinds[name].holds(one)])

    def _asked(self, name: str) -> list[Any]:
        """What the control says now, or before it is drawn the link."""
        kind = self.kinds[name]
        text = st.query_params.get(name, "")
        asked = st.session_state.get(name, kind.reader(text) if text and kind.check(text) is None else None)
        return [asked] if asked is not None and kind.holds(asked) else []

    def _common(self, name: str) -> dict[str, Any]:
        words = self._words(name)
        return {"label": words["label"], "help": words["help"], **self._bound(name)}

    def _bound(self, name: str) -> dict[str, Any]:
        if name in self.own:  # another widget: the reader's own value waits until this one gives way to it
            return {"key": kept("model", f"{name}={self.own[name]}"), "disabled": True}
        acts = {"on_change": self.on_change, "args": tuple(self.args)} if self.on_change else {}
        bind = None if name in self._refused else "query-params"
        return {"key": name, "bind": bind, "disabled": name in self.off, **acts}

    @functools.cached_property
    def _refused(self) -> Collection[str]:
        """Not empty only where the browser stepped back to a refused link."""
        return fields.refusals(link(), self.kinds)


def _joined(options: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    new = [other for other in others if other not in options]
    return sorted([*options, *new], key=lambda option: (len(str(option)), option)) if new else list(options)


@contextmanager
def section(title: str) -> Iterator[None]:
    """A part of a drawer: its title, and its controls in rows."""
    st.markdown(f"**{title}**")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        yield


# ---- sliders that are dragged ----------------------------------------------------------------------------------------


def slider_key(name: str) -> str:
    """The key of a setting's slider, beside the field that says the same."""
    return f"{name}_slider"


def take_slid(kind: Kind, name: str, fragments: Sequence[str]) -> None:
    """While the slider is dragged the value is the session's alone; on release it goes to the field and the link.

    Browsers refuse a page that rewrites its address many times a second.
    """
    sent = slid(slider_key(name))
    if sent is None or not kind.low <= sent[0] <= kind.high:
        return
    value, rests = sent
    others = {one: now for one, now in st.session_state.get(DRAGGED, {}).items() if one != name}
    st.session_state[DRAGGED] = others if rests else {**others, name: value}
    if not rests:
        return
    st.session_state[name] = value
    if fragments:
        rerun(*fragments)
