"""Files that are no lessons are refused by name; and those that are not true are found out."""

import copy
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attnlab.lessons import LessonError, Prediction, Task, check, lesson, lessons
from attnlab.lessons.catalogue import FOLDER
from attnlab.lessons.loading import loaded, read
from attnlab.settings.learn.lessons import LESSONS

GOOD = tomllib.loads((FOLDER / "match.toml").read_text(encoding="utf-8"))


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **changes}


def with_step(place: int, **changes: Any) -> dict[str, Any]:
    table = copy.deepcopy(GOOD)
    table["steps"][place] |= changes
    return table


CURVE: dict[str, Any] = {"low": 0.0, "high": 1.0, "points": [{"at": str(place)} for place in range(5)]}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no minutes": ({name: value for name, value in GOOD.items() if name != "minutes"}, "minutes is missing"),
    "minutes of another type": (changed(minutes="6"), r"minutes \('6'\) must be of type int"),
    "too many minutes": (changed(minutes=99), r"minutes \(99\) must be from 1 to 30"),
    "another picture": (changed(picture="film"), r"picture \('film'\) must be one of layer, stack, races"),
    "an unknown field": (changed(colour="red"), "'colour' is not known; known are after, minutes, picture, steps"),
    "no steps": (changed(steps=[]), "steps must be a list of tables"),
    "steps that are none": (changed(steps="x"), "steps must be a list of tables"),
    "the same step twice": (changed(steps=[GOOD["steps"][0]] * 2), "must have different ids"),
    "an id with a space": (with_step(0, id="a b"), "id must be a plain name"),
    "another kind": (with_step(0, kind="film"), r"kind \('film'\) must be one of predict, task"),
    "another question": (with_step(0, ask="sing"), r"ask \('sing'\) must be one of choice, number"),
    "a choice without options": (with_step(0, options=[]), "must have options, or else a measure"),
    "an order without items": (with_step(1, ask="order"), "must have items if it is an order"),
    "a curve that is none": (with_step(1, ask="curve"), "must have a curve if it is one"),
    "a curve upside down": (with_step(1, ask="curve", curve=CURVE | {"high": -1.0}), r"high \(-1.0\) of the curve"),
    "a curve of three places": (
        with_step(1, ask="curve", curve=CURVE | {"points": CURVE["points"][:3]}),
        r"points \(3\) must be 4 to 12 different places",
    ),
    "a place twice": (
        with_step(1, ask="curve", curve=CURVE | {"points": [{"at": "1"}] * 5}),
        r"points \(5\) must be 4 to 12 different places",
    ),
    "a place that is a number": (
        with_step(1, ask="curve", curve=CURVE | {"points": [{"at": 1}]}),
        r"at \(1\) must be of type str",
    ),
    "a link that no page takes": (
        with_step(0, link="?mask=ring"),
        r"link: mask \('ring'\) must be one of none, causal",
    ),
    "a link that is none": (with_step(0, link=3), r"link \(3\) must be of type str"),
    "an unknown measure": (with_step(1, measure="exec"), r"measure \('exec'\) must be one of tokens, tokens_by"),
    "an expression": (with_step(1, measure="weights[0].max()"), r"must be one of tokens"),
    "an argument too few": (
        with_step(1, arguments={"head": 1}),
        r"arguments \(head\) of weights_of must be head, query",
    ),
    "an argument of another type": (
        with_step(1, arguments={"head": "1", "query": 9}),
        r"head \('1'\) of weights_of must be of type int",
    ),
    "arguments that are none": (with_step(1, arguments=[1]), "arguments must be a table of plain values"),
    "a tolerance beyond all": (with_step(1, tolerance=2), r"tolerance \(2\) must be a number from 0 to 1"),
    "an unknown control": (with_step(3, show=["volume"]), r"show \('volume'\) must name settings of the layer"),
    "no comparator": (
        with_step(3, goal=[{"measure": "edits"}]),
        "a condition must have a measure or a setting, and one",
    ),
    "two comparators": (
        with_step(3, goal=[{"measure": "edits", "equals": 1, "below": 2}]),
        "a condition must have a measure or a setting, and one",
    ),
    "half a range": (with_step(3, goal=[{"measure": "edits", "between": [1]}]), r"between \(\[1\]\) must have 2 plain"),
    "an unknown setting": (
        with_step(3, goal=[{"setting": "volume", "equals": 1}]),
        r"setting \('volume'\) must be one of",
    ),
}


