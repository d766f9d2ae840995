"""The learner's texts and labels, as a race: what is read of them is said before anything is trained."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

import pandas as pd
import streamlit as st

from attnlab.languages import present
from attnlab.prose import counted, listed, listed_clauses, page_prose, percent
from attnlab.tasks import PRESETS, ClassifyCsv, CsvClassification
from attnlab.tasks.classification.csv_task import MAX_TOKENS, example_data
from attnlab.tasks.classification.read_texts import CutName
from attnlab.tasks.tables import TEXTS, Reading
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.tables import guarded
from attnlab.ui.races.plan_form import PlanForm
from attnlab.ui.races.uploads.table import own_table

BOUNDS = {"max_tokens": (2, MAX_TOKENS), "max_vocabulary": (10, 10_000)}
LISTED = 12
"""Of labels."""


def own_texts_plan(
    words: Mapping[str, str], made: Callable[[bytes, Reading], RacePlan], *, key: str
) -> RacePlan | None:
    """The race on an uploaded table; None while there is none.

    Args:
        words: those of `own_table`.
        made: the page's race on a file that is read so.
        key: of the widgets.

    Raises:
        TableError: not a table.
        SpecError: a table that cannot be learned from.
    """
    own = own_table(words, TEXTS, example_data(present().code), key=key)
    if own is None:
        return None
    plan = made(own.data, own.reading)
    alike = _task(plan).table.alike
    if alike:
        shown = listed_clauses(" = ".join(f"“{plain(label)}”" for label in group) for group in alike[:LISTED])
        said = page_prose("training")["table"]
        if not st.checkbox(said["merge_labels"].format(labels=shown), value=True, key=f"{key}_merge_labels"):
            return replace(plan, merge_labels=False)
    return plan


def long_texts(form: PlanForm) -> tuple[int, CutName]:
    """How many words of a text are read, and which."""
    return _size(form, "max_tokens"), form.pick("cut", get_args(CutName))


def vocabulary_size(form: PlanForm) -> int:
    """How many words are known."""
    return _size(form, "max_vocabulary")


def _size(form: PlanForm, name: str) -> int:
    return int(form.size(name, PRESETS[form.base.task_name][form.base.preset][name], BOUNDS[name]))


def texts_facts(plan: RacePlan) -> None:
    """What a race will learn from: rows, classes and what is left out."""
    said, task = page_prose("training")["table"], _task(plan)
    rows, classes = f"{sum(sum(sides.values()) for sides in task.balance.values()):,}", len(task.labels)
    told = said["preview_left_out" if task.table.left_out else "preview"]
    st.caption(counted(told, task.table.left_out, rows=rows, classes=classes, left_out=task.table.left_out))
    if task.lonely:
        labels = listed(f"“{plain(label)}”" for label in task.lonely[:LISTED])
        st.caption((said["lonely_more"] if len(task.lonely) > LISTED else said["lonely"]).format(labels=labels))
    balance = [
        {said["label"]: label, said["train"]: sides["train"], said["test"]: sides["test"]}
        for label, sides in task.balance.items()
    ]
    table = guarded(pd.DataFrame(balance), [said["label"]])
    st.dataframe(table, hide_index=True, height="content" if len(balance) <= LISTED else 360)


def cut_note(plan: RacePlan | None) -> None:
    """How many of the learner's texts are longer than what is read of them; nothing where none is."""
    if plan is None or not isinstance(plan.task, CsvClassification | ClassifyCsv) or not plan.task.num_cut:
        return
    said, task = page_prose("training")["table"], plan.task
    share = task.num_cut / len(task.table.texts)
    told = f"< {percent(0.01)}" if share < 0.01 else percent(share)
    st.caption(said[f"cut_{task.cut}"].format(share=told, most=task.max_tokens))


def _task(plan: RacePlan) -> CsvClassification | ClassifyCsv:
    task = plan.task
    if not isinstance(task, CsvClassification | ClassifyCsv):
        raise TypeError(f"task_name ({plan.task_name!r}) must be one on the learner's texts")
    return task
