"""What a race is about, in words: a question for the class before it, who takes part, and how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.races.curves import FLOORS_DATASET
from attnlab.charts.races.ends import ENDS_DATASET, earlier_ends
from attnlab.looks.run_store import Final, finals_of
from attnlab.models import describe
from attnlab.tasks import PRESETS, SHARES, TASKS, Example, Floor, class_names, worked_example
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.compared import comparison
from attnlab.training.shown.races import RACES
from attnlab.ui.canvases.answers import answers
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import kept
from attnlab.ui.races.store_trouble import store_trouble

OF_DATA = {"shipped"}
"""Sizes that say which data, not how many: the example is of the same."""
MOST_OPTIONS = 4
BEST = "bayes"
"""The floor that cannot be beaten."""
LEARNED = 0.99
"""Of a share: who gets so many right has learned the task."""
NEAR_FLOOR = 0.02
"""Of a share: who is not further above a floor has learned nothing that it does not know."""


# ---- before ----------------------------------------------------------------------------------------------------------


def question_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """One worked example whose last answer is the class's to give first; that of a regression is shown at once."""
    sizes = {**PRESETS[plan.task_name]["example"], **{name: plan.sizes[name] for name in OF_DATA & plan.sizes.keys()}}
    task = TASKS[plan.task_name](**sizes) if plan.data is None else plan.task
    example, said = worked_example(task), words["question"]
    place, answer = last_answer(example)
    options = offered(example, answer, class_names(task))
    names = said["answers"].get(plan.task_name, {}) | said["inputs"].get(plan.task_name, {})
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
    _table(example, place if options and given is None else None, names, words["page"])
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


def _table(example: Example, hidden: int | None, names: Mapping[str, str], page: Mapping[str, str]) -> None:
    inputs = [{"text": names.get(token, token), "kind": "input"} for token in example.inputs]
    due = [
        {"text": "?" if place == hidden else names.get(text or "", text or ""), "kind": "target"}
        for place, text in enumerate(example.answers)
    ]
    rows = [{"name": page["example_input"], "cells": inputs}, {"name": page["example_answer"], "cells": due}]
    answers([{"rows": rows}], key="example")


def lanes_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Who takes part, and what each can see or must remember."""
    for key in plan.contenders:
        st.markdown(f"**{contender_name(key)}** · {handicap(plan, key, words['lanes'])}")


def handicap(plan: RacePlan, key: str, said: Mapping[str, Any]) -> str:
    """One sentence on what a contender has to answer with."""
    config = plan.sequence_config(key)
    facts = describe(config, plan.task.info.seq_len)
    sentence: str = said["causal" if config.causal else "both"][facts.family]
    return sentence.format(length=facts.seq_len, state=f"{facts.state_size or 0:,}", field=facts.receptive_field)


def ends_view(race: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Empty axes as long as the race, and how the seeds that come with the app ended it; nothing of other plans."""
    if plan != RACES.get(race):
        return
    runs = [run for run in comparison()["runs"] if run["task"] == race and run["view"] == "examples"]
    rows = [{"contender": run["contender"], "step": run["steps"], "metric": run["metric"]} for run in runs]
    metric, said = plan.task.info.metric, words["curves"]
    spec = earlier_ends(plan.contenders, plan.steps, said["step"], said["metric"][metric], metric in SHARES)
    floors = [{"name": words["floors"].get(one.name, one.name), "metric": one.metric} for one in plan.task.info.floors]
    st.vega_lite_chart(spec | {"datasets": {ENDS_DATASET: rows, FLOORS_DATASET: floors}}, width="stretch", key="ends")
    st.caption(words["question"]["ends"].format(seeds=len({run["seed"] for run in runs})))


# ---- after -----------------------------------------------------------------------------------------------------------


def verdict_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """How a race that is over ended, the best first, each with what it had to answer with."""
    if run.is_active:
        return
    try:
        finals = finals_of(store, run.id)
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in verdicts(finals, plan, words)))


def verdicts(finals: Mapping[str, Final], plan: RacePlan, words: Mapping[str, Any]) -> list[str]:
    """A sentence a contender, the best first; of one without a score there is none."""
    scores = {key: finals[key].score.metric for key in plan.contenders if key in finals}
    is_share = plan.task.info.metric in SHARES
    known = sorted(((score, key) for key, score in scores.items() if score is not None), reverse=is_share)
    said = words["verdict"]
    sentences = []
    for score, key in known:
        floor = floor_under(score, plan.task.info.floors) if is_share else None
        name = "learned" if is_share and score >= LEARNED else "part" if floor is None else "floor"
        sentences.append(
            said[name if is_share else "measured"].format(
                name=contender_name(key),
                score=f"{score:.1%}" if is_share else f"{score:.3f}",
                measure=words["curves"]["metric"][plan.task.info.metric],
                floor="" if floor is None else words["floors"].get(floor.name, floor.name),
                why=handicap(plan, key, words["lanes"]),
            )
        )
    return sentences


def floor_under(score: float, floors: Sequence[Floor]) -> Floor | None:
    """The highest floor that a share is not clearly above; what cannot be beaten is no floor."""
    known = [one for one in floors if one.metric is not None and one.name != BEST]
    near = [one for one in known if score <= (one.metric or 0.0) + NEAR_FLOOR]
    return min(near, key=lambda one: one.metric or 0.0, default=None)
