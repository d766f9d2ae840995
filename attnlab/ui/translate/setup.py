"""The controls that describe a race of translators, and the plan they make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.engine import SpecError
from attnlab.tasks import SizeError, TableError, example_parallel, read_parallel
from attnlab.training.plan import RacePlan
from attnlab.training.translation_plans import larger_plan, small_plan
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.races.csv_upload import own_table
from attnlab.ui.races.plan_form import PlanForm

PRESETS: Mapping[str, Callable[[], RacePlan]] = {"small": small_plan, "larger": larger_plan, "own": small_plan}
OWN_STEPS = 400


@dataclass(frozen=True)
class Wanted:
    """A race to start."""

    plan: RacePlan
    name: str


def setup_view(words: Mapping[str, Any]) -> Wanted | None:
    """Draw the controls; what they describe, or None after saying what is missing or does not fit."""
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
        if base is None:
            return None
        plan = _adjusted(base, preset, words["knobs"])
    except (SpecError, SizeError, TableError) as error:
        st.error(said["refused"].format(reason=refusal_sentence(error, knob_labels(words["knobs"]))))
        return None
    return Wanted(plan, presets[preset]["title"])


def _own_text(said: Mapping[str, str]) -> RacePlan | None:
    """The plan on an uploaded file; None while there is none."""
    own = own_table(said, {"source": 0, "target": 1}, example_parallel(), key="own_parallel")
    if own is None:
        return None
    source, target = own.columns
    pairs = read_parallel(own.data, source_column=source, target_column=target, separator=own.separator)
    st.caption(said["preview"].format(rows=len(pairs.sources), left_out=pairs.left_out))
    st.dataframe(pd.DataFrame(pairs.preview(), columns=["source", "target"]), hide_index=True, key="own_preview")
    st.caption(said["no_gold"])
    return replace(
        PRESETS["own"](),
        steps=OWN_STEPS,
        data=own.data,
        text_column=source,
        label_column=target,
        separator=own.separator,
    )


def _adjusted(base: RacePlan, preset: str, knobs: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, preset, knobs, prefix="translate_")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = form.first()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen |= {"label_smoothing": form.number("label_smoothing", 0.05), "dropout": form.number("dropout", 0.05)}
        chosen |= {"lr_factor": form.lr_factor()}
        chosen |= {"seconds": form.number("seconds", 1.0), "budget": form.number("budget", 1000)}
    return form.plan(**chosen)
