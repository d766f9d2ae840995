"""The tree of a beam search (`assets/beam_tree/`)."""

from collections.abc import Callable, Mapping
from typing import Any

from attnlab.ui.canvases.component import component

_component = component("beam_tree")


def beam_tree(data: Mapping[str, Any], *, key: str, on_selection_change: Callable[[], None]) -> None:
    """Draw a tree, from `tree_data`.

    Args:
        data: the tree.
        key: names the component; `st.session_state[key].selection` then holds {"hypothesis": rank}.
        on_selection_change: called when a complete hypothesis was chosen.
    """
    _component(key=key, data=dict(data), on_selection_change=on_selection_change)
