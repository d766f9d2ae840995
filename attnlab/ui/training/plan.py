"""The controls that describe a race, and the plan they make.

Their values are the session's, not the link's: a link names a run, and the run knows its plan.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
import streamlit as st

from attnlab.charts import STYLES
from attnlab.engine import SpecError
from attnlab.models import FAMILIES, FamilyName, describe
from attnlab.models.config import ModelPositions
from attnlab.tasks import PRESETS, TASKS, SizeError, TableError, example_text, worked_example
from attnlab.tasks.csv_table import read_table
from attnlab.training.plan import BOUNDS, ModeName, RacePlan
from attnlab.training.races import RACES
from attnlab.ui.canvases.answers import answers
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.csv_upload import guessed_column, separator_and_columns
from attnlab.ui.races.plan_form import LR_FACTORS

FURTHER = ("selective_copying", "adding", "sentiment", "next_character", "csv")
"""Tasks without a race of their own: raced by the same three."""
STEPS = (50, 100, 200, 300, 400, 600, 800, 1000, 2000, 4000)
DEFAULT_FAMILIES: tuple[FamilyName, ...] = ("transformer", "lstm", "tcn")


def plan_controls(words: Mapping[str, Any]) -> RacePlan | None:
    """Draw the controls; the plan, or None after saying what does not fit."""
    race = st.pills(
        words["page"]["race"],
        (*RACES, *FURTHER),
        default="recall",
        required=True,
        format_func=lambda name: _told(name, words)["title"],
        key="race",
        label_visibility="collapsed",
    )
    told = _told(race, words)
    st.markdown(f"**{told['title']}** — {told['line']} {told['point']}")
    try:
        base = _base(race, words)
        if base is None:
            return None
        plan = _adjusted(base, race, words)
    except (SpecError, SizeError, TableError) as error:
        st.error(words["page"]["refused"].format(reason=plain(str(error))))
        return None
    left, right = st.columns((3, 2), gap="large")
    with left:
        _example(plan, words["page"])
    with right:
        said = words["facts"]
        helped = {
            said["state"]: st.column_config.NumberColumn(help=said["state_help"]),
            said["field"]: st.column_config.TextColumn(help=said["field_help"]),
        }
        st.dataframe(_facts(plan, said), hide_index=True, column_config=helped)
    return plan


def race_title(plan: RacePlan, words: Mapping[str, Any]) -> str:
    """What a run of this plan is called until somebody renames it."""
    for name, told in words["races"].items():
        if RACES[name].task_name == plan.task_name and RACES[name].levels == plan.levels:
            return str(told["title"])
    return str(words["tasks"][plan.task_name]["title"])


def _told(race: str, words: Mapping[str, Any]) -> dict[str, str]:
    """The prose of a race: its own, or that of its task."""
    task = RACES[race].task_name if race in RACES else race
    told: dict[str, str] = words["races"].get(race) or words["tasks"][task]
    return told


def _base(race: str, words: Mapping[str, Any]) -> RacePlan | None:
    """The race as it comes, with the learner's data if it needs some; None while these are missing."""
    if race in RACES:
        return RACES[race]
    if race == "next_character":
        return _text_plan(words["page"])
    if race == "csv":
        return _csv_plan(words["page"])
    return RacePlan(task_name=race, families=DEFAULT_FAMILIES, steps=300)


def _text_plan(page: Mapping[str, str]) -> RacePlan:
    text = st.text_area(
        page["data_text"], value=example_text(), height=120, help=page["data_text_help"], key="own_text"
    )
    return RacePlan(
        task_name="next_character", families=DEFAULT_FAMILIES, steps=300, data=text.encode(errors="replace")
    )


def _csv_plan(page: Mapping[str, str]) -> RacePlan | None:
    file = st.file_uploader(page["data_csv"], help=page["data_csv_help"], key="own_csv")
    if file is None:
        return RacePlan(task_name="csv", families=DEFAULT_FAMILIES, steps=200)
    data = file.getvalue()
    separator, columns = separator_and_columns(data)
    with st.container(horizontal=True):
        text = st.selectbox(page["text_column"], columns, index=guessed_column(columns, "text", 0), key="text_column")
        last = guessed_column(columns, "label", -1)
        label = st.selectbox(page["label_column"], columns, index=last, key="label_column")
    table = read_table(data, text_column=text, label_column=label, separator=separator)
    st.caption(page["preview"].format(rows=len(table.texts), classes=len(table.balance)))
    shown = st.columns(2)
    shown[0].dataframe(pd.DataFrame(table.preview(), columns=["text", "label"]), hide_index=True)
    shown[1].dataframe(pd.DataFrame(table.balance.items(), columns=["label", "rows"]), hide_index=True)
    return RacePlan(
        task_name="csv",
        families=DEFAULT_FAMILIES,
        steps=200,
        data=data,
        text_column=text,
        label_column=label,
        separator=separator,
    )


