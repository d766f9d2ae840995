"""How a translation was looked for: the tree of its beam search."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.pictures.translation.tree import tree_data
from attnlab.settings.translate import Translate
from attnlab.training.scoring.translating import Written
from attnlab.ui.canvases.canvas import beam_tree
from attnlab.ui.translate.controls import TREE_KEY, take_hypothesis


def search_view(written: Written, symbols: tuple[str, ...], settings: Translate, said: Mapping[str, Any]) -> None:
    """A drawer with the tree, made only while somebody looks.

    Args:
        written: the hypothesis that is looked at, with its tree.
        symbols: what the ids of its words are called.
        settings: the page's settings.
        said: the prose of the drawer.
    """
    drawer = st.expander(said["title"], key="translate_search", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        line = said["line" if settings.beams > 1 else "line_greedy"]
        st.caption(line.format(beams=settings.beams, alpha=f"{settings.alpha:g}"))
        shown = min(settings.hypothesis, max(1, len(written.tree.finished)))
        data = tree_data(written.tree, symbols, shown, said["tree"])
        beam_tree(data, key=TREE_KEY, on_selection_change=take_hypothesis)
