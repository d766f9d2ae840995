import math

import pytest

from attnlab.training.scoring.evaluate import interval_of
from attnlab.training.scoring.intervals import ENOUGH, Z_95, wilson

# The first four: Newcombe 1998, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
# 17:857, table I. The others by hand: of none or all of n, z² / (n + z²).
KNOWN = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (0, 10, 0.0, 0.2775),
    (5, 10, 0.2366, 0.7634),
    (10, 10, 0.7225, 1.0),
]


@pytest.mark.parametrize(("hits", "count", "low", "high"), KNOWN)
def test_intervals_are_the_known_ones(hits: int, count: int, low: float, high: float) -> None:
    found = wilson(hits / count, count)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("share", "count"), [(0.1, 7), (0.5, 53), (0.97, 211)])
def test_the_ends_are_where_the_seen_share_is_just_as_far_off_as_allowed(share: float, count: int) -> None:
    found = wilson(share, count)
    for end in (found.low, found.high):
        assert abs(share - end) == pytest.approx(Z_95 * math.sqrt(end * (1 - end) / count))


@pytest.mark.parametrize(("share", "count"), [(0.5, 0), (-0.1, 5), (1.1, 5), (math.nan, 5)])
def test_what_is_no_share_of_anything_is_refused(share: float, count: int) -> None:
    with pytest.raises(ValueError, match="share"):
        wilson(share, count)


def test_an_interval_is_given_of_few_examples_and_of_shares_alone() -> None:
    assert interval_of(0.5, "accuracy", 10) == wilson(0.5, 10)
    assert interval_of(0.5, "exact", ENOUGH - 1) == wilson(0.5, ENOUGH - 1)
    assert interval_of(0.5, "accuracy", ENOUGH) is None
    assert interval_of(0.5, "mse", 10) is None
    assert interval_of(None, "accuracy", 10) is None
    assert wilson(0.5, ENOUGH).high - 0.5 < 0.031