def _adjusted(base: RacePlan, race: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set. Widgets of another race are other widgets: each starts from its own."""
    page, knobs = words["page"], words["knobs"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        families = st.pills(
            page["contenders"],
            FAMILIES,
            default=list(base.families),
            selection_mode="multi",
            format_func=lambda family: STYLES[family].name,
            key=f"families_{race}",
        )
        steps = st.select_slider(
            page["steps"],
            sorted({*STEPS, base.steps}),
            value=base.steps,
            help=page["steps_help"],
            key=f"steps_{race}",
            width=230,
        )
        seed = st.number_input(
            page["seed"], 0, int(BOUNDS["seed"][1]), 0, help=page["seed_help"], key="seed_of_race", width=130
        )
        with st.popover(page["more"], icon=":material/tune:"):
            more = _more(base, race, words["sections"], knobs)
    factor = more.pop("lr_factor")
    plan = replace(base, families=tuple(families), steps=int(steps), seed=int(seed), lr={}, **more)
    if factor == 1:
        return plan
    return replace(plan, lr={family: plan.rate(family).lr * factor for family in plan.families})


def _more(base: RacePlan, race: str, sections: Mapping[str, str], knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The drawer: what a plan has beyond the first screen, by the plan's own names."""

    def number(name: str, step: float = 1) -> Any:
        low, high = BOUNDS[name]
        value = getattr(base, name)
        return st.number_input(
            min_value=low, max_value=high, value=value, step=step, width=150, key=f"{name}_{race}", **knobs[name]
        )

    def pick(name: str, options: tuple[Any, ...], value: Any) -> Any:
        return st.selectbox(options=options, index=options.index(value), width=150, key=f"{name}_{race}", **knobs[name])

    found: dict[str, Any] = {}
    st.markdown(f"**{sections['models']}**")
    with st.container(horizontal=True, gap="small"):
        found["budget"] = number("budget", 1000)
        found["num_layers"] = number("num_layers")
        found["num_heads"] = number("num_heads")
        found["positions"] = pick("positions", get_args(ModelPositions), base.positions)
        found["mode"] = pick("mode", get_args(ModeName), base.mode)
        found["levels"] = number("levels")
        found["kernel_size"] = number("kernel_size")
        found["dropout"] = number("dropout", 0.05)
    st.markdown(f"**{sections['training']}**")
    with st.container(horizontal=True, gap="small"):
        found["batch_size"] = number("batch_size")
        found["lr_factor"] = pick("lr_factor", LR_FACTORS, 1.0)
        found["warmup"] = number("warmup")
        found["seconds"] = number("seconds", 1.0)
    return found


def _example(plan: RacePlan, page: Mapping[str, str]) -> None:
    """One worked example at sizes that fit a line."""
    if plan.data is None:
        sizes = PRESETS[plan.task_name]["example"]
        example = worked_example(TASKS[plan.task_name](**sizes))
    else:
        example = worked_example(plan.task)
    st.caption(page["example"])
    cells = [{"text": token, "kind": "input"} for token in example.inputs]
    due = [{"text": answer or "", "kind": "target"} for answer in example.answers]
    rows = [{"name": page["example_input"], "cells": cells}, {"name": page["example_answer"], "cells": due}]
    answers([{"rows": rows}], key="example")


def _facts(plan: RacePlan, words: Mapping[str, str]) -> pd.DataFrame:
    """Who is who before the start."""
    rows = []
    for family in plan.families:
        facts = describe(plan.model_config(family), plan.task.info.seq_len)
        rows.append(
            {
                words["contender"]: STYLES[family].name,
                words["body"]: facts.body_parameters,
                words["state"]: facts.state_size,
                words["field"]: str(facts.receptive_field or words["unlimited"]),
                words["lr"]: f"{plan.rate(family).lr:g}",
            }
        )
    return pd.DataFrame(rows)
