"""The controls that describe a race of translators, and the plan they make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import STYLES
from attnlab.engine import SpecError
from attnlab.models import SEQ2SEQ_FAMILIES
from attnlab.tasks import SizeError, TableError, example_parallel, read_parallel
from attnlab.training.plan import BOUNDS, RacePlan
from attnlab.training.translation_plans import larger_plan, small_plan
from attnlab.ui.kit.messages import plain
from attnlab.ui.races.csv_upload import guessed_column, separator_and_columns
from attnlab.ui.races.plan_form import LR_FACTORS

PRESETS: Mapping[str, Callable[[], RacePlan]] = {"small": small_plan, "larger": larger_plan, "own": small_plan}
STEPS = (50, 100, 200, 400, 800, 1500, 3000, 5000, 8000)
OWN_STEPS = 400


@dataclass(frozen=True)
class Wanted:
    """A race to start."""

    plan: RacePlan
    name: str


def setup_view(words: Mapping[str, Any]) -> Wanted | None:
    """Draw the controls; what they describe, or None after saying what does not fit."""
    said = words["setup"]
    presets = said["presets"]
    st.caption(said["line"])
    preset = st.pills(
        said["preset"],
        tuple(PRESETS),
        default="small",
        required=True,
        format_func=lambda name: presets[name]["title"],
        key="translate_preset",
        label_visibility="collapsed",
    )
    st.markdown(presets[preset]["line"])
    try:
        base = _own_text(said) if preset == "own" else PRESETS[preset]()
        plan = _adjusted(base, preset, words)
    except (SpecError, SizeError, TableError) as error:
        st.error(said["refused"].format(reason=plain(str(error))))
        return None
    return Wanted(plan, presets[preset]["title"])


def _own_text(said: Mapping[str, str]) -> RacePlan:
    """The plan on an uploaded file, or on the example in its place."""
    file = st.file_uploader(said["file"], help=said["file_help"], key="own_parallel")
    if file is None:
        example = example_parallel()
        st.caption(said["file_none"])
        st.download_button(said["example"], example, "parallel.csv", "text/csv", on_click="ignore")
        return _plan_on(example, "source", "target", ",", said)
    data = file.getvalue()
    separator, columns = separator_and_columns(data)
    with st.container(horizontal=True):
        at = guessed_column(columns, "source", 0)
        source = st.selectbox(said["source_column"], columns, index=at, key="source_column")
        at = guessed_column(columns, "target", 1)
        target = st.selectbox(said["target_column"], columns, index=at, key="target_column")
    return _plan_on(data, source, target, separator, said)


def _plan_on(data: bytes, source: str, target: str, separator: str, said: Mapping[str, str]) -> RacePlan:
    pairs = read_parallel(data, source_column=source, target_column=target, separator=separator)
    st.caption(said["preview"].format(rows=len(pairs.sources), left_out=pairs.left_out))
    st.dataframe(pd.DataFrame(pairs.preview(), columns=["source", "target"]), hide_index=True, key="own_preview")
    st.caption(said["no_gold"])
    return replace(
        PRESETS["own"](), steps=OWN_STEPS, data=data, text_column=source, label_column=target, separator=separator
    )


def _adjusted(base: RacePlan, preset: str, words: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set. Widgets of another preset are others: each starts from its own."""
    said, knobs = words["setup"], words["knobs"]

    def number(name: str, step: float = 1) -> Any:
        low, high = BOUNDS[name]
        value = getattr(base, name)
        key = f"translate_{name}_{preset}"
        return st.number_input(min_value=low, max_value=high, value=value, step=step, width=150, key=key, **knobs[name])

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        families = st.pills(
            said["contenders"],
            SEQ2SEQ_FAMILIES,
            default=list(base.families),
            selection_mode="multi",
            format_func=lambda family: STYLES[family].name,
            key=f"translate_families_{preset}",
        )
        steps = st.select_slider(
            said["steps"],
            sorted({*STEPS, base.steps}),
            value=base.steps,
            help=said["steps_help"],
            key=f"translate_steps_{preset}",
            width=230,
        )
        seed = st.number_input(
            said["seed"], 0, int(BOUNDS["seed"][1]), 0, help=said["seed_help"], key="translate_seed", width=130
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        more = {"label_smoothing": number("label_smoothing", 0.05), "dropout": number("dropout", 0.05)}
        factor = st.selectbox(
            options=LR_FACTORS,
            index=LR_FACTORS.index(1.0),
            width=150,
            key=f"translate_lr_{preset}",
            **knobs["lr_factor"],
        )
        more |= {"seconds": number("seconds", 1.0), "budget": number("budget", 1000)}
    plan = replace(base, families=tuple(families), steps=int(steps), seed=int(seed), lr={}, **more)
    if factor == 1:
        return plan
    return replace(plan, lr={family: plan.rate(family).lr * factor for family in plan.families})
