"""Which texts, which contenders, for how long: the controls that describe a race of classifiers, and its plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.engine import SpecError
from attnlab.models import count_parameters
from attnlab.settings.classify import Classify
from attnlab.tasks import PRESETS, ClassifyCsv, SizeError, TableError
from attnlab.tasks.csv_table import formula_safe, read_table
from attnlab.tasks.csv_task import example_data
from attnlab.tasks.sentiment_grammar import ADJECTIVES
from attnlab.training.classify_plans import CLASSIFICATIONS, on_rows
from attnlab.training.plan import RacePlan
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.kit.session import value_now
from attnlab.ui.races.csv_upload import own_table
from attnlab.ui.races.plan_form import PlanForm

SIZE_BOUNDS = {"num_adjectives": (0, len(ADJECTIVES)), "max_tokens": (2, 64), "max_vocabulary": (10, 10_000)}


def classify_plan(words: Mapping[str, Any]) -> RacePlan | None:
    """Draw the controls; the plan, or None after saying what is missing or does not fit."""
    said = words["choose"]
    Drawing(Classify.kinds(), words).row("cl_data", key="data_row", few=("cl_data",), bare=("cl_data",))
    data = value_now(Classify.kinds(), "cl_data")
    st.markdown(said[f"{data}_line"])
    try:
        base = CLASSIFICATIONS["sentiment"] if data == "sentiment" else _csv_plan(said)
        if base is None:
            return None
        plan = _adjusted(base, data, words)
        _sizes_line(plan, said)
        task = plan.task
        if isinstance(task, ClassifyCsv):
            _balance(task, said)
    except (SpecError, SizeError, TableError) as error:
        st.error(said["refused"].format(reason=refusal_sentence(error, knob_labels(words["knobs"]))))
        return None
    return plan


def _csv_plan(said: Mapping[str, str]) -> RacePlan | None:
    """The race on the learner's rows; None while there are none.

    Raises:
        TableError: not a table.
    """
    own = own_table(said, {"text": 0, "label": -1}, example_data(), key="cl_csv")
    if own is None:
        return None
    text, label = own.columns
    table = read_table(own.data, text_column=text, label_column=label, separator=own.separator)
    st.caption(said["preview"].format(rows=len(table.texts), classes=len(table.balance), left_out=table.left_out))
    rows = [[formula_safe(cell) for cell in row] for row in table.preview()]
    st.dataframe(pd.DataFrame(rows, columns=[said["text"], said["label"]]), hide_index=True, height="content")
    return on_rows(own.data, text_column=text, label_column=label, separator=own.separator)


def _adjusted(base: RacePlan, data: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, data, words["knobs"], prefix="cl_")
    sizes = PRESETS[base.task_name][base.preset]
    asked = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = form.first()
        if data == "sentiment":
            asked["num_adjectives"] = form.size(
                "num_adjectives", sizes["num_adjectives"], SIZE_BOUNDS["num_adjectives"]
            )
        with st.popover(words["choose"]["more"], icon=":material/tune:"), st.container(horizontal=True, gap="small"):
            chosen |= {
                "budget": form.number("budget", 1000),
                "batch_size": form.number("batch_size"),
                "dropout": form.number("dropout", 0.05),
            }
            if data == "csv":
                asked |= {name: form.size(name, sizes[name], SIZE_BOUNDS[name]) for name in sizes}
    return form.plan(**chosen, sizes={name: int(size) for name, size in asked.items() if size != sizes[name]})


def _sizes_line(plan: RacePlan, said: Mapping[str, str]) -> None:
    """How large the contenders are, and why one of them is not."""
    total = count_parameters(replace(plan, families=("bag_of_words",), lr={}).model_config("bag_of_words"))[1]
    st.caption(said["sizes_line"].format(budget=f"{plan.budget:,}", total=f"{total:,}"))


def _balance(task: ClassifyCsv, said: Mapping[str, str]) -> None:
    rows = [
        {said["label"]: formula_safe(label), said["train"]: sides["train"], said["test"]: sides["test"]}
        for label, sides in task.balance.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
