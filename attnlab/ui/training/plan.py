"""The controls that describe a race, and the plan they make.

Their values are the session's, not the link's: a link names a run, and the run knows its plan.
"""

from collections.abc import Mapping
from typing import Any, get_args

import pandas as pd
import streamlit as st

from attnlab.engine import SpecError
from attnlab.models import FamilyName, describe
from attnlab.models.config import ModelPositions
from attnlab.prose import name_of
from attnlab.tasks import PRESETS, TASKS, SizeError, TableError, example_text, worked_example
from attnlab.tasks.csv_table import read_table
from attnlab.tasks.csv_task import example_data
from attnlab.training.plan import ModeName, RacePlan
from attnlab.training.races import RACES
from attnlab.ui.canvases.answers import answers
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.races.csv_upload import own_table
from attnlab.ui.races.plan_form import PlanForm

FURTHER = ("selective_copying", "adding", "sentiment", "next_character", "csv")
"""Tasks without a race of their own: raced by the same three."""
DEFAULT_FAMILIES: tuple[FamilyName, ...] = ("transformer", "lstm", "tcn")
OWN_TEXT = "own_text"


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
        st.error(words["page"]["refused"].format(reason=refusal_sentence(error, knob_labels(words["knobs"]))))
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


def _text_plan(page: Mapping[str, str]) -> RacePlan | None:
    text = st.text_area(page["data_text"], height=120, help=page["data_text_help"], key=OWN_TEXT)
    if not (text or "").strip():
        st.info(page["text_missing"], icon=":material/edit_note:")
        st.button(page["text_example"], on_click=_take_example, key="own_text_example")
        return None
    return RacePlan(
        task_name="next_character", families=DEFAULT_FAMILIES, steps=300, data=text.encode(errors="replace")
    )


def _take_example() -> None:
    st.session_state[OWN_TEXT] = example_text()


def _csv_plan(page: Mapping[str, str]) -> RacePlan | None:
    own = own_table(page, {"text": 0, "label": -1}, example_data(), key="own_csv")
    if own is None:
        return None
    text, label = own.columns
    table = read_table(own.data, text_column=text, label_column=label, separator=own.separator)
    st.caption(page["preview"].format(rows=len(table.texts), classes=len(table.balance)))
    shown = st.columns(2)
    shown[0].dataframe(pd.DataFrame(table.preview(), columns=["text", "label"]), hide_index=True)
    shown[1].dataframe(pd.DataFrame(table.balance.items(), columns=["label", "rows"]), hide_index=True)
    return RacePlan(
        task_name="csv",
        families=DEFAULT_FAMILIES,
        steps=200,
        data=own.data,
        text_column=text,
        label_column=label,
        separator=own.separator,
    )


def _adjusted(base: RacePlan, race: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, race, words["knobs"])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = form.first()
        with st.popover(words["page"]["more"], icon=":material/tune:"):
            chosen |= _more(form, words["sections"])
    return form.plan(**chosen)


def _more(form: PlanForm, sections: Mapping[str, str]) -> dict[str, Any]:
    """The drawer: what a plan has beyond the first screen, by the plan's own names."""
    found: dict[str, Any] = {}
    st.markdown(f"**{sections['models']}**")
    with st.container(horizontal=True, gap="small"):
        found["budget"] = form.number("budget", 1000)
        found["num_layers"] = form.number("num_layers")
        found["num_heads"] = form.number("num_heads")
        found["positions"] = form.pick("positions", get_args(ModelPositions))
        found["mode"] = form.pick("mode", get_args(ModeName))
        found["levels"] = form.number("levels")
        found["kernel_size"] = form.number("kernel_size")
        found["dropout"] = form.number("dropout", 0.05)
    st.markdown(f"**{sections['training']}**")
    with st.container(horizontal=True, gap="small"):
        found["batch_size"] = form.number("batch_size")
        found["lr_factor"] = form.lr_factor()
        found["warmup"] = form.number("warmup")
        found["seconds"] = form.number("seconds", 1.0)
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
                words["contender"]: name_of("family", family),
                words["body"]: facts.body_parameters,
                words["state"]: facts.state_size,
                words["field"]: str(facts.receptive_field or words["unlimited"]),
                words["lr"]: f"{plan.rate(family).lr:g}",
            }
        )
    return pd.DataFrame(rows)
