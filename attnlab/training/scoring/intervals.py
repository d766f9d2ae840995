"""How far a share that was counted may lie from the true one."""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Standard deviations around the mean of a normal distribution that hold 95 % of it."""
ENOUGH = 1000
"""Examples from which a score is given without its interval: it would reach 3 points to either side, or less."""


@dataclass(frozen=True)
class Interval:
    """Of shares, both ends counted."""

    low: float
    high: float


def wilson(share: float, count: int, z: float = Z_95) -> Interval:
    """The shares that a true one may have, of which `share` was seen in `count` independent tries: Wilson's interval.

    It keeps what it promises for few tries and for shares near 0 and 1, where the textbook's share ± z standard errors
    does not: of 20 right out of 20 that says 100 % and no less.

    Args:
        share: 0 to 1; that of something with parts, such as the right answers of an example, may lie between counts.
        count: 1 or more.
        z: 1.96 for 95 %.

    Raises:
        ValueError: a share or a count out of bounds.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22:209; that it is
        the one to take: Brown, Cai, DasGupta 2001, "Interval estimation for a binomial proportion", Statistical Science
        16:101.
    """
    if count < 1 or not 0 <= share <= 1:
        raise ValueError(f"share ({share}) must be 0 to 1, and count ({count}) 1 or more")
    spread = z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
