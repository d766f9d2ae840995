"""What the pages keep in the session, and how they read their settings out of it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from attnlab.settings import elsewhere, fields
from attnlab.settings.fields import Kinds
from attnlab.settings.lab.blocks import Blocks, cell_text


def kept(page: str, name: str) -> str:
    """The session's key of what a page keeps for itself, beside its settings and the keys of its widgets."""
    return f"{page}:{name}"


SHOWN_PAGE = kept("site", "shown_page")
"""The session's key of the path of the page that is shown."""
ADDRESSED = kept("site", "addressed")
"""The session's key of the settings that the address of that page may name."""
DRAGGED = kept("sliders", "dragged")
"""The session's key of what sliders say while they are dragged, by parameter."""
_UNKNOWN = object()


def rerun(*fragments: str) -> None:
    """Run these fragments alone, or without any the whole page. Only for callbacks.

    Before the page has run once it has no fragments yet; then the whole page runs, as Streamlit does by itself.
    """
    with suppress(StreamlitAPIException):
        st.rerun(list(fragments) or "app")


def link() -> dict[str, list[str]]:
    """Every parameter of the link with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def values_now(kinds: Kinds) -> dict[str, Any]:
    """The value of each setting, wherever its widget stands; what the link says before the widget is drawn.

    A slider that is being dragged has a value of its own, which is the session's alone until it is let go. A list to
    choose from may have been given what is not on it, by hand: then it has its default.
    """
    state = st.session_state
    dragged = state.get(DRAGGED, {})

    def value(name: str, linked: Any) -> Any:
        kind, now = kinds[name], dragged[name] if name in dragged else state.get(name, linked)
        return now if now is None or kind.widget != "choice" or kind.holds(now) else kind.default

    return {name: value(name, linked) for name, linked in fields.read(link(), kinds).items()}


def value_now(kinds: Kinds, name: str) -> Any:
    """As `values_now`, of one setting."""
    return values_now({name: kinds[name]})[name]


def known_of(names: Iterable[str]) -> dict[str, Any]:
    """What the session holds under those of the names that it knows.

    Each is looked up once: to ask whether it is there costs Streamlit as much as to give it.
    """
    state = st.session_state
    return {name: value for name in names if (value := state.get(name, _UNKNOWN)) is not _UNKNOWN}


def picked(key: str) -> dict[str, Any] | None:
    """What a picture says was chosen on it; None if it is no mapping, whatever a browser may have sent."""
    selection = st.session_state[key].get("selection")
    return selection if isinstance(selection, dict) else None


def set_values(values: Mapping[str, Any]) -> None:
    """Give settings their values, by parameter, and say them in the link. Only for callbacks."""
    st.session_state.update(values)
    tell()


def forget(names: Iterable[str]) -> None:
    """Settings that the page has no more; neither has the link. Only for callbacks.

    A field that is bound to its parameter takes it out of the link itself, when it is not drawn again.
    """
    for name in names:
        st.session_state.pop(name, None)
        with suppress(StreamlitAPIException):
            _say(name, None)


def tell() -> None:
    """Say in the link all that the session knows of what it may name, but what is as the page opens.

    All of it: a request may bring an older link than the last run has written. A field that is bound to its parameter
    and is there already tells the link by itself, and nobody else may.
    """
    kinds: Kinds = st.session_state.get(ADDRESSED, {})
    known, linked = known_of(kinds), link()
    said, now = fields.told(known, kinds), fields.read(linked, kinds) if kinds else {}
    for name, value in known.items():
        # A number may be written in more than one way.
        if fields.one(value) != now[name] or (name in linked) != (name in said):
            with suppress(StreamlitAPIException):
                _say(name, said.get(name))


def _say(name: str, text: str | list[str] | None) -> None:
    if text is not None:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]


def take(kinds: Kinds, wanted: Mapping[str, Any]) -> None:
    """Give settings the values that were chosen on a picture, as far as a link may say them. Only for callbacks.

    Args:
        kinds: the page's settings.
        wanted: by parameter; whatever a browser may have sent, None for what it did not choose.
    """
    chosen = {name: value for name, value in wanted.items() if value is not None and kinds[name].holds(value)}
    set_values(chosen)


def counted(index: Any) -> Any:
    """A place as settings count, from 1, of one as the engine counts, from 0; anything else as it is."""
    return index + 1 if isinstance(index, int) and not isinstance(index, bool) else index


# ---- what canvases say, whichever page they stand on -----------------------------------------------------------------


def take_cell(key: str, kinds: Kinds) -> None:
    """What was chosen on a stage becomes the value of its settings, and so part of the link. Only for callbacks.

    Args:
        key: of the canvas.
        kinds: the page's settings, the explorer's among them.
    """
    if sent := picked(key):
        places = {name: 0 if sent.get(name) is None else counted(sent[name]) for name in ("query", "key")}
        chosen = {name: sent.get(name) for name in ("stage", "view", "s", "elsewhere") if name in kinds}
        layer = {"layer": counted(sent.get("layer"))} if "layer" in kinds else {}
        take(kinds, {"head": counted(sent.get("head")), **layer, **places, **chosen})


def take_layer_and_head(key: str, kinds: Kinds) -> None:
    """The same of all layers and heads at a glance."""
    if sent := picked(key):
        take(kinds, {name: counted(sent.get(name)) for name in ("layer", "head")} | edits_moved(kinds, sent))


def edits_moved(kinds: Kinds, sent: Mapping[str, Any]) -> dict[str, str]:
    """Edits of the layer that is left stay with it: what `s` and `elsewhere` are where another layer is shown.

    Args:
        kinds: the page's settings, the explorer's among them.
        sent: the layer that was chosen, from 0; whatever a browser may have sent.
    """
    values, layer = values_now(kinds), counted(sent.get("layer"))
    if not kinds["layer"].holds(layer) or not (values["s"] or values["elsewhere"]):
        return {}
    s, others = elsewhere.moved(values["layer"], layer, values["s"], values["elsewhere"])
    return {"s": s, "elsewhere": others}


def take_part(key: str) -> None:
    """The same of a whole stack, whose settings are those of the blocks page."""
    if sent := picked(key):
        tokens = sent.get("tokens")
        tokens = tokens if isinstance(tokens, dict) else {}
        places = {
            "stack_source_token": counted(tokens.get("encoder", tokens.get("decoder"))),
            "stack_target_token": counted(tokens.get("decoder")) if "encoder" in tokens else None,
            "stack_head": counted(sent.get("head")),
        }
        take(Blocks.kinds(), {"stack_open": sent.get("open"), "stack_cell": cell_text(sent.get("cell")), **places})
