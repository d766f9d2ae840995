"""Lessons that ask before they show: data, of which the engine computes every answer.

`assets/lessons/<id>.toml` has the structure, `assets/prose/<language>/lessons/<id>.toml` the words. Nothing in either
is run: a condition names a function of a registry (`measures/`), a link says settings as the app's own links do.
"""

from attnlab.lessons.catalogue import lesson, lessons, position_of, recalled_from
from attnlab.lessons.checking import check
from attnlab.lessons.goals import holds, reached
from attnlab.lessons.guesses import Guess, Verdict, guess_of, verdict
from attnlab.lessons.lesson import Condition, Item, Lesson, LessonError, Option, Prediction, Step, Task
from attnlab.lessons.shown import Shown, opening, settings_in, shown
from attnlab.lessons.steps import began_with, cover_of, seen, step_at
from attnlab.lessons.truths import Truth, truth_of

__all__ = [
    "Condition",
    "Guess",
    "Item",
    "Lesson",
    "LessonError",
    "Option",
    "Prediction",
    "Shown",
    "Step",
    "Task",
    "Truth",
    "Verdict",
    "began_with",
    "check",
    "cover_of",
    "guess_of",
    "holds",
    "lesson",
    "lessons",
    "opening",
    "position_of",
    "reached",
    "recalled_from",
    "seen",
    "settings_in",
    "shown",
    "step_at",
    "truth_of",
    "verdict",
]
