"""What an opened link asked for and did not get: taken out of the link, remembered, and said."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.settings import links
from attnlab.ui.kit.messages import plain


def refused_in_link(page: str, checks: Mapping[str, links.Check]) -> dict[str, links.Refusal]:
    """The parameters that cannot be taken; they leave the link before a widget sees them.

    Args:
        page: under which name the session remembers them.
        checks: of the page's settings.
    """
    key = f"{page}_refusals"
    if key not in st.session_state:
        params = {name: st.query_params.get_all(name) for name in st.query_params}
        refused = st.session_state[key] = links.refusals(params, checks)
        if refused:
            st.query_params.from_dict({name: texts for name, texts in params.items() if name not in refused})
            st.rerun()
    remembered: dict[str, links.Refusal] = st.session_state[key]
    return remembered


def say_refused(page: str, refused: Mapping[str, links.Refusal], values: Mapping[str, Any], sentence: str) -> None:
    """Say what is used instead, until the user has set that control.

    Args:
        page: as in `refused_in_link`.
        refused: what it gave.
        values: of all settings, now.
        sentence: with the blanks {field}, {got}, {allowed} and {used}.
    """
    instead = st.session_state.setdefault(f"{page}_instead_of_refused", {name: values[name] for name in refused})
    lines = [
        sentence.format(
            field=name, got=plain(refusal.got), allowed=plain(refusal.allowed), used=plain(str(instead[name]))
        )
        for name, refusal in refused.items()
        if values[name] == instead[name]
    ]
    if lines:
        st.warning("  \n".join(lines))
