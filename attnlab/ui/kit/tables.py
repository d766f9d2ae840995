"""Tables on pages: of numbers that wrap, and of what learners have written."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from attnlab.text import formula_safe


def table_view(rows: Sequence[Mapping[str, Any]]) -> None:
    """A table that wraps on a phone and on paper, without the columns in which nothing stands."""
    frame = pd.DataFrame([{name: cell_text(value) for name, value in row.items()} for row in rows])
    st.table(frame.loc[:, (frame != "").any()], hide_index=True, border="horizontal")


def cell_text(value: Any) -> str:
    """Nothing for None, thousands apart, a number as it is."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,}"


def guarded(frame: pd.DataFrame, written: Sequence[str]) -> pd.DataFrame | Styler:
    """A table to show that can be downloaded: what a spreadsheet would run is guarded in the file, not on the screen.

    Args:
        frame: with columns of different names.
        written: the columns that hold what somebody wrote.
    """
    safe = frame.assign(**{name: frame[name].map(formula_safe) for name in written})
    changed = {name: safe[name] != frame[name] for name in written}
    if not any(rows.any() for rows in changed.values()):
        return frame
    styled = safe.style
    for name, rows in changed.items():
        styled = styled.format(lambda text: str(text)[1:], subset=(rows, [name]))
    return styled
