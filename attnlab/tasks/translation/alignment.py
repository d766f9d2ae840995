"""Which source word a target word comes from: links that are known, links that an attention map proposes, their error.

A link is (target position, source position): target words are queries and stand in rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

Link = tuple[int, int]


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation, word by word, and the gold links between them.

    A sure link goes to the word that a target word translates; every target word of our grammar has one. A possible
    link goes to a word that decides its form, such as the noun an article agrees with; sure links are possible too. A
    user's own pairs have no gold links.

    Source: sure and possible links are those of Och and Ney 2003, section 5.1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    sure: frozenset[Link] = frozenset()
    possible: frozenset[Link] = frozenset()


def links_of(weights: Tensor, num_targets: int, num_sources: int, threshold: float | None = None) -> frozenset[Link]:
    """The links that an attention map proposes: for each real target word, the source word with the largest weight.

    Args:
        weights: (T, S); row t is the query that predicts target word t.
        num_targets: real target words; <end> and padding behind them propose nothing.
        num_sources: real source words; padding behind them cannot be proposed.
        threshold: if given, every source word with at least this weight instead.

    Returns:
        (target position, source position) each.

    Raises:
        ValueError: more words than the map has rows or columns, or no source word.
    """
    T, S = weights.shape
    if not 0 <= num_targets <= T:
        raise ValueError(f"num_targets ({num_targets}) must be between 0 and {T}, the rows of the map")
    if not 1 <= num_sources <= S:
        raise ValueError(f"num_sources ({num_sources}) must be between 1 and {S}, the columns of the map")
    real = weights[:num_targets, :num_sources]
    if threshold is None:
        return frozenset(enumerate(real.argmax(1).tolist()))
    return frozenset((target, source) for target, source in (real >= threshold).nonzero().tolist())


def alignment_error_rate(links: Sequence[frozenset[Link]], golds: Sequence[Pair]) -> float | None:
    """1 - (|A∩S| + |A∩P|) / (|A| + |S|), counted over all sentences together: 0 is perfect.

    A are the proposed links, S the sure ones, P the possible ones. A proposed link that is only possible costs nothing;
    a sure link that is not proposed does.

    Args:
        links: the proposed links of each sentence.
        golds: the same sentences.

    Returns:
        The error, or None where there are no gold links.

    Raises:
        ValueError: another number of sentences.

    Source: Och and Ney 2003, "A Systematic Comparison of Various Statistical Alignment Models", section 5.1,
        https://aclanthology.org/J03-1002/
    """
    if not any(gold.sure for gold in golds):
        return None
    agreed = total = 0
    for proposed, gold in zip(links, golds, strict=True):
        agreed += len(proposed & gold.sure) + len(proposed & gold.possible)
        total += len(proposed) + len(gold.sure)
    return 1 - agreed / total
