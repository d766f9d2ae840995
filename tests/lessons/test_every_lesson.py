"""What every lesson gets from its files alone: its links are taken, its answers computed, its goals reached."""

import pytest

from attnlab.lessons import (
    Lesson,
    Prediction,
    Task,
    began_with,
    check,
    holds,
    lessons,
    opening,
    reached,
    recalled_from,
    settings_in,
    shown,
    truth_of,
)
from attnlab.lessons.catalogue import FOLDER
from attnlab.lessons.checking import MOST_WORDS
from attnlab.lessons.shown import SETTINGS, params_of
from attnlab.lessons.words import HINTS, words_of
from attnlab.paths import PROSE
from attnlab.prose import page_prose
from attnlab.settings.learn.lessons import LESSONS, MOST_STEPS

TASKS = [(lesson, step) for lesson in lessons() for step in lesson.steps if isinstance(step, Task)]
PREDICTIONS = [(lesson, step) for lesson in lessons() for step in lesson.steps if isinstance(step, Prediction)]
every_lesson = pytest.mark.parametrize("lesson", lessons(), ids=LESSONS)
every_task = pytest.mark.parametrize(("lesson", "task"), TASKS, ids=[f"{one.id}-{step.id}" for one, step in TASKS])
every_prediction = pytest.mark.parametrize(
    ("lesson", "prediction"), PREDICTIONS, ids=[f"{one.id}-{step.id}" for one, step in PREDICTIONS]
)


def test_there_is_a_file_of_structure_and_one_of_words_for_each_and_no_other() -> None:
    files = sorted(LESSONS)
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == files
    assert sorted(path.stem for path in (PROSE / "en" / "lessons").glob("*.toml")) == files


@every_lesson
def test_all_that_a_lesson_claims_is_true(lesson: Lesson) -> None:
    assert check(lesson) == []


@every_lesson
def test_a_lesson_is_reached_from_the_first_and_builds_on_earlier_ones(lesson: Lesson) -> None:
    earlier = LESSONS[: LESSONS.index(lesson.id)]
    assert set(lesson.after) <= set(earlier)
    assert bool(lesson.after) == bool(earlier)
    assert len(lesson.steps) <= MOST_STEPS


@every_lesson
def test_it_opens_with_a_question_from_two_lessons_earlier_on_another_link(lesson: Lesson) -> None:
    first, wanted = lesson.steps[0], recalled_from(lesson.id)
    place = LESSONS.index(lesson.id)
    assert wanted == (LESSONS[place - 2] if place >= 2 else "")
    assert isinstance(first, Prediction)
    assert first.recalls == wanted
    if wanted:
        there = next(one for one in lessons() if one.id == wanted)
        assert first.link not in {step.link for step in there.steps}


@every_task
def test_the_goal_is_not_reached_at_the_start_and_each_part_is_at_the_solution(lesson: Lesson, task: Task) -> None:
    began, solved = began_with(task), opening(task.picture, task.solution)
    assert not reached(task.goal, shown(began, began))
    assert all(holds(condition, shown(solved, began)) for condition in task.goal)
    assert set(task.show) <= set(SETTINGS[task.picture].kinds())
    hints = words_of(lesson.id)["steps"][task.id]["hints"]
    assert len(set(hints)) == HINTS


@every_task
def test_the_last_hint_does_not_give_the_value_away(lesson: Lesson, task: Task) -> None:
    began, solved = params_of(task.link), params_of(task.solution)
    last = words_of(lesson.id)["steps"][task.id]["hints"][-1]
    changed = [
        value for name, (value,) in solved.items() if [value] != began.get(name) and name not in {"s", "sentence"}
    ]
    assert not [value for value in changed if len(value) > 1 and value in last.split()]


@every_prediction
def test_the_answer_is_computed_and_no_other_option_is_right(lesson: Lesson, prediction: Prediction) -> None:
    began, revealed = began_with(prediction), began_with(prediction, revealed=True)
    truth = truth_of(prediction, began, revealed)
    picture = shown(revealed, began)
    right = [option.id for option in prediction.options if reached(option.when, picture)]
    assert right == ([truth.option] if truth.option else [])
    said = words_of(lesson.id)["steps"][prediction.id]
    answers = [said["options"][option.id]["answer"] for option in prediction.options]
    assert len(set(answers)) == len(answers)
    assert said["why"]


@every_lesson
def test_nothing_that_is_said_is_longer_than_a_card(lesson: Lesson) -> None:
    words = words_of(lesson.id)
    for step in lesson.steps:
        told = words["steps"][step.id]
        texts = [told["text"], told.get("why", ""), told.get("done", ""), told["say"], *told.get("hints", ())]
        assert all(len(text.split()) <= MOST_WORDS for text in texts)


@pytest.mark.parametrize("language", sorted(path.parent.name for path in PROSE.glob("*/lessons")))
def test_a_translation_has_the_same_steps_and_options(language: str) -> None:
    for name in LESSONS:
        english, told = (page_prose(f"lessons/{name}", one)["steps"] for one in ("en", language))
        assert {step: set(said) for step, said in told.items()} == {step: set(said) for step, said in english.items()}
        assert all(set(told[step].get("options", ())) == set(english[step].get("options", ())) for step in english)


def test_links_of_lessons_are_those_that_the_page_would_take() -> None:
    for step in (step for one in lessons() for step in one.steps):
        links = [step.link, step.solution if isinstance(step, Task) else step.reveal]
        for link in links:
            assert not SETTINGS[step.picture].refusals(params_of(link))
            assert settings_in(step.picture, params_of(link))
