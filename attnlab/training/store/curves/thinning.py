"""Fewer points, the same picture: of each stretch of a curve its lowest and its highest point stay.

A curve of 200,000 points on a screen 1,000 pixels wide is, per pixel, a line from a minimum to a maximum. Averages
or every n-th point would lose the spike that a learner should see. NaN is a spike too: the first of a stretch stays.

Source: Jugel et al. 2014, "M4: A Visualization-Oriented Time Series Data Aggregation",
https://www.vldb.org/pvldb/vol7/p797-jugel.pdf
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def extremes(groups: Indices, values: Sequence[float | None]) -> Indices:
    """Where each group has its minimum, its maximum and its first NaN; sorted, without repetition.

    Args:
        groups: (N,) group of each value.
        values: (N,) None is no value.
    """
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    known = np.array([value is not None for value in values], dtype=bool)
    comparable = np.flatnonzero(known & ~np.isnan(numbers))
    not_numbers = np.flatnonzero(known & np.isnan(numbers))
    order = comparable[np.lexsort((numbers[comparable], groups[comparable]))]
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    ends = np.append(starts[1:], len(order))[: len(starts)] - 1
    _, first_nan = np.unique(groups[not_numbers], return_index=True)
    return np.unique(np.concatenate([order[starts], order[ends], not_numbers[first_nan]]))


def thinned_indices(contenders: Sequence[str], measures: Sequence[Sequence[float | None]], most: int) -> Indices:
    """At most `most` of the points: extremes of every measure in equal stretches of each contender, and its ends.

    Args:
        contenders: (N,) in the order of time.
        measures: each (N,).
        most: at least twice as many as contenders, for the ends; if extremes exceed it, the later ones are dropped.
    """
    total = len(contenders)
    if total <= most:
        return np.arange(total)
    codes = np.unique(np.array(contenders), return_inverse=True)[1].astype(np.int64)
    place, ends = _places(codes)
    stretches = max(1, most // 2)
    while True:
        groups = codes * stretches + place * stretches // np.bincount(codes)[codes]
        kept = np.unique(np.concatenate([ends, *(extremes(groups, values) for values in measures)]))
        if len(kept) <= most:
            return kept
        if stretches == 1:
            others = np.setdiff1d(kept, ends)
            return np.union1d(ends, others[: max(0, most - len(np.unique(ends)))])
        stretches = max(1, min(stretches - 1, stretches * most // len(kept)))


def _places(codes: Indices) -> tuple[Indices, Indices]:
    """Each point's place among those of its contender, counted from 0; and where each contender begins and ends."""
    by_contender = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    starts = np.cumsum(counts) - counts
    place = np.empty_like(codes)
    place[by_contender] = np.arange(len(codes)) - np.repeat(starts, counts)
    return place, np.concatenate([by_contender[starts], by_contender[starts + counts - 1]])
