"""The settings of the lessons page: which lesson, how far, for whom; and those of whatever page a step shows."""

from dataclasses import dataclass
from typing import Literal, get_args

from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Kinds, Settings, choice, flag, line, whole
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.links import Wanted
from attnlab.settings.training import Training
from attnlab.training.store import UnknownRunError
from attnlab.training.store.checks import checked_id

LessonName = Literal[
    "tokens",
    "rows",
    "views",
    "match",
    "scale",
    "mask",
    "shares",
    "average",
    "order",
    "heads",
    "stream",
    "two_texts",
    "who_wins",
]
"""In their order; each has a file in `assets/lessons/` and one of words."""
ReaderName = Literal["learner", "teacher"]
LESSONS: tuple[LessonName, ...] = get_args(LessonName)
MOST_STEPS = 9
FOR = "for"
"""The parameter of `reader`, which Python has another use for."""


def race_id(text: str) -> str | None:
    """The parameter names a run of the store, which there may be or not: a `links.Check`."""
    if text:
        try:
            checked_id(text)
        except UnknownRunError:
            return Wanted("the id of a race, as its link has it", "race")
    return None


@dataclass(frozen=True, kw_only=True)
class Lessons(Settings):
    """The page's own settings."""

    lesson: LessonName | None = choice(None, LESSONS)  # None: the list of all
    step: int = whole(1, 1, MOST_STEPS)
    revealed: bool = flag(False)  # whether what the step asks has been computed
    reader: ReaderName = choice("learner", get_args(ReaderName))
    race_run: str = line("", race_id)  # the race that was run for the step; it decides what it asks


OWN: Kinds = {FOR if name == "reader" else name: kind for name, kind in Lessons.kinds().items()}
"""The page's own settings, by parameter."""
SHOWN: Kinds = {**Explorer.kinds(), **Blocks.kinds(), **Training.kinds()}
"""Those of what a step shows."""
KINDS: Kinds = {**OWN, **SHOWN}
"""All settings of the page."""


def lessons_settings(values: dict[str, object]) -> Lessons:
    """The page's own settings.

    Args:
        values: of `OWN`, by parameter.
    """
    return Lessons.of({**values, "reader": values.get(FOR)})
