"""How a contender looks in every chart: its family's colour, dash and shape, and what it is called.

A family looks the same whoever else is in the race. Of several contenders of one family, the first has the family's
look; the others take those of families that are not in the race.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import altair as alt

from attnlab.engine import SpecError
from attnlab.prose import name_of
from attnlab.training.plans.contender import contender


@dataclass(frozen=True)
class Style:
    """Colour alone tells nothing to some; dash (of lines) and shape (of points) say the same."""

    color: str
    dash: tuple[int, ...]
    shape: str


STAR = "M0,-1L0.3,-0.3L1,0L0.3,0.3L0,1L-0.3,0.3L-1,0L-0.3,-0.3Z"
"""Four points: Vega has no more shapes of its own that are told apart when small, and takes an SVG path."""

HOUSE = "M-0.8,1L-0.8,-0.2L0,-1L0.8,-0.2L0.8,1Z"
PILL = "M-1,-0.35L1,-0.35L1,0.35L-1,0.35Z"
HOURGLASS = "M-0.9,-1L0.9,-1L0.15,0L0.9,1L-0.9,1L-0.15,0Z"
ARROW = "M0,-1L1,0L0.3,0L0.3,1L-0.3,1L-0.3,0L-1,0Z"
DOORWAY = "M-0.9,0.9L-0.9,-0.9L0.9,-0.9L0.9,0.9L0.4,0.9L0.4,-0.3L-0.4,-0.3L-0.4,0.9Z"

STYLES: Mapping[str, Style] = MappingProxyType(
    {
        # Okabe and Ito (2008), the two pale ones darkened: each stands out 3 to 1 on white and on the dark page.
        "transformer": Style("#d55e00", (1, 0), "circle"),
        "lstm": Style("#0072b2", (8, 3), "square"),
        "gru": Style("#009e73", (4, 2), "triangle-up"),
        "rnn": Style("#cc79a7", (2, 2), "cross"),
        "tcn": Style("#a67c00", (8, 3, 2, 3), "diamond"),
        "lstm_attention": Style("#7a6fd0", (12, 2, 2, 2, 2, 2), "triangle-down"),
        "window_attention": Style("#0f8fa9", (3, 1), ARROW),
        "linear_attention": Style("#8d6e5a", (14, 4, 4, 4), STAR),
        "gru_attention": Style("#56859c", (6, 2, 2, 2), "triangle-right"),
        "text_cnn": Style("#808a00", (10, 4), "triangle-left"),
        "bag_of_words": Style("#b0467a", (2, 4), HOURGLASS),
        "minilm": Style("#9a5bbf", (6, 2, 1, 2), DOORWAY),
        "cnn2d": Style("#3f8f3f", (1, 3), HOUSE),
        "mlp": Style("#b5553f", (16, 2), PILL),
    }
)
"""By family."""

QUIET = "#79818f"
"""Grey of floors, rules and their labels: the same distance from a white and from a dark page."""

SymbolName = Literal["lines", "points"]
SYMBOLS: Mapping[SymbolName, Mapping[str, Any]] = MappingProxyType(
    {
        # As long as a dash and the next; a row is as high as its symbol is long.
        "lines": {"symbolType": "stroke", "symbolStrokeWidth": 3, "symbolSize": 600, "rowPadding": -12},
        "points": {"symbolStrokeWidth": 0, "symbolSize": 90, "symbolOpacity": 1},  # a dashed outline makes it a blot
    }
)
"""Of a legend: pieces of lines, which differ by their dashes, or the shapes of points."""

LEGEND_ROW = 18  # pixels
LONGEST_IN_COLUMNS = {3: 11, 2: 18}
"""By number of columns: signs of a name that fit a phone so often side by side."""


def contender_name(key: str) -> str:
    """What pages call a contender: its family, and each setting of its own, "Transformer · 1 head".

    A key that names none, such as one that a newer program has stored, is its own name.
    """
    try:
        one = contender(key)
    except SpecError:
        return key
    return " · ".join((name_of("family", one.family), *(setting_name(name, word) for name, word in one.words.items())))


def setting_name(setting: str, word: str) -> str:
    """What pages call a setting of a contender and its value; numbers have one name for all, with a blank."""
    both = f"{setting}-{word}"
    told = name_of("contender", both)
    return name_of("contender", setting).format(value=word) if told == both else told


def styles(contenders: tuple[str, ...]) -> dict[str, Style]:
    """The look of each contender of a race, by key.

    Raises:
        SpecError: no contender, what is none, one twice, or more than there are looks. So nothing that a user typed
            becomes part of a specification.
    """
    if not contenders or len(set(contenders)) != len(contenders) or len(contenders) > len(STYLES):
        message = f"contenders ({contenders!r:.80}) must be 1 to {len(STYLES)} different ones of {', '.join(STYLES)}"
        raise SpecError("contenders", "choice", message, got=contenders, choices=tuple(STYLES))
    families = {key: contender(key).family for key in contenders}
    spare = iter([family for family in STYLES if family not in families.values()])
    taken: dict[str, str] = {}
    for key, family in families.items():
        taken[key] = next(spare) if family in taken.values() else family
    return {key: STYLES[look] for key, look in taken.items()}


def color(contenders: tuple[str, ...], title: str, symbols: SymbolName = "lines") -> alt.Color:
    """The colour channel of the field `contender`."""
    return alt.Color("contender:N", scale=_scale(contenders, "color"), legend=_legend(contenders, title, symbols))


def dash(contenders: tuple[str, ...], title: str, symbols: SymbolName = "lines") -> alt.StrokeDash:
    """The dash channel; its legend joins that of the colours."""
    return alt.StrokeDash("contender:N", scale=_scale(contenders, "dash"), legend=_legend(contenders, title, symbols))


def shape(contenders: tuple[str, ...], title: str) -> alt.Shape:
    """The shape channel; its legend joins that of the colours, if these ask for points."""
    return alt.Shape("contender:N", scale=_scale(contenders, "shape"), legend=_legend(contenders, title, "points"))


def name_expression(contenders: tuple[str, ...], field: str) -> str:
    """A Vega expression for the name of the contender that `field` holds."""
    names = json.dumps({key: contender_name(key) for key in contenders})
    return f"({names})[{field}]"


def legend_columns(contenders: tuple[str, ...]) -> int:
    """Into how many columns the names of contenders are put."""
    longest = max(len(contender_name(key)) for key in contenders)
    return next((columns for columns, most in LONGEST_IN_COLUMNS.items() if longest <= most), 1)


def legend_height(contenders: tuple[str, ...]) -> int:
    """Pixels of the rows of a legend: what is drawn below it keeps its own."""
    return LEGEND_ROW * -(-len(contenders) // legend_columns(contenders))


def _scale(contenders: tuple[str, ...], part: str) -> alt.Scale:
    looks = styles(contenders)
    return alt.Scale(domain=list(contenders), range=[getattr(looks[key], part) for key in contenders])


def _legend(contenders: tuple[str, ...], title: str, symbols: SymbolName) -> alt.Legend:
    return alt.Legend(
        title=title or None,
        orient="top",
        columns=legend_columns(contenders),
        labelExpr=name_expression(contenders, "datum.label"),
        **SYMBOLS[symbols],
    )
