"""What each head does, as a chart."""

import functools
from typing import Any

import altair as alt

from attnlab.charts.theme import BAR, MARK, ROW_HEIGHT, built

HEADS_DATASET = "measures"


@functools.lru_cache(maxsize=8)
def entropy_by_head(head_title: str, entropy_title: str) -> dict[str, Any]:
    """Bars of entropy in bits, one a head, with a tick at the entropy of an even spread.

    The dataset has the columns `head` (number), `entropy_bits` and `most_bits` (the mean over queries of the largest
    entropy their mask leaves them).

    Args:
        head_title: label of the heads' axis.
        entropy_title: label of the entropy axis.
    """
    base = alt.Chart(alt.NamedData(HEADS_DATASET)).encode(y=alt.Y("head:O", title=head_title))
    bits = alt.Axis(title=entropy_title, format=".1f")
    bars = base.mark_bar(color=BAR).encode(x=alt.X("entropy_bits:Q", axis=bits))
    most = base.mark_tick(color=MARK, thickness=3, size=ROW_HEIGHT * 0.8).encode(x="most_bits:Q")
    chart = (bars + most).properties(height=alt.Step(ROW_HEIGHT))
    return built(chart)
