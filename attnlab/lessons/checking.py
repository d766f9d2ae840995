"""Whether a lesson is true: everything that its files claim, computed."""

from collections.abc import Iterator, Mapping
from typing import Any

from attnlab.engine import SpecError
from attnlab.lessons.catalogue import recalled_from
from attnlab.lessons.goals import holds, reached
from attnlab.lessons.lesson import Lesson, LessonError, Prediction, Step, Task
from attnlab.lessons.shown import Shown, ShownRace, opening, shown
from attnlab.lessons.truths import truth_of
from attnlab.lessons.words import HINTS, words_of

MOST_WORDS = 60
"""Of what a card says at once."""
APART = 1e-6
"""By so much, at least, the right cell is larger than the next."""


def check(lesson: Lesson) -> list[str]:
    """What is wrong with a lesson, a sentence each, naming the step; nothing if all of it is true.

    Goals are false where their task begins and true at its solution; every prediction has one right answer, which the
    engine computes; what is said is short, and every answer has words of its own.
    """
    found = list(_of_lesson(lesson))
    for step in lesson.steps:
        try:
            found += [f"step {step.id}: {why}" for why in _of_step(lesson, step)]
        except (LessonError, SpecError, KeyError) as error:
            found.append(f"step {step.id}: {error}")
    return found


def _of_lesson(lesson: Lesson) -> Iterator[str]:
    wanted, (first, *_) = recalled_from(lesson.id), lesson.steps
    recalls = first.recalls if isinstance(first, Prediction) else ""
    if recalls != wanted:
        yield f"the first step must ask about {wanted or 'no lesson'} again, and asks about {recalls or 'none'}"
    if not any(isinstance(step, Task) for step in lesson.steps):
        yield "there must be a task"
    if not any(isinstance(step, Prediction) and not step.recalls for step in lesson.steps):
        yield "there must be a prediction"
    words = words_of(lesson.id)
    if set(words["steps"]) != {step.id for step in lesson.steps}:
        yield f"words must be of the steps {', '.join(step.id for step in lesson.steps)}"
    yield from (f"{place} has more than {MOST_WORDS} words" for place, text in _texts(words) if _long(text))


def _texts(words: Any, place: str = "words") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield place, words
    elif isinstance(words, Mapping):
        for name, inside in words.items():
            yield from _texts(inside, f"{place}.{name}")
    else:
        for number, inside in enumerate(words):
            yield from _texts(inside, f"{place}.{number + 1}")


def _long(text: str) -> bool:
    return len(text.split()) > MOST_WORDS


def _of_step(lesson: Lesson, step: Step) -> Iterator[str]:
    words = words_of(lesson.id)["steps"][step.id]
    if isinstance(step, Prediction):
        yield from _of_prediction(step, words)
        return
    if len(words["hints"]) != HINTS:
        yield f"there must be {HINTS} hints"
    yield from _of_task(step)


def _of_prediction(step: Prediction, words: Mapping[str, Any]) -> Iterator[str]:
    began, revealed = (opening(step.picture, link) for link in (step.link, step.reveal))
    truth = truth_of(step, began, revealed)
    told = words.get("options", {})
    named = {option.id for option in step.options} | {item.id for item in step.items}
    if set(told) != named:
        yield f"words must be of the options {', '.join(sorted(named)) or 'none'}"
    for name, said in told.items():
        if step.options and ("answer" not in said or (name != truth.option and "misconception" not in said)):
            yield f"option {name} must have an answer, and a misconception if it is wrong"
    if step.ask == "order" and len(set(truth.values)) != len(truth.values):
        yield "an order must have no two items that are equal"
    if step.curve is not None and not all(step.curve.low <= height <= step.curve.high for height in truth.row):
        yield f"the computed curve must lie within its axis, from {step.curve.low:g} to {step.curve.high:g}"
    if step.ask == "cell" and max(truth.row) - sorted(truth.row)[-2] < APART:
        yield "a cell must be larger than all others"


def _of_task(step: Task) -> Iterator[str]:
    began, solved = (opening(step.picture, link) for link in (step.link, step.solution))
    for settings in (began, solved):
        _compute(shown(settings, began))
    if reached(step.goal, shown(began, began)):
        yield "the goal is reached before anything is done"
    for condition in step.goal:
        if not holds(condition, shown(solved, began)):
            what = condition.setting or (condition.asking.measure if condition.asking else "")
            yield f"the solution does not reach the goal: {what} is not {condition.comparator} {condition.bound}"


def _compute(picture: Shown) -> None:
    """Raises `SpecError` where the picture cannot be computed."""
    _ = picture.rows if isinstance(picture, ShownRace) else picture.trace
