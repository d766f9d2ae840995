"""How a family looks in every chart: one colour, one dash, one shape, whoever else is in the race."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import altair as alt

from attnlab.engine import SpecError
from attnlab.prose import name_of


@dataclass(frozen=True)
class Style:
    """Colour alone tells nothing to some; dash (of lines) and shape (of points) say the same."""

    color: str
    dash: tuple[int, ...]
    shape: str


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        # Okabe and Ito (2008), the two pale ones darkened: each stands out 3 to 1 on white and on the dark page.
        "transformer": Style("#d55e00", (1, 0), "circle"),
        "lstm": Style("#0072b2", (8, 3), "square"),
        "gru": Style("#009e73", (4, 2), "triangle-up"),
        "rnn": Style("#cc79a7", (2, 2), "cross"),
        "tcn": Style("#a67c00", (8, 3, 2, 3), "diamond"),
        "lstm_attention": Style("#7a6fd0", (12, 2, 2, 2, 2, 2), "triangle-down"),
        "gru_attention": Style("#56859c", (6, 2, 2, 2), "triangle-right"),
        "text_cnn": Style("#808a00", (10, 4), "triangle-left"),
        "bag_of_words": Style("#b0467a", (2, 4), "wedge"),
    }
)
"""By family."""

QUIET = "#79818f"
"""Grey of floors, rules and their labels: the same distance from a white and from a dark page."""

LEGEND_COLUMNS = 3  # six families in two rows fit a phone


def check_families(families: tuple[str, ...]) -> None:
    """Refuse what has no style, so that nothing a user typed becomes part of a specification.

    Raises:
        SpecError: no family, an unknown one, or one twice.
    """
    if not families or len(set(families)) != len(families) or not set(families) <= set(STYLES):
        message = f"families ({families!r:.80}) must be some of {', '.join(STYLES)}, each once"
        raise SpecError("families", "choice", message, got=families, choices=tuple(STYLES))


def color(families: tuple[str, ...], title: str) -> alt.Color:
    """The colour channel of the field `contender`."""
    return alt.Color("contender:N", scale=_scale(families, "color"), legend=_legend(families, title))


def dash(families: tuple[str, ...], title: str) -> alt.StrokeDash:
    """The dash channel; its legend joins that of the colours."""
    return alt.StrokeDash("contender:N", scale=_scale(families, "dash"), legend=_legend(families, title))


def shape(families: tuple[str, ...], title: str) -> alt.Shape:
    """The shape channel; its legend joins that of the colours."""
    return alt.Shape("contender:N", scale=_scale(families, "shape"), legend=_legend(families, title))


def name_expression(families: tuple[str, ...], field: str) -> str:
    """A Vega expression for the name of the family that `field` holds."""
    names = json.dumps({family: name_of("family", family) for family in families})
    return f"({names})[{field}]"


def _scale(families: tuple[str, ...], part: str) -> alt.Scale:
    looks = [getattr(STYLES[family], part) for family in families]
    return alt.Scale(domain=list(families), range=looks)


def _legend(families: tuple[str, ...], title: str) -> alt.Legend:
    return alt.Legend(
        title=title or None,
        orient="top",
        columns=LEGEND_COLUMNS,
        labelExpr=name_expression(families, "datum.label"),
        symbolType="stroke",
        symbolStrokeWidth=3,
    )
