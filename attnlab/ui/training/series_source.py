"""Which series a race is on: one that comes with the app, or the learner's own table, and what is done to it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from attnlab.prose import counted
from attnlab.tasks import Series
from attnlab.tasks.series.reading import SERIES
from attnlab.tasks.series.shipped import SHIPPED, shipped_bytes
from attnlab.tasks.series.task import MAX_LAGS
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.races.plan_form import PlanForm
from attnlab.ui.races.uploads.table import own_table

OWN = "own"
LAGS = (4, MAX_LAGS)


def series_plan(base: RacePlan, words: Mapping[str, Any]) -> RacePlan | None:
    """The race on the series that is chosen; None while the learner's own is missing.

    Args:
        base: the race as it comes.
        words: the prose of the page.

    Raises:
        TableError: not a table, or no series.
        SpecError: a series that cannot be learned from.
    """
    said = words["series"]
    chosen = st.pills(
        said["which"],
        (*SHIPPED, OWN),
        default=SHIPPED[0],
        required=True,
        format_func=lambda name: said[f"name_{name}"],
        key="which_series",
    )
    if chosen != OWN:
        number = SHIPPED.index(chosen) + 1
        shipped = base if number == base.task.info.sizes["shipped"] else replace(base, sizes={"shipped": number})
        st.caption(said[f"source_{chosen}"])
        return shipped
    asked = {**words["page"], **{name: said[name] for name in ("upload", "upload_help", "missing")}}
    asked |= {"text_column": said["date_column"], "label_column": said["value_column"]}
    own = own_table(asked, SERIES, shipped_bytes("co2"), key="own_series")
    return None if own is None else replace(base, sizes={}, data=own.data, **asdict(own.reading))


def series_facts(task: Series, said: Mapping[str, Any]) -> None:
    """What was done to a series, and what is held out: scaling, gaps, order, season."""
    line = task.series
    last, first, end = line.labels[task.num_train - 1], line.labels[task.num_train], line.labels[-1]
    facts = [
        said["split"].format(
            train=f"{task.num_train:,}", test=f"{len(line.values) - task.num_train:,}", last=last, first=first, end=end
        ),
        said["scaled_steps" if task.relative else "scaled"].format(unit=f"{task.unit:.3g}"),
        said["no_season"] if task.period is None else said["season"].format(period=task.period),
    ]
    if line.filled:
        facts.append(counted(said["filled"], len(line.filled), count=len(line.filled)))
    if not line.was_sorted:
        facts.append(said["sorted"])
    if not line.even:
        facts.append(said["uneven"])
    st.caption("\n".join(f"- {fact}" for fact in facts))


def lags_control(form: PlanForm, task: Series) -> int:
    """How many values a window has."""
    return int(form.size("lags", task.lags, LAGS))
