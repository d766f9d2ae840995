"""A choice that has one name on the page and another in the link.

Streamlit writes what a page shows into the link; a link that says "Text CNN" would mean nothing in another language.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def linked_pills(
    label: str, options: Sequence[str], named: Callable[[str], str], *, key: str, default: str, **looks: Any
) -> str:
    """One of a few, all in sight; in the link under its key, unless it is the default.

    Args:
        label: above the options.
        options: as the link says them; a link that says anything else opens with the default.
        named: what the page calls an option.
        key: of the widget, and the parameter's name.
        default: what the page opens with.
        looks: what else `st.pills` takes.
    """
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key, default)
        st.session_state[key] = asked if asked in options else default
    chosen = str(st.pills(label, options, required=True, format_func=named, key=key, **looks))
    if chosen != st.query_params.get(key, default):
        st.query_params[key] = chosen
    if chosen == default and key in st.query_params:
        del st.query_params[key]
    return chosen
