"""What a race is about, in words: before it a question for the class and who takes part, after it how it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts.races.curves import FLOORS_DATASET
from attnlab.charts.races.ends import ENDS_DATASET, earlier_ends
from attnlab.charts.races.floor_names import beside
from attnlab.prose import SPECIAL, names_in
from attnlab.sequences import picture_of
from attnlab.tasks import PRESETS, SHARES, TASKS, Example, class_names, worked_example
from attnlab.training import Run
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.compared import comparison
from attnlab.training.shown.races import RACES
from attnlab.ui.canvases.answers import answers
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import kept

OF_DATA = {"shipped"}
"""Sizes that say which data, not how many: the example is of the same."""
MOST_OPTIONS = 4


def told_of(plan: RacePlan, words: Mapping[str, Any]) -> Mapping[str, str]:
    """The prose of the race that a plan is, or else that of its task."""
    what = (plan.task_name, plan.sizes, plan.levels, set(plan.varied))
    for name, told in words["races"].items():
        race = RACES[name]
        if (race.task_name, race.sizes, race.levels, set(race.varied)) == what:
            return dict(told)
    return dict(words["tasks"][plan.task_name])


def ended_view(run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """How such a race ends, told when the one that is shown is over: before it the class shall guess."""
    told = told_of(plan, words)
    if "ends" in told and not run.is_active:
        st.caption(words["page"]["ended"].format(title=told["title"], ends=told["ends"]))


def question_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """One worked example whose last answer is the class's to give first; that of a regression is shown at once."""
    sizes = {**PRESETS[plan.task_name]["example"], **{name: plan.sizes[name] for name in OF_DATA & plan.sizes.keys()}}
    task = TASKS[plan.task_name](**sizes) if plan.data is None else plan.task
    example, said = worked_example(task), words["question"]
    place, answer = last_answer(example)
    options = offered(example, answer, class_names(task))
    names = (
        names_in(SPECIAL)
        | names_in(plan.task_name)
        | said["answers"].get(plan.task_name, {})
        | said["inputs"].get(plan.task_name, {})
    )
    told = words["tasks"][plan.task_name]
    given = None
    if options:
        st.markdown(f"**{told.get('ask', said['ask'])}**")
        given = st.pills(
            said["ask"],
            options,
            format_func=lambda option: plain(names.get(option, option)),
            key=kept("training", f"guess_{plan.task_name}"),
            label_visibility="collapsed",
        )
    _table(example, place if options and given is None else None, names, words, task.info.grid)
    if given is not None:
        verdict = said["right" if given == answer else "wrong"]
        st.markdown(verdict.format(answer=plain(names.get(answer, answer))))


def last_answer(example: Example) -> tuple[int, str]:
    """Where the last answer of an example is due, and what it is."""
    return next((place, text) for place, text in reversed([*enumerate(example.answers)]) if text is not None)


def offered(example: Example, answer: str, classes: Sequence[str]) -> list[str]:
    """Answers to choose from, among them the right one; none where an answer is a number.

    Args:
        example: what is asked about.
        answer: the right one.
        classes: what a model chooses from, in the order in which they are offered.
    """
    due = dict.fromkeys([answer, *(text for text in example.answers if text is not None)])
    near = due if len(due) > 1 else dict.fromkeys([answer, *classes])
    chosen = [text for text in near if text in classes][:MOST_OPTIONS]
    return sorted(chosen, key=classes.index) if answer in chosen else []


def _table(
    example: Example,
    hidden: int | None,
    names: Mapping[str, str],
    words: Mapping[str, Any],
    grid: tuple[int, int] | None,
) -> None:
    """The example and what is due; a picture is one cell."""
    page, last = words["page"], len(example.items) - 1
    if grid is None:
        inputs = [
            {"text": names.get(item.label, item.label), "kind": "input", **({"look": item.wire} if item.wire else {})}
            for item in example.items
        ]
    else:
        look = picture_of(example.items, grid).wire
        inputs = [{"text": words["looks"]["picture"], "kind": "input", "look": look}]
    due = [
        {"text": "?" if place == hidden else names.get(text or "", text or ""), "kind": "target"}
        for place, text in enumerate(example.answers)
        if grid is None or place == last
    ]
    rows = [{"name": page["example_input"], "cells": inputs}, {"name": page["example_answer"], "cells": due}]
    answers([{"rows": rows}], key="example")


def ends_view(race: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Empty axes as long as the race, and how the seeds that come with the app ended it; nothing of other plans."""
    if plan != RACES.get(race):
        return
    runs = [run for run in comparison()["runs"] if run["task"] == race and run["view"] == "examples"]
    rows = [{"contender": run["contender"], "step": run["steps"], "metric": run["metric"]} for run in runs]
    metric, said = plan.task.info.metric, words["curves"]
    spec = earlier_ends(plan.contenders, plan.steps, said["step"], said["metric"][metric], metric in SHARES)
    floors = [{"name": words["floors"].get(one.name, one.name), "metric": one.metric} for one in plan.task.info.floors]
    data = {ENDS_DATASET: rows, FLOORS_DATASET: beside(floors, "metric")}
    st.vega_lite_chart(spec | {"datasets": data}, width="stretch", key="ends")
    st.caption(words["question"]["ends"].format(seeds=len({run["seed"] for run in runs})))
