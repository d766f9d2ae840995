"""Tables of what learners have written."""

from collections.abc import Sequence

import pandas as pd
from pandas.io.formats.style import Styler

from attnlab.text import formula_safe


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
