"""Why settings cannot be drawn, in the page's words: a refusal brings field, code and values, the prose the rest."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import streamlit as st

from attnlab.charts import contender_name
from attnlab.engine import SpecError
from attnlab.prose import listed, name_of, page_prose
from attnlab.settings.fields import Kinds
from attnlab.settings.links import shortened
from attnlab.training import StoreError
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refused_links import wanted_of

OF_GOT = {"archive": "archive", "not_now": "state"}
"""Tables of names for what was got, by code; else the field's."""
LISTED = 9
"""Of the names to choose from."""


def control_labels(kinds: Kinds, controls: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the controls are called on the page, by parameter and by the field of the spec that each fills.

    Args:
        kinds: the settings of the page.
        controls: its prose of them.
    """
    labels = {name: words["label"] for name, words in controls.items()}
    return {kind.fills: labels[name] for name, kind in kinds.items() if kind.fills and name in labels} | labels


def knob_labels(knobs: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the fields of a plan are called where it is set up."""
    return {name: words["label"] for name, words in knobs.items()}


def refusal_sentence(error: Exception, labels: Mapping[str, str] | None = None) -> str:
    """The sentence that says a refusal, as Markdown; the error's own where the prose has none for it.

    Args:
        error: what was raised: a `SpecError`, a `StoreError`, or another one that says itself.
        labels: of `control_labels`; what has no control is called as the prose says.
    """
    return _said(error, labels or {}, plain)


def refusal_text(error: Exception) -> str:
    """The same as text, for what is no Markdown."""
    return _said(error, {}, str)


def _said(error: Exception, labels: Mapping[str, str], shown_as: Callable[[str], str]) -> str:
    words = page_prose("refusals")
    sentences, known = words["sentences"], words["fields"] | dict(labels)
    if not isinstance(error, (SpecError, StoreError)) or error.code is None:
        return shown_as(str(error))
    values = dict(error.values)
    code: str = "range_up" if error.code == "range" and values.get("high") is None else error.code
    code = "memory_none" if code == "memory" and not values["most"] else code
    if "other" in values:
        values["other"] = known.get(str(values["other"]), values["other"])
    if "allowed" in values:
        values["allowed"] = wanted_of(cast("str", values["allowed"]))
    tables = {"got": error.field, "choices": error.field, "of": str(error.values.get("other"))}
    tables |= {"other": error.field} if code == "same" else {}
    tables |= {"got": OF_GOT[code]} if code in OF_GOT else {}
    named = {name: _named(tables.get(name, ""), value) for name, value in values.items()}
    shown = {name: shown_as(_shown(value, sentences["more"])) for name, value in named.items()}
    return str(sentences[code]).format(field=shown_as(known.get(error.field, error.field)), **shown)


def say_refusal(error: SpecError, sentence: str, labels: Mapping[str, str], which: str = "") -> bool:
    """Say what does not fit while the last good picture stays, and whether there was anything to say.

    A text that was just left empty is nothing to mend: its field says what can be typed, and the picture is dimmed
    (`assets/frame/frame.css`).

    Args:
        error: why.
        sentence: with the blank {reason}.
        labels: of `control_labels`.
        which: of several pictures on a page.
    """
    if error.code == "empty" and not str(error.values["got"]).strip():
        with st.container(key=f"nothing_asked{which}"):
            st.empty()
        return False
    st.error(sentence.format(reason=refusal_sentence(error, labels)))
    return True


def _named(table: str, value: Any) -> Any:
    """Options as their control names them; anything else as it is."""
    if isinstance(value, str):
        return contender_name(value) if table == "contenders" else name_of(table, value)
    return [_named(table, one) for one in value] if isinstance(value, (list, tuple)) else value


def _shown(value: Any, more: str) -> str:
    if isinstance(value, str):
        return shortened(value) if value.isprintable() and value.strip() else repr(shortened(value))
    if not isinstance(value, Sequence):
        return f"{value:g}" if isinstance(value, float) else str(value)
    first = listed(shortened(str(one)) for one in value[:LISTED])
    return more.format(listed=first) if len(value) > LISTED else first