@pytest.mark.parametrize(("table", "why"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused_by_the_name_of_the_lesson_and_the_field(table: dict[str, Any], why: str) -> None:
    with pytest.raises(LessonError, match=f"^lesson match.*{why}"):
        read("match", table)


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    for content in (b"= 3", b"\xff\xfe"):
        (tmp_path / "odd.toml").write_bytes(content)
        with pytest.raises(LessonError, match=r"^lesson odd: cannot be read"):
            loaded(tmp_path / "odd.toml")


def copied(tmp_path: Path, name: str, text: str) -> Path:
    for file in FOLDER.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_lessons_that_build_on_none_or_on_themselves_are_refused(tmp_path: Path) -> None:
    rows = (FOLDER / "rows.toml").read_text(encoding="utf-8")
    with pytest.raises(LessonError, match=r"^lesson rows: after \('nowhere'\) must name lessons"):
        lessons(copied(tmp_path, "rows", rows.replace('after = ["tokens"]', 'after = ["nowhere"]')))
    with pytest.raises(LessonError, match="must not lead back to the lesson itself"):
        lessons(copied(tmp_path / "..", "rows", rows.replace('after = ["tokens"]', 'after = ["order"]')))


def step_of(name: str, step: str) -> Any:
    return next(one for one in lesson(name).steps if one.id == step)


def with_changed(name: str, step: str, **changes: Any) -> list[str]:
    """What is found of a lesson of which one step is another."""
    whole = lesson(name)
    steps = tuple(replace(one, **changes) if one.id == step else one for one in whole.steps)
    return check(replace(whole, steps=steps))


def test_a_task_that_is_done_before_it_begins_is_found() -> None:
    task = step_of("mask", "exactly")
    assert with_changed("mask", "exactly", link=task.solution) == [
        "step exactly: the goal is reached before anything is done"
    ]


def test_a_solution_that_solves_nothing_is_found_with_what_it_misses() -> None:
    task = step_of("mask", "exactly")
    (found,) = with_changed("mask", "exactly", solution=task.link)
    assert found == "step exactly: the solution does not reach the goal: hidden_cells is not equals (63,)"


def test_a_question_with_no_right_option_or_two_is_found() -> None:
    options = step_of("shares", "heat").options
    for given in (options[:2], (options[2], replace(options[0], when=options[2].when))):
        found = with_changed("shares", "heat", options=given)
        assert any("one option must be right" in why for why in found)


def test_another_first_question_is_found() -> None:
    found = with_changed("shares", "again", recalls="mask")
    assert "the first step must ask about scale again, and asks about mask" in found


def test_a_place_that_is_not_there_is_found() -> None:
    asking = replace(step_of("match", "who").asking, arguments=(("head", 40), ("query", 9)))
    assert with_changed("match", "who", asking=asking) == ["step who: head (40) must be from 1 to 8"]


def test_a_curve_that_leaves_its_axis_is_found() -> None:
    curve = replace(step_of("shares", "melt").curve, high=1.0)
    (found,) = with_changed("shares", "melt", curve=curve)
    assert found == "step melt: the computed curve must lie within its axis, from 0 to 1"


def test_a_lesson_without_a_task_or_without_a_question_is_found() -> None:
    whole = lesson("rows")
    for kind, why in ((Task, "there must be a task"), (Prediction, "there must be a prediction")):
        found = check(replace(whole, steps=tuple(step for step in whole.steps if not isinstance(step, kind))))
        assert why in found


def test_every_name_of_the_settings_is_a_lesson_in_that_order() -> None:
    assert tuple(one.id for one in lessons()) == LESSONS
