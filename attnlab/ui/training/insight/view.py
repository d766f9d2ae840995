"""Below a race that is over: lags and forecasts, what decides, motifs as they are seen, texts that are written on."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.tasks import HasEvidence, Motif, NextCharacter, Series
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.training.insight.evidence import evidence_view
from attnlab.ui.training.insight.motif import logos_view
from attnlab.ui.training.insight.series import series_view
from attnlab.ui.training.insight.writing import writing_view
from attnlab.ui.training.looks import INSIGHT, chosen_step


def insight_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Follow the scrubber, once the race is over; nothing for tasks that know nothing beyond the answers.

    While it runs each snapshot would be looked through over hundreds of examples: time that training needs. The
    fragment is there for every task, since the scrubber reruns it by name, and Streamlit reruns none where one lacks.
    """
    st.fragment(_insight, key=INSIGHT)(store, run, plan, words)


def _insight(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    if run.is_active or not isinstance(plan.task, Series | HasEvidence | NextCharacter):
        return
    run_id = run.id
    try:
        steps = common_steps(store, run_id, plan.contenders)
        if not steps:
            return
        origin = Origin("sequence", store, run_id, chosen_step(run_id, steps))
        if isinstance(plan.task, Series):
            series_view(origin, plan, plan.task, words)
        elif isinstance(plan.task, NextCharacter):
            writing_view(origin, plan, plan.task, INSIGHT)
        else:
            evidence_view(origin, plan, words)
        if isinstance(plan.task, Motif):
            logos_view(origin, plan, plan.task, words)
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
