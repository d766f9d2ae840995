"""The stage of a lesson's step, for the parameters of its link: covered while something on it is being guessed."""

from dataclasses import dataclass

from attnlab.engine import SpecError
from attnlab.lessons import cover_of, seen, step_at
from attnlab.looks.layers import Asked, asked
from attnlab.pictures.lessons.covered import COVERS, covered_picture
from attnlab.pictures.stage import stage_picture
from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Params
from attnlab.settings.learn.lessons import OWN, lessons_settings

OF_LESSONS = "lessons"
"""What the stage asks for ahead of a run, since the page's link is not the explorer's."""


@dataclass(frozen=True)
class LessonPicture:
    """A layer, and the matrix from which on it is covered; "nothing" if it is not."""

    asked: Asked
    cover: str

    def picture(self) -> bytes:
        """The payload of the stage. Raises as `Asked.trace`."""
        if self.cover in COVERS:
            return covered_picture(self.asked, self.cover, OF_LESSONS)
        return stage_picture(self.asked, OF_LESSONS)


def of_lesson(params: Params) -> LessonPicture:
    """What the stage of the lessons page shows.

    Raises:
        SpecError: a parameter that cannot be taken, no lesson, or a step that shows no layer, or nothing of it yet.
    """
    own = lessons_settings(fields.strict(params, OWN))
    if own.lesson is None:
        raise SpecError("lesson", "missing", "lesson must be named")
    number, step = step_at(own.lesson, own.step)
    cover = cover_of(step, own.revealed)
    if step.picture != "layer" or cover == "picture":
        raise SpecError("step", "missing", f"step ({number}) must be one with a layer to be seen")
    shown = seen(step, own.revealed, Explorer.strict(params))
    assert isinstance(shown, Explorer)  # noqa: S101 - `seen` keeps the class
    return LessonPicture(asked(shown), cover)
