"""Where a learner stands: which step of a link, what it shows, and what of that is covered."""

from collections.abc import Mapping
from typing import Any, cast

from attnlab.lessons.catalogue import lesson
from attnlab.lessons.lesson import HidesName, PictureName, Prediction, Step
from attnlab.lessons.shown import opening
from attnlab.settings.fields import Settings

LOOKED_AT: Mapping[PictureName, tuple[str, ...]] = {
    "layer": ("head", "query", "key", "stage", "view"),
    "stack": ("stack_open", "stack_source_token", "stack_target_token", "stack_head", "stack_cell"),
    "races": (),
}
"""Settings on which no number of a picture depends: they are the learner's while something is being guessed."""


def step_at(name: str, number: int) -> tuple[int, Step]:
    """A step of a lesson and its number, from 1; beyond the last, the last.

    Raises:
        KeyError: no lesson of that name.
    """
    steps = lesson(name).steps
    place = min(number, len(steps))
    return place, steps[place - 1]


def began_with(step: Step, revealed: bool = False) -> Settings:
    """The settings that a step begins with, or that its answer is computed of."""
    answer = isinstance(step, Prediction) and revealed
    return opening(step.picture, cast("Prediction", step).reveal if answer else step.link)


def seen(step: Step, revealed: bool, now: Settings) -> Settings:
    """The settings that are shown: of a task those of the learner, of a question its own, wherever one looks."""
    if not isinstance(step, Prediction):
        return now
    values: dict[str, Any] = now.values()
    looked = {name: values[name] for name in LOOKED_AT[step.picture]}
    return type(now).of(began_with(step, revealed).values() | looked)


def cover_of(step: Step, revealed: bool) -> HidesName:
    """What is covered now."""
    return step.hides if isinstance(step, Prediction) and not revealed else "nothing"
