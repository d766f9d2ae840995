"""Which texts, which contenders, for how long: the controls that describe a race of classifiers, and its plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import STYLES
from attnlab.engine import SpecError
from attnlab.models import CLASSIFIER_FAMILIES, count_parameters
from attnlab.settings.classify import DATA, DEFAULTS
from attnlab.tasks import PRESETS, ClassifyCsv, SizeError, TableError
from attnlab.tasks.csv_table import SEPARATORS, formula_safe, read_table
from attnlab.tasks.sentiment_grammar import ADJECTIVES
from attnlab.training.classify_plans import CLASSIFICATIONS, on_rows
from attnlab.training.plan import BOUNDS, RacePlan
from attnlab.ui.kit.linked import linked_pills
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.csv_upload import guessed_column, separator_and_columns

STEPS = (50, 100, 200, 300, 400, 600, 800, 1000, 2000)
SIZE_BOUNDS = {"num_adjectives": (0, len(ADJECTIVES)), "max_tokens": (2, 64), "max_vocabulary": (10, 10_000)}
SEPARATOR_NAMES = dict(zip(SEPARATORS, ("comma", "semicolon", "tab"), strict=True))


def classify_plan(words: Mapping[str, Any]) -> RacePlan | None:
    """Draw the controls; the plan, or None after saying what does not fit."""
    said = words["choose"]
    data = linked_pills(
        said["data"],
        DATA,
        lambda name: str(said[name]),
        key="cl_data",
        default=DEFAULTS["cl_data"],
        label_visibility="collapsed",
    )
    st.markdown(said[f"{data}_line"])
    try:
        base = CLASSIFICATIONS["sentiment"] if data == "sentiment" else _csv_plan(words)
        plan = _adjusted(base, data, words)
        _sizes_line(plan, said)
        task = plan.task
        if isinstance(task, ClassifyCsv) and plan.data is not None:
            _balance(task, said)
    except (SpecError, SizeError, TableError) as error:
        st.error(said["refused"].format(reason=plain(str(error))))
        return None
    return plan


def _csv_plan(words: Mapping[str, Any]) -> RacePlan:
    """The race on the learner's rows; on those that stand in for them while there are none.

    Raises:
        TableError: not a table.
    """
    said, names = words["choose"], words["separators"]
    file = st.file_uploader(said["upload"], help=said["upload_help"], key="cl_csv")
    if file is None:
        return CLASSIFICATIONS["csv"]
    data = file.getvalue()
    found, columns = separator_and_columns(data)
    with st.container(horizontal=True):
        separator = st.selectbox(
            said["separator"],
            SEPARATORS,
            index=SEPARATORS.index(found),
            format_func=lambda sign: names[SEPARATOR_NAMES[sign]],
            key=f"cl_separator_{file.file_id}",
            width=150,
        )
        text = st.selectbox(
            said["text_column"], columns, index=guessed_column(columns, "text", 0), key=f"cl_text_in_{file.file_id}"
        )
        last = guessed_column(columns, "label", -1)
        label = st.selectbox(said["label_column"], columns, index=last, key=f"cl_label_in_{file.file_id}")
    table = read_table(data, text_column=text, label_column=label, separator=separator)
    st.caption(said["preview"].format(rows=len(table.texts), classes=len(table.balance), left_out=table.left_out))
    rows = [[formula_safe(cell) for cell in row] for row in table.preview()]
    st.dataframe(pd.DataFrame(rows, columns=[said["text"], said["label"]]), hide_index=True, height="content")
    return on_rows(data, text_column=text, label_column=label, separator=separator)


def _adjusted(base: RacePlan, data: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    said, knobs = words["choose"], words["knobs"]
    sizes = PRESETS[base.task_name][base.preset]

    def number(name: str, value: Any, bounds: tuple[float, float], step: float = 1) -> Any:
        low, high = bounds
        return st.number_input(
            min_value=low, max_value=high, value=value, step=step, width=150, key=f"cl_{name}_{data}", **knobs[name]
        )

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        families = st.pills(
            said["contenders"],
            CLASSIFIER_FAMILIES,
            default=list(base.families),
            selection_mode="multi",
            format_func=lambda family: STYLES[family].name,
            key=f"cl_families_{data}",
        )
        steps = st.select_slider(
            said["steps"],
            sorted({*STEPS, base.steps}),
            value=base.steps,
            help=said["steps_help"],
            key=f"cl_steps_{data}",
            width=230,
        )
        seed = st.number_input(
            said["seed"], 0, int(BOUNDS["seed"][1]), 0, help=said["seed_help"], key="cl_seed", width=130
        )
        chosen = {}
        if data == "sentiment":
            chosen["num_adjectives"] = number("num_adjectives", sizes["num_adjectives"], SIZE_BOUNDS["num_adjectives"])
        with st.popover(said["more"], icon=":material/tune:"), st.container(horizontal=True, gap="small"):
            more = {
                "budget": number("budget", base.budget, BOUNDS["budget"], 1000),
                "batch_size": number("batch_size", base.batch_size, BOUNDS["batch_size"]),
                "dropout": number("dropout", base.dropout, BOUNDS["dropout"], 0.05),
            }
            if data == "csv":
                chosen |= {name: number(name, sizes[name], SIZE_BOUNDS[name]) for name in sizes}
    changed = {name: int(size) for name, size in chosen.items() if size != sizes[name]}
    return replace(base, families=tuple(families), steps=int(steps), seed=int(seed), sizes=changed, **more)


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
