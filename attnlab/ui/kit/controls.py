"""The control of any declared setting, for every page: its bounds are those of its field, its name is its parameter.

Most stand in rows, a component each (`assets/controls/`). What is chosen in one stands in the link at once; the session
keeps its value under the setting's parameter. A text that is followed while it is typed is Streamlit's own field, bound
to its parameter.
"""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from attnlab.prose import page_prose, with_formulas
from attnlab.settings import fields
from attnlab.settings.fields import Kind, Kinds, in_link
from attnlab.ui.canvases.controls import chosen, controls
from attnlab.ui.canvases.live_slider import live_slider, slid
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import DRAGGED, SHOWN_PAGE, kept, known_of, link, rerun, set_values, value_now

Act = Callable[..., None]
_KINDS = {"choice": "list", "text": "line", "number": "number", "switch": "switch"}


@dataclass(frozen=True)
class Drawing:
    """Draws the controls of some settings. What is done on a change is the same for all that one of these draws."""

    kinds: Kinds
    words: Mapping[str, Any]  # the page's prose
    on_change: Act | None = None
    args: Sequence[Any] = ()
    off: Collection[str] = ()  # controls that do nothing now
    own: Mapping[str, Any] = field(default_factory=dict)  # what a model has in the place of settings that are off
    hidden: Collection[str] = ()  # controls that are not there, whatever row names them
    shared: str = ""  # what stands before parameters that have the prose of others

    def row(
        self,
        *names: str,
        key: str,
        few: Collection[str] = (),
        offered: Mapping[str, Sequence[Any]] | None = None,
        named: Mapping[str, Callable[[Any], str]] | None = None,
        title: str = "",
        top: bool = False,
        bare: Collection[str] = (),
        instead: Mapping[str, Act] | None = None,
    ) -> None:
        """Controls side by side.

        Args:
            names: of the settings.
            key: of the row.
            few: choices whose options are all in sight; others are lists.
            offered: the options of those where not all are on offer.
            named: what options are called, where the settings' own names are not meant.
            title: above the row.
            bare: controls whose labels are for listeners alone.
            top: whether controls of unequal height begin at one line; else they end at one.
            instead: what is done on a change of these, instead of what is done on others'.
        """
        offered, named = offered or {}, named or {}
        names = tuple(name for name in names if name not in self.hidden)
        if not names:
            return
        drawn = [self._control(name, name in few, name in bare, offered.get(name), named.get(name)) for name in names]
        page = st.session_state.get(SHOWN_PAGE, "")
        data = {"page": page, "title": title, "top": top, "words": page_prose("controls")["row"], "controls": drawn}
        take = functools.partial(self.take_row, key, names, instead or {})
        controls(data, key=key, on_chosen_change=take)

    def said(self, *names: str) -> str:
        """What settings are set to, in one line of Markdown: what a row of their controls shows while it is drawn."""
        setting = page_prose("controls")["row"]["set"]

        def one(name: str) -> str:
            kind, value = self.kinds[name], self.own[name] if name in self.own else self._now(name)
            if value is None:
                return plain(setting.format(name=self._words(name)["label"], value=self._empty(kind)))
            shown = f"{value:g}" if kind.decimal else kind.shown(value)
            return plain(setting.format(name=self._words(name)["label"], value=shown))

        return " · ".join(one(name) for name in names)

    def take_row(self, key: str, names: Sequence[str], instead: Mapping[str, Act]) -> None:
        """Take what was chosen in a row, as far as a link may say it, and do what is done on a change."""
        _, texts = chosen(key)
        free = [name for name in names if name in texts and name not in (*self.own, *self.off)]
        values = {name: self.kinds[name].read([texts[name]]) for name in free if takes(self.kinds[name], texts[name])}
        changed = [name for name, value in values.items() if value != value_now(self.kinds, name)]
        set_values(values)
        for act in dict.fromkeys(instead[name] for name in changed if name in instead):
            act()
        if values and self.on_change:
            self.on_change(*self.args)

    def sentence(self, name: str, label: str, **looks: Any) -> None:
        """A text, followed while it is typed; `looks` are what else `st.text_input` takes."""
        looks |= {"on_change": self.on_change, "args": tuple(self.args)} if self.on_change else {}
        looks |= {"bind": None if name in self._refused else "query-params", "disabled": name in self.off}
        st.text_input(label, value=self.kinds[name].default, live="120ms", key=name, **looks)

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
            off=name in self.off,
            on_value_change=functools.partial(take_slid, self.kinds, name, fragments),
        )

    # ---- one control of a row ----------------------------------------------------------------------------------------

    def _control(
        self, name: str, few: bool, bare: bool, options: Sequence[Any] | None, named: Callable[[Any], str] | None
    ) -> dict[str, Any]:
        """What `assets/controls/parts.js` needs to draw it."""
        kind, words = self.kinds[name], self._words(name)
        drawn = {
            "name": name,
            "kind": "few" if few else "list" if options is not None else _KINDS[kind.widget],
            "label": words["label"],
            "help": with_formulas(words.get("help", "")),
            "bare": bare,
            "value": in_link(self.own[name] if name in self.own else self._now(name)),
            "default": in_link(kind.default),
            "off": name in self.own or name in self.off,
            "own": name in self.own,
        }
        if kind.widget == "choice" or options is not None:
            call, nothing = named or kind.shown, [("", words["none"])] if kind.default is None else []
            drawn["options"] = [*nothing, *((in_link(one), call(one)) for one in self._offered(name, options))]
        elif kind.widget == "number":
            drawn["range"] = {"real": kind.decimal, "low": kind.low, "high": kind.high, "step": kind.step}
            drawn["empty"] = in_link(kind.default)
            drawn["placeholder"] = self._empty(kind)
        return drawn

    def _now(self, name: str) -> Any:
        """The value, which the session keeps from now on; before that it is what the link says."""
        known = known_of([name])
        if not known:
            st.session_state[name] = fields.read(link(), {name: self.kinds[name]})[name]
        return known[name] if known else st.session_state[name]

    def _empty(self, kind: Kind) -> str:
        """What an emptied field stands for."""
        automatic: str = self.words["page"]["automatic"]
        return automatic if kind.default is None else str(kind.default)

    def _words(self, name: str) -> Mapping[str, str]:
        words: Mapping[str, str] = self.words["controls"][name.removeprefix(self.shared)]
        return words

    def _offered(self, name: str, options: Sequence[Any] | None) -> list[Any]:
        """The options on offer, and among them what came with a link (d_model = 24); of a model what it has."""
        if name in self.own:
            return [self.own[name]]
        kind = self.kinds[name]
        offered = kind.options if options is None else options
        if options is None and kind.reader is str:
            return list(offered)
        key = kept("offered", name)
        now = self._now(name)
        came = st.session_state[key] = _joined(st.session_state.get(key, ()), [] if now is None else [now])
        return _joined(offered, [one for one in came if kind.holds(one)])

    @functools.cached_property
    def _refused(self) -> Collection[str]:
        """Not empty only where the browser stepped back to a refused link."""
        return fields.refusals(link(), self.kinds)


def takes(kind: Kind, text: str) -> bool:
    """Whether a control takes a text. Lines are taken as they are typed: the page says what is wrong with them."""
    return kind.widget == "text" or kind.allowed([text]) is None


def _joined(options: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    new = [other for other in others if other not in options]
    return sorted([*options, *new], key=lambda option: (len(str(option)), option)) if new else list(options)


# ---- sliders that are dragged ----------------------------------------------------------------------------------------


def slider_key(name: str) -> str:
    """The key of a setting's slider, beside the field that says the same."""
    return f"{name}_slider"


def take_slid(kinds: Kinds, name: str, fragments: Sequence[str]) -> None:
    """While the slider is dragged the value is the session's alone; on release it goes to the field and the link.

    Browsers refuse a page that rewrites its address many times a second.
    """
    sent = slid(slider_key(name))
    if sent is None or not kinds[name].low <= sent[0] <= kinds[name].high:
        return
    value, rests = sent
    others = {one: now for one, now in st.session_state.get(DRAGGED, {}).items() if one != name}
    st.session_state[DRAGGED] = others if rests else {**others, name: value}
    if not rests:
        return
    set_values({name: value})
    if fragments:
        rerun(*fragments)
