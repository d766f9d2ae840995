"""All lessons there are, in the order in which they build on each other."""

import functools
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from attnlab.lessons.lesson import Lesson, LessonError
from attnlab.lessons.loading import loaded
from attnlab.paths import ASSETS
from attnlab.settings.learn.lessons import LESSONS

FOLDER = ASSETS / "lessons"
BACK = 2
"""From how many lessons before a lesson's first question comes."""


@functools.cache
def lessons(folder: Path = FOLDER) -> tuple[Lesson, ...]:
    """Every lesson, the first first.

    Raises:
        LessonError: a file that cannot be read; one that builds on none there is, or on itself.
    """
    found = {name: loaded(folder / f"{name}.toml") for name in LESSONS}
    for one in found.values():
        for name in one.after:
            if name not in found:
                raise LessonError(one.id, f"after ({name!r:.40}) must name lessons")
    try:
        TopologicalSorter({one.id: one.after for one in found.values()}).prepare()
    except CycleError as error:
        raise LessonError(str(error.args[1][0]), "after must not lead back to the lesson itself") from error
    return tuple(found.values())


def lesson(name: str) -> Lesson:
    """The lesson of a name. Raises as `lessons`, and `KeyError` where there is none."""
    return {one.id: one for one in lessons()}[name]


def position_of(name: str) -> int:
    """Where it stands, from 0."""
    return [one.id for one in lessons()].index(name)


def recalled_from(name: str) -> str:
    """The lesson that its first question comes from; empty for those that have none before."""
    place = position_of(name) - BACK
    return lessons()[place].id if place >= 0 else ""
