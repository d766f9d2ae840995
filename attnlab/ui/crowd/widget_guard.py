"""What a client sends for a widget is of the widget's own type, or it is not taken.

Streamlit's front end never sends a text for a number; whoever speaks the protocol by hand may, and Streamlit would hand
it to the page, or fail over it, for as long as the session lives.
"""

import functools
from copy import deepcopy
from typing import Any

from streamlit.errors import StreamlitAPIException
from streamlit.runtime.state.common import WidgetMetadata, unpack_widget_state_value
from streamlit.runtime.state.session_state import Serialized, WStates

_NUMBERS = {"int_value", "double_value"}
_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, StreamlitAPIException)


@functools.cache
def guard_widgets() -> None:
    """From now on such a value is dropped, in every session, and the widget has its default."""
    read = WStates.__getitem__

    def guarded(states: WStates, key: str) -> Any:
        state, widget = states.states.get(key), states.widget_metadata.get(key)
        if isinstance(state, Serialized) and widget is not None and not _fits(state, widget):
            states.set_from_value(key, deepcopy(widget.deserializer(None)))
        return read(states, key)

    WStates.__getitem__ = guarded  # type: ignore[method-assign]  # the one place where all widgets' values are read


def _fits(state: Serialized, widget: WidgetMetadata[Any]) -> bool:
    """Whether the value is of the type that the widget's own front end sends, and can be read."""
    sent = state.value.WhichOneof("value")
    if sent not in {None, widget.value_type} and not {sent, widget.value_type} <= _NUMBERS:
        return False
    try:
        widget.deserializer(unpack_widget_state_value(state.value))
    except _UNREADABLE:
        return False
    return True
