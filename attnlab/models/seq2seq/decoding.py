"""From a source to a target, one word after another: greedily, or with several hypotheses side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_number
from attnlab.models.evaluating import evaluating
from attnlab.models.seq2seq.base import Memory
from attnlab.models.seq2seq.model import Seq2SeqModel

START_ID, END_ID = 1, 2
"""Of the target's vocabulary."""
MAX_BEAMS = 10


@dataclass(frozen=True)
class Node:
    """A word that a beam search has weighed, and how it came to it."""

    number: int  # in the order in which they were made; the start is 0
    parent: int | None
    word: int  # an id
    log_prob: float  # in nats, of this word after its parent's
    total: float  # of the whole hypothesis up to here
    score: float  # `total` over length^alpha: what hypotheses are ordered by
    step: int  # words before it, the start not counted
    kept: bool  # whether the search went on from here, or ended well

    @property
    def ended(self) -> bool:
        """Whether the hypothesis is complete."""
        return self.word == END_ID


@dataclass(frozen=True)
class BeamTree:
    """Everything that a beam search looked at."""

    nodes: tuple[Node, ...]  # the start first; a parent comes before its children
    best: int  # the node that the winner ends with

    def words_to(self, number: int) -> tuple[int, ...]:
        """The ids of a hypothesis from after its start to a node, <end> included."""
        words: list[int] = []
        node = self.nodes[number]
        while node.parent is not None:
            words.append(node.word)
            node = self.nodes[node.parent]
        return tuple(reversed(words))

    @property
    def finished(self) -> tuple[Node, ...]:
        """The complete hypotheses, best first."""
        return tuple(sorted((node for node in self.nodes if node.ended and node.kept), key=lambda node: -node.score))


def greedy(model: Seq2SeqModel, sources: Tensor, *, most: int | None = None) -> list[tuple[int, ...]]:
    """The likeliest next word, again and again, for a whole batch.

    Args:
        model: of any family.
        sources: (B, S) ids with padding behind the words.
        most: words at most; as many as the model can write if left out.

    Returns:
        Ids without start and end, one tuple a source; one that never ends is cut.
    """
    limit = model.config.target_len if most is None else min(most, model.config.target_len)
    with evaluating(model):
        memory = model.encode(sources)
        target = torch.full((len(sources), 1), START_ID, device=sources.device)
        done = torch.zeros(len(sources), dtype=torch.bool, device=sources.device)
        for _ in range(limit):
            # Without a cache: a target is short, and one function for training and writing cannot disagree with itself.
            following = model.next_logits(memory, target).argmax(-1)
            target = torch.cat((target, following[:, None]), dim=1)
            done |= following == END_ID
            if bool(done.all()) or target.shape[1] > limit:
                break
    return [_until_end(row) for row in target[:, 1:].tolist()]


def beam_search(
    model: Seq2SeqModel, source: Tensor, width: int = 4, *, alpha: float = 0.6, most: int | None = None
) -> BeamTree:
    """The `width` best hypotheses side by side, all that was weighed kept as a tree.

    At each step every open hypothesis proposes its `width` likeliest words, and of all of these and the complete ones
    the `width` best go on. The search ends when all of them are complete. With a width of 1 it is `greedy`.

    Args:
        model: of any family.
        source: (1, S) ids with padding behind the words.
        width: hypotheses.
        alpha: scores are log-probabilities over length^alpha: 0 favours short ones, 1 compares means.
        most: words at most; as many as the model can write if left out.

    Raises:
        SpecError: a width or an alpha out of bounds.

    Source: Sutskever et al. 2014, section 3.2, https://arxiv.org/abs/1409.3215; the exponent: Wu et al. 2016,
    section 7, https://arxiv.org/abs/1609.08144, whose penalty is ((5 + length) / 6)^alpha.
    """
    check_number("beams", width, 1, MAX_BEAMS)
    if not 0 <= alpha <= 2:
        message = f"alpha ({alpha!r:.60}) must be between 0 and 2"
        raise SpecError("alpha", "range", message, got=alpha, low=0, high=2)
    limit = model.config.target_len if most is None else min(most, model.config.target_len)
    with evaluating(model):
        return _searched(model, model.encode(source), width, alpha, limit)


def _searched(model: Seq2SeqModel, memory: Memory, width: int, alpha: float, limit: int) -> BeamTree:
    nodes = [Node(0, None, START_ID, 0.0, 0.0, 0.0, -1, kept=True)]
    beam = [0]
    for step in range(limit):
        open_ones = [number for number in beam if not nodes[number].ended]
        if not open_ones:
            break
        proposed = _proposals(model, memory, nodes, open_ones, width)
        for parent, word, log_prob in proposed:
            total = nodes[parent].total + log_prob
            score = total / (step + 1) ** alpha
            nodes.append(Node(len(nodes), parent, word, log_prob, total, score, step, kept=False))
        made = range(len(nodes) - len(proposed), len(nodes))
        ended = [number for number in beam if nodes[number].ended]
        beam = sorted((*ended, *made), key=lambda number: -nodes[number].score)[:width]
        for number in beam:
            nodes[number] = replace(nodes[number], kept=True)
    best = max(beam, key=lambda number: (nodes[number].ended, nodes[number].score))
    return BeamTree(tuple(nodes), best)


def _proposals(
    model: Seq2SeqModel, memory: Memory, nodes: Sequence[Node], parents: Sequence[int], width: int
) -> list[tuple[int, int, float]]:
    """Parent, word and its log-probability: the likeliest `width` words after each open hypothesis."""
    tree = BeamTree(tuple(nodes), 0)
    rows = [(START_ID, *tree.words_to(parent)) for parent in parents]
    target = torch.tensor(rows, device=memory.mask.device)  # all of one length: the open ones are equally old
    log_probs = model.next_logits(memory.repeated(len(rows)), target).double().log_softmax(-1)
    values, words = log_probs.topk(min(width, log_probs.shape[-1]))
    return [
        (parent, word, value if math.isfinite(value) else -1e9)
        for parent, row_words, row_values in zip(parents, words.tolist(), values.tolist(), strict=True)
        for word, value in zip(row_words, row_values, strict=True)
    ]


def _until_end(words: Sequence[int]) -> tuple[int, ...]:
    return tuple(words[: words.index(END_ID)] if END_ID in words else words)
