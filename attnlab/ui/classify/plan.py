"""Which texts, which contenders, for how long: the controls that describe a race of classifiers, and its plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.models import count_parameters
from attnlab.prose import page_prose
from attnlab.settings.classify import Classify
from attnlab.tasks import PRESETS
from attnlab.tasks.classification.sentiment_grammar import ADJECTIVES
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.classify_plans import CLASSIFICATIONS, on_rows
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.kit.session import value_now
from attnlab.ui.races.plan_form import PlanForm, form_row
from attnlab.ui.races.uploads.own_texts import long_texts, own_texts_plan, texts_facts, vocabulary_size
from attnlab.ui.races.verdict import lanes_view


def classify_plan(words: Mapping[str, Any]) -> RacePlan | None:
    """Draw the controls; the plan, or None after saying what is missing or does not fit."""
    said = words["choose"]
    Drawing(Classify.kinds(), words).row("cl_data", key="data_row", few=("cl_data",), bare=("cl_data",))
    data = value_now(Classify.kinds(), "cl_data")
    st.markdown(said[f"{data}_line"])
    try:
        base = CLASSIFICATIONS["sentiment"] if data == "sentiment" else own_texts_plan(said, on_rows, key="cl_csv")
        if base is None:
            return None
        plan = _adjusted(base, data, words)
        lanes_view(plan, page_prose("training"))
        _sizes_line(plan, said)
        if data == "csv":
            texts_facts(plan)
    except SpecError as error:
        st.error(said["refused"].format(reason=refusal_sentence(error, knob_labels(words["knobs"]))))
        return None
    return plan


def _adjusted(base: RacePlan, data: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, data, words["knobs"], prefix="cl_")
    sizes = PRESETS[base.task_name][base.preset]
    asked = {}
    with (row := form_row()):
        chosen = form.first()
        if data == "sentiment":
            asked["num_adjectives"] = form.size("num_adjectives", sizes["num_adjectives"], (0, len(ADJECTIVES)))
    if data == "csv":
        with (row := form_row()):
            asked["max_tokens"], chosen["cut"] = long_texts(form)
    more = row.popover(words["choose"]["more"], icon=":material/tune:")
    with more, st.container(horizontal=True, gap="small"):
        chosen |= {
            "budget": form.number("budget", 1000),
            "batch_size": form.number("batch_size"),
            "dropout": form.number("dropout", 0.05),
            "noise": form.number("noise", 0.25),
        }
        if data == "csv":
            asked["max_vocabulary"] = vocabulary_size(form)
    return form.plan(**chosen, sizes={name: int(size) for name, size in asked.items() if size != sizes[name]})


def _sizes_line(plan: RacePlan, said: Mapping[str, str]) -> None:
    """How large the contenders are, and why one of them is not."""
    total = count_parameters(replace(plan, contenders=("bag_of_words",), lr={}).model_config("bag_of_words"))[1]
    st.caption(said["sizes_line"].format(budget=f"{plan.budget:,}", total=f"{total:,}"))
