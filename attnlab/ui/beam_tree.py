"""The tree of a beam search (`assets/beam_tree/`)."""

from collections.abc import Callable, Mapping
from typing import Any

from attnlab.models.seq2seq.decoding import BeamTree
from attnlab.tasks import readable
from attnlab.tasks.translation_corpus import END
from attnlab.ui.component import component

_component = component("beam_tree")


def tree_data(tree: BeamTree, symbols: tuple[str, ...], shown: int, words: Mapping[str, str]) -> dict[str, Any]:
    """What is drawn, as JSON: every word that was weighed, and which of the complete sentences is looked at.

    Args:
        tree: of a search.
        symbols: what the ids of its words are called.
        shown: rank of the hypothesis that is looked at, 1 for the best.
        words: the prose of the tree.
    """
    ranks = {node.number: rank for rank, node in enumerate(tree.finished, start=1)}
    nodes = [
        {
            "number": node.number,
            "parent": node.parent,
            "word": words["start"] if node.parent is None else words["end"] if node.ended else symbols[node.word],
            "step": node.step,
            "kept": node.kept,
            "rank": ranks.get(node.number),
            "score": node.score,
            "shownScore": f"{node.score:.2f}",
            "logProb": f"{node.log_prob:.2f}",
            "total": f"{node.total:.2f}",
            "sentence": readable([symbols[word] for word in tree.words_to(node.number) if symbols[word] != END]),
        }
        for node in tree.nodes
    ]
    path, at = [], tree.nodes[tree.best]
    while at.parent is not None:
        path.append(at.number)
        at = tree.nodes[at.parent]
    return {"nodes": nodes, "winner": [*path, at.number], "shown": shown, "words": dict(words)}


def beam_tree(data: Mapping[str, Any], *, key: str, on_selection_change: Callable[[], None]) -> None:
    """Draw a tree, from `tree_data`.

    Args:
        data: the tree.
        key: names the component; `st.session_state[key].selection` then holds {"hypothesis": rank}.
        on_selection_change: called when a complete hypothesis was chosen.
    """
    _component(key=key, data=dict(data), on_selection_change=on_selection_change)
