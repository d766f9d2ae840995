"""The training page: set a race up, watch it, look into what was learned, find earlier ones.

Which run is shown stands in the link (`run`); everything shown of it is read from the run store.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.tasks import KINDS
from attnlab.training import Run, RunStore, StoreError, StoreFault, UnknownRunError
from attnlab.training.plan import RacePlan
from attnlab.training.store import LimitReachedError
from attnlab.training.stored import plan_of
from attnlab.ui import runs
from attnlab.ui.answers_view import answers_view
from attnlab.ui.breakdown_view import breakdown_view
from attnlab.ui.comparison_view import comparison_view
from attnlab.ui.history_view import history_view
from attnlab.ui.looks_view import looks_view
from attnlab.ui.messages import plain
from attnlab.ui.plan_controls import plan_controls, race_title
from attnlab.ui.prose import page_prose
from attnlab.ui.race_view import race_view

RUN = "run"


def training_page() -> None:
    """The whole page; a store that is away is said, not raised."""
    words = page_prose("training")
    try:
        _page(words)
    except StoreFault as fault:
        st.error(words["page"]["no_store"].format(reason=plain(str(fault))))


def _page(words: Mapping[str, Any]) -> None:
    page = words["page"]
    store = runs.store()
    runs.jobs().ensure()
    shown = _shown_run(store, page)
    st.caption(page["intro"])
    with st.expander(page["setup"], key="setup") if shown else st.container():
        plan = plan_controls(words)
        if st.button(page["start"], type="primary", icon=":material/play_arrow:", disabled=plan is None) and plan:
            _start(store, plan, words)
    if shown:
        try:
            plan = plan_of(store, shown)
        except (SpecError, StoreError) as error:
            st.error(plain(str(error)))
        else:
            left, right = st.columns((3, 2), gap="medium")
            with left:
                race_view(store, shown, plan, words)
            with right:
                looks_view(store, shown, plan, words)
            answers_view(store, shown, plan, words)
            breakdown_view(store, shown, plan, words)
    comparison_view(words)
    history_view(store, shown, words)


def _shown_run(store: RunStore, page: Mapping[str, str]) -> Run | None:
    name = st.query_params.get(RUN)
    if not name:
        return None
    try:
        run = store.runs.get(name)
    except (UnknownRunError, StoreError):
        st.warning(page["unknown_run"].format(run=plain(name[:40])))
        return None
    kind = KINDS.get(run.config.task, "sequence")
    if kind != "sequence":
        st.warning(page[f"run_of_{kind}"].format(run=plain(run.name)))
        return None
    return run


def _start(store: RunStore, plan: RacePlan, words: Mapping[str, Any]) -> None:
    try:
        if plan.data is not None:
            store.datasets.save(plan.data)
        run = store.runs.create(plan.to_config(), owner=runs.owner(), name=race_title(plan, words))
    except LimitReachedError:
        st.warning(words["page"]["limit"])
    except (StoreError, SpecError) as error:
        st.error(words["page"]["refused"].format(reason=plain(str(error))))
    else:
        runs.jobs().submit(run.id)
        st.query_params[RUN] = run.id
        st.rerun()
