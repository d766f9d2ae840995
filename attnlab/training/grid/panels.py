"""The grid behind the choosing page: panels of one task over two settings of a Transformer.

    panel -> a race for each of its curves -> `python -m attnlab sweep --grid` -> assets/choosing.json

A cell is a contender of a race of the training page, with both settings in its key. So a link of that page runs it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

from attnlab.training.plans.contender import Contender, contender
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import FURTHER, RACES
from attnlab.training.shown.ready import Ready

SettingName = Literal["heads", "layers", "d_model", "dropout"]
"""What is swept over: settings of a contender."""
QuestionName = Literal["heads", "layers", "d_model", "d_k", "dropout"]
"""What may be asked: those, and the numbers of each head, which follow from width and heads."""
QUESTIONS: tuple[QuestionName, ...] = get_args(QuestionName)
SEEDS = 3
"""Of each cell of the table that ships, at least."""


@dataclass(frozen=True)
class Panel:
    """One task over two settings."""

    race: str  # a name of `RACES` or `FURTHER`: what the training page's link says
    along: SettingName
    values: tuple[str, ...]  # of it, as a key says them
    curves: SettingName
    curve_values: tuple[str, ...]

    @property
    def plan(self) -> RacePlan:
        """What all cells share."""
        return RACES[self.race] if self.race in RACES else FURTHER[self.race]

    @property
    def settings(self) -> tuple[SettingName, SettingName]:
        """Both settings."""
        return self.along, self.curves

    @property
    def equal_budget(self) -> bool:
        """Whether all cells have as many parameters; a width of one's own has as many as it takes."""
        return "d_model" not in self.settings

    def cell(self, value: str, curve_value: str) -> str:
        """The key of a contender."""
        return Contender.of("transformer", [(self.along, value), (self.curves, curve_value)]).key

    def row(self, curve_value: str) -> tuple[str, ...]:
        """The keys of a curve."""
        return tuple(self.cell(value, curve_value) for value in self.values)

    def widths(self, layers: float) -> tuple[int, int]:
        """Of its models of so many layers, the narrowest and the widest d_model: heads must divide it.

        Raises:
            ValueError: it has none of so many layers, or does not vary them.
        """
        plans = [(GRID[self.swept_as(value)], self.row(value)) for value in self.curve_values]
        found = [
            plan.model_config(key).d_model
            for plan, keys in plans
            for key in keys
            if contender(key).words.get("layers") == f"{layers:g}"
        ]
        return min(found), max(found)

    def swept_as(self, curve_value: str) -> str:
        """The name of a curve in the file of the sweep."""
        return f"{self.race}.{self.along}.{self.curves}-{curve_value}"


@dataclass(frozen=True)
class View:
    """A panel as it is drawn: what lies along the axis, and what parts the curves."""

    panel: Panel
    along: QuestionName
    curves: SettingName


HEADS = ("1", "2", "4", "8")
FEW_HEADS = ("1", "2", "8")
LAYERS = ("1", "2", "3")
TWO_LAYERS = LAYERS[:2]
WIDTHS = ("16", "32", "64")
DROPOUTS = ("0.0", "0.1", "0.3")

PANELS: tuple[Panel, ...] = (
    Panel("recall", "d_model", WIDTHS, "heads", HEADS),
    Panel("reverse", "heads", HEADS, "layers", LAYERS),
    Panel("reverse", "d_model", WIDTHS, "heads", HEADS),
    Panel("few_examples", "dropout", DROPOUTS, "layers", TWO_LAYERS),
    Panel("sentiment", "dropout", DROPOUTS, "layers", TWO_LAYERS),
    Panel("few_examples", "dropout", DROPOUTS, "d_model", WIDTHS),
    Panel("few_examples", "dropout", DROPOUTS, "heads", FEW_HEADS),
    Panel("sentiment", "dropout", DROPOUTS, "d_model", WIDTHS),
    Panel("sentiment", "dropout", DROPOUTS, "heads", FEW_HEADS),
)
"""In the order of the page. Of recall no panel over layers: it has no feed-forward part to take up the slack, so no
multiple of 8 is, for three layers, a width near the budget; its heads at equal budget are a race of ten seeds
(`races.py`)."""


def views(question: QuestionName) -> tuple[View, ...]:
    """The panels that say something of a question, with that along the axis.

    The width is asked twice: as it is chosen, and at equal parameters, where fewer layers are wider ones.
    """
    if question == "d_k":
        return tuple(View(panel, "d_k", "d_model") for panel in PANELS if set(panel.settings) == {"heads", "d_model"})
    found = [View(panel, question, _other(panel, question)) for panel in PANELS if question in panel.settings]
    if question == "d_model":
        traded = (panel for panel in PANELS if panel.equal_budget and "layers" in panel.settings)
        found += [View(panel, "layers", _other(panel, "layers")) for panel in traded]
    return tuple(found)


def _other(panel: Panel, setting: QuestionName) -> SettingName:
    (other,) = set(panel.settings) - {setting}
    return other


def _swept(panel: Panel, value: str) -> RacePlan:
    """A curve as a race of its cells."""
    return replace(panel.plan, contenders=panel.row(value))


GRID: Mapping[str, RacePlan] = Ready(
    {panel.swept_as(value): partial(_swept, panel, value) for panel in PANELS for value in panel.curve_values}
)
"""Every curve by its name."""
