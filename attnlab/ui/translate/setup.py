"""The controls that describe a race of translators, and the plan they make."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.languages import present
from attnlab.prose import counted
from attnlab.tasks import example_parallel
from attnlab.tasks.tables import PARALLEL
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.translation_plans import larger_plan, small_plan, translation_of
from attnlab.ui.kit.refusals import knob_labels, refusal_sentence
from attnlab.ui.races.plan_form import PlanForm, form_row
from attnlab.ui.races.uploads.table import own_table

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
    except SpecError as error:
        st.error(said["refused"].format(reason=refusal_sentence(error, knob_labels(words["knobs"]))))
        return None
    return Wanted(plan, presets[preset]["title"])


def _own_text(said: Mapping[str, str]) -> RacePlan | None:
    """The plan on an uploaded file; None while there is none."""
    own = own_table(said, PARALLEL, example_parallel(present().code), key="own_parallel")
    if own is None:
        return None
    plan = replace(PRESETS["own"](), steps=OWN_STEPS, data=own.data, **asdict(own.reading))
    pairs = translation_of(plan).pairs
    if pairs is not None:
        told = said["preview_left_out" if pairs.left_out else "preview"]
        st.caption(counted(told, pairs.left_out, rows=len(pairs.sources), left_out=pairs.left_out))
    st.caption(said["no_gold"])
    return plan


def _adjusted(base: RacePlan, preset: str, knobs: Mapping[str, Any]) -> RacePlan:
    """The race with what the learner has set."""
    form = PlanForm(base, preset, knobs, prefix="translate_")
    with form_row():
        chosen = form.first()
    with form_row():
        chosen |= {"label_smoothing": form.number("label_smoothing", 0.05), "dropout": form.number("dropout", 0.05)}
        chosen |= {"lr_factor": form.lr_factor()}
        chosen |= {"seconds": form.number("seconds", 1.0), "budget": form.number("budget", 1000)}
    return form.plan(**chosen)
