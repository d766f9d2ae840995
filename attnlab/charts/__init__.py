"""Results in, Vega-Lite specifications out. No Streamlit here.

A specification is built and validated once and names its data ("measures"); a page sends it with the data of the
moment, so that the browser updates the view in place. Titles and domains therefore carry no changing numbers.
"""

from attnlab.charts.heads import HEADS_DATASET, entropy_by_head
from attnlab.charts.races.contenders import STYLES, Style, contender_name, setting_name, styles
from attnlab.charts.races.cursor import cursor_rows
from attnlab.charts.races.curves import CURSOR_DATASET, CURVES_DATASET, FLOORS_DATASET, MARKS_DATASET, learning_curves
from attnlab.charts.races.scores import SCORES_DATASET, SPEEDS_DATASET, gradient_norms, scores_by, tokens_per_second
from attnlab.charts.thin import drawable, thinned

__all__ = [
    "CURSOR_DATASET",
    "CURVES_DATASET",
    "FLOORS_DATASET",
    "HEADS_DATASET",
    "MARKS_DATASET",
    "SCORES_DATASET",
    "SPEEDS_DATASET",
    "STYLES",
    "Style",
    "contender_name",
    "cursor_rows",
    "drawable",
    "entropy_by_head",
    "gradient_norms",
    "learning_curves",
    "scores_by",
    "setting_name",
    "styles",
    "thinned",
    "tokens_per_second",
]
