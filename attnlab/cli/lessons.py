"""`lessons`: the lessons there are, each computed anew: whether every answer and every goal is as its files say."""

import argparse

from attnlab.cli.terminal.output import say
from attnlab.cli.terminal.table import Cell, table
from attnlab.lessons import Lesson, LessonError, Task, check, lessons

COLUMNS = ("lesson", "builds on", "minutes", "predictions", "tasks", "check")
TRUE = "true"


def add_options(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_options: argparse.Namespace) -> int:
    """Print the lessons, and below them what is wrong with any; 1 if something is."""
    try:
        found = {lesson: check(lesson) for lesson in lessons()}
    except LessonError as error:
        say(str(error))
        return 1
    say(table(COLUMNS, (_row(lesson, wrong) for lesson, wrong in found.items())))
    for lesson, wrong in found.items():
        for why in wrong:
            say(f"lesson {lesson.id}, {why}")
    return 1 if any(found.values()) else 0


def _row(lesson: Lesson, wrong: list[str]) -> tuple[Cell, ...]:
    tasks = sum(isinstance(step, Task) for step in lesson.steps)
    said = f"{len(wrong)} wrong" if wrong else TRUE
    return (lesson.id, ", ".join(lesson.after), lesson.minutes, len(lesson.steps) - tasks, tasks, said)
