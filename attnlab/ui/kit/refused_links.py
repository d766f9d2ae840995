"""What an opened link asked for and did not get: taken out of the link, remembered, and said."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.prose import listed, page_prose
from attnlab.settings import fields, links
from attnlab.settings.fields import Kinds
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import kept, link


def refused_in_link(page: str, kinds: Kinds) -> dict[str, links.Refusal]:
    """The parameters that cannot be taken; they leave the link before a widget sees them.

    Some widgets cannot read them at all: an infinite seed raises in Streamlit, an empty choice is None.

    Args:
        page: under which name the session remembers them.
        kinds: the page's settings.
    """
    key = kept(page, "refused")
    if key not in st.session_state:
        params = link()
        refused = st.session_state[key] = fields.refusals(params, kinds)
        if refused:
            st.query_params.from_dict({name: texts for name, texts in params.items() if name not in refused})
            st.rerun()
    remembered: dict[str, links.Refusal] = st.session_state[key]
    return remembered


def say_refused(
    page: str, kinds: Kinds, values: Mapping[str, Any], sentence: str, sentences: Mapping[str, str] | None = None
) -> None:
    """Say what is used instead, until the user has set that control.

    Args:
        page: as in `refused_in_link`.
        kinds: the page's settings.
        values: of all settings, now.
        sentence: with the blanks {field}, {got}, {allowed} and {used}.
        sentences: for parameters that have one of their own.
    """
    refused = refused_in_link(page, kinds)
    instead = st.session_state.setdefault(kept(page, "used_instead"), {name: values[name] for name in refused})
    lines = [
        (sentences or {})
        .get(name, sentence)
        .format(
            field=name,
            got=plain(refusal.got),
            allowed=plain(wanted_of(refusal.allowed)),
            used=plain(_shown(instead[name])),
        )
        for name, refusal in refused.items()
        if values[name] == instead[name]
    ]
    if lines:
        st.warning("  \n".join(lines))


def wanted_of(allowed: str) -> str:
    """What a parameter must be, in the visitor's language; as the check says it where the prose has no sentence."""
    sentences = page_prose("refusals")["wanted"]
    if not isinstance(allowed, links.Wanted) or allowed.code not in sentences:
        return allowed
    choices = allowed.values.get("choices")
    shown = {"choices": listed(choices)} if isinstance(choices, tuple) else {}
    return str(sentences[allowed.code]).format(**{**allowed.values, **shown})


def _shown(value: Any) -> str:
    if value is None:
        return str(page_prose("refusals")["instead"]["nothing"])
    return listed(value) if isinstance(value, (list, tuple)) else str(value)
