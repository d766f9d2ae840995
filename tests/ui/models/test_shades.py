"""Colours of tables: those of the canvases."""

from typing import Any

import pandas as pd

from attnlab.ui.models.shades import ABOVE, BELOW, DARKEST, SHARE, shaded


def colors(table: pd.DataFrame, **how: Any) -> str:
    return str(shaded(table, **how).to_html())


def test_what_is_above_zero_is_orange_what_is_below_blue_and_a_share_green() -> None:
    signed = colors(pd.DataFrame([[4.0, -4.0]]), most=4.0)
    assert ABOVE.format(strength=DARKEST) in signed
    assert BELOW.format(strength=DARKEST) in signed
    said = colors(pd.DataFrame([["cat"]]), shares=pd.DataFrame([[1.0]]))
    assert SHARE.format(strength=DARKEST) in said
    assert ABOVE.format(strength=DARKEST) not in said
