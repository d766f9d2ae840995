"""The step of a lesson that a class follows: which it is, and the question that it asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from attnlab.classroom import Poll, Room
from attnlab.classroom.polls import Kind
from attnlab.engine import SpecError
from attnlab.lessons import Prediction, Step, began_with, shown, step_at
from attnlab.lessons.lesson import AskName
from attnlab.lessons.truths import names_along
from attnlab.lessons.words import words_of
from attnlab.settings import fields
from attnlab.settings.fields import Params
from attnlab.settings.learn.lessons import OWN, lessons_settings
from attnlab.training.store import StoreError

PAGE = "lessons"
_KINDS: Mapping[AskName, Kind] = {
    "choice": "choice",
    "number": "number",
    "cell": "word",
    "weights": "weights",
    "order": "order",
    "curve": "curve",
}
"""What a lesson's question is called in a room: its cells are the words of one row."""


@dataclass(frozen=True)
class Followed:
    """A step, as the teacher's link has it."""

    lesson: str
    number: int  # from 1
    step: Step
    revealed: bool
    race: str  # the run of a race that was run for it; empty for none
    params: Params  # of the link

    @property
    def name(self) -> str:
        """As a question of the class remembers it."""
        return f"{self.lesson}.{self.number}"

    @property
    def canvas(self) -> str:
        """What draws it: another run where it is another one."""
        state = "computed" if self.revealed else "open"
        shown = self.params.get("t_race", ()) if self.step.picture == "races" else ()  # its chart comes with the run
        return "_".join(filter(None, ("step", self.lesson, str(self.number), state, self.race, *shown)))

    @property
    def asks(self) -> bool:
        """Whether it has a question whose answer is not there yet."""
        return isinstance(self.step, Prediction) and not self.revealed


def followed_step(room: Room) -> Followed | None:
    """The step that a class is led to; None where it is elsewhere, or at the list of all lessons."""
    if room.page != PAGE:
        return None
    params = parse_qs(room.link, keep_blank_values=True)
    try:
        own = lessons_settings(fields.strict(params, OWN))
    except SpecError:  # kept by another version of the app
        return None
    if own.lesson is None:
        return None
    number, step = step_at(own.lesson, own.step)
    return Followed(own.lesson, number, step, own.revealed, own.race_run, params)


def told_step(room: Room) -> dict[str, Any] | None:
    """The same, as browsers are told it."""
    found = followed_step(room)
    if found is None:
        return None
    return {"lesson": found.lesson, "number": found.number, "canvas": found.canvas, "asks": found.asks}


def poll_of_step(room: Room) -> Poll:
    """The question of the step that a class is led to, in the language of whoever asks it.

    Raises:
        StoreError: it has none, or the answer is already there.
        SpecError: what it shows cannot be computed.
    """
    found = followed_step(room)
    if found is None or not isinstance(found.step, Prediction) or found.revealed:
        allowed = "asked at a step of a lesson that asks something, before it is computed"
        raise StoreError("kind", "step", allowed, "no_step")
    step, said = found.step, words_of(found.lesson)["steps"][found.step.id]
    options = tuple(str(said["options"][one]["label"]) for one in step.offered)
    about: dict[str, Any] = {"step": found.name, "unit": str(said.get("unit", "")), "columns": _places(step)}
    if step.curve is not None:
        about |= {"low": step.curve.low, "high": step.curve.high}
    return Poll(str(said["text"]), _KINDS[step.ask], options, **about)


def _places(step: Prediction) -> tuple[str, ...]:
    """The words of a row, or the places of a curve."""
    if step.curve is not None:
        return tuple(point.at for point in step.curve.points)
    began = began_with(step)
    return names_along(shown(began, began)) if step.ask in {"cell", "weights"} else ()
