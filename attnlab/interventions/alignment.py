"""Which token of one run stands where in another: what is put from the first into the second."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from attnlab.pretrained import Trace

Counterparts = tuple[int | None, ...]
"""Of each token of the second text the place of its counterpart in the first, from 0; None where it has none."""


def counterparts(clean: Trace, other: Trace) -> Counterparts:
    """Texts of one length token by token; of others what both have in the same order, and what stands between.

    Of what stands between two such stretches the last tokens go together, as many as both have there: a noun with a
    noun, where one has an adjective before it.

    Args:
        clean: the run that is put into the other one.
        other: the other one.

    Source: Ratcliff & Metzener 1988, "Pattern Matching: The Gestalt Approach", as Python's difflib has it
    """
    return aligned([token.id for token in clean.tokens], [token.id for token in other.tokens])


def aligned(ids: Sequence[int], others: Sequence[int]) -> Counterparts:
    """As `counterparts`, of the ids of two texts."""
    if len(ids) == len(others):
        return tuple(range(len(ids)))
    found: list[int | None] = [None] * len(others)
    for _, start, end, there, there_end in SequenceMatcher(None, ids, others, autojunk=False).get_opcodes():
        if pairs := min(end - start, there_end - there):
            found[there_end - pairs : there_end] = range(end - pairs, end)
    return tuple(found)
