"""What the tree of a beam search draws (`assets/beam_tree/`)."""

from collections.abc import Mapping
from typing import Any

from attnlab.models.seq2seq.decoding import BeamTree
from attnlab.prose import token_name
from attnlab.sequences import two_decimals
from attnlab.tasks import readable
from attnlab.tasks.translation.corpus import END, START


def tree_data(tree: BeamTree, symbols: tuple[str, ...], shown: int, words: Mapping[str, str]) -> dict[str, Any]:
    """What is drawn, as JSON: every word that was weighed, and which of the complete sentences is looked at.

    Args:
        tree: of a search.
        symbols: what the ids of its words are called.
        shown: rank of the hypothesis that is looked at, 1 for the best.
        words: the prose of the tree.
    """
    begins, ends = token_name(START), token_name(END)
    ranks = {node.number: rank for rank, node in enumerate(tree.finished, start=1)}
    nodes = [
        {
            "number": node.number,
            "parent": node.parent,
            "word": begins if node.parent is None else ends if node.ended else symbols[node.word],
            "step": node.step,
            "kept": node.kept,
            "rank": ranks.get(node.number),
            "score": node.score,
            "shownScore": two_decimals(node.score),
            "logProb": two_decimals(node.log_prob),
            "total": two_decimals(node.total),
            "sentence": readable([symbols[word] for word in tree.words_to(node.number) if symbols[word] != END]),
        }
        for node in tree.nodes
    ]
    path, at = [], tree.nodes[tree.best]
    while at.parent is not None:
        path.append(at.number)
        at = tree.nodes[at.parent]
    return {"nodes": nodes, "winner": [*path, at.number], "shown": shown, "words": dict(words)}
