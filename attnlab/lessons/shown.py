"""What a link of a lesson shows: settings, and what the engine computes for them, which `attnlab.looks` keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from attnlab.engine import LayerTrace, SpecError, StackTrace
from attnlab.lessons.lesson import PictureName
from attnlab.lessons.raced import Raced, shipped
from attnlab.looks.layers import asked
from attnlab.looks.stacks import asked_stack
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Params, Settings
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.training import Training
from attnlab.training.shown.compared import comparison

SETTINGS: Mapping[PictureName, type[Settings]] = {"layer": Explorer, "stack": Blocks, "races": Training}
"""Whose settings a lesson's links say."""


@dataclass(frozen=True)
class ShownLayer:
    """A layer as it is now, and as the step began."""

    settings: Explorer
    began: Explorer

    @property
    def trace(self) -> LayerTrace:
        """The computed layer. Raises `SpecError` as the engine."""
        return asked(self.settings).trace()

    @property
    def before(self) -> LayerTrace:
        """The layer that the step began with. Raises as `trace`."""
        return asked(self.began).trace()


@dataclass(frozen=True)
class ShownStack:
    """A stack as it is now."""

    settings: Blocks
    began: Blocks

    @property
    def trace(self) -> StackTrace:
        """The computed stack. Raises `SpecError` as the engine."""
        return asked_stack(self.settings).trace()


@dataclass(frozen=True)
class ShownRace:
    """What a race has come to: one that was run for it, or else over many seeds, as it ships."""

    settings: Training
    began: Training
    run: Raced | None = None

    @property
    def metric(self) -> str:
        """What scores are: accuracy, exact match, or a loss."""
        return str(comparison()["tasks"][self.settings.race]["metric"])

    @property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """A row for each contender and tested length, all after equally many examples.

        Raises:
            SpecError: a task that no race of the comparison has.
        """
        race = self.settings.race
        if race not in comparison()["tasks"]:
            choices = tuple(comparison()["tasks"])
            message = f"t_race ({race!r}) must be one of {', '.join(choices)}, of which there is a comparison"
            raise SpecError("t_race", "choice", message, got=race, choices=choices)
        return self.raced.rows

    @property
    def raced(self) -> Raced:
        """Rows and curves, of the race that was run if it is the one that is shown."""
        is_own = self.run is not None and self.run.race == self.settings.race
        return self.run if self.run is not None and is_own else shipped(self.settings.race)


Shown: TypeAlias = ShownLayer | ShownStack | ShownRace


def params_of(link: str) -> dict[str, list[str]]:
    """The parameters of a link such as "?head=2&mask=none"."""
    return parse_qs(link.removeprefix("?"), keep_blank_values=True)


def settings_in(picture: PictureName, params: Params) -> Settings:
    """The settings of a link.

    Raises:
        SpecError: a parameter that no widget would take.
    """
    return SETTINGS[picture].strict(params)


def opening(picture: PictureName, link: str) -> Settings:
    """The settings of a lesson's own link. Raises as `settings_in`."""
    return settings_in(picture, params_of(link))


def shown(settings: Settings, began: Settings, raced: Raced | None = None) -> Shown:
    """What settings show, beside those that the step began with.

    Args:
        settings: of the page.
        began: of the step.
        raced: what a race has come to that was run for it.

    Raises:
        TypeError: settings of a page that no lesson has, or of two pages.
    """
    if isinstance(settings, Explorer) and isinstance(began, Explorer):
        return ShownLayer(settings, began)
    if isinstance(settings, Blocks) and isinstance(began, Blocks):
        return ShownStack(settings, began)
    if isinstance(settings, Training) and isinstance(began, Training):
        return ShownRace(settings, began, raced)
    raise TypeError(f"settings ({type(settings).__name__}, {type(began).__name__}) must be of one picture")
