"""The training page: set a race up, watch it, look into what was learned, find earlier ones.

Which run is shown stands in the link (`run`); everything shown of it is read from the run store.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.prose import page_prose
from attnlab.settings.training import Training
from attnlab.settings.writing import OF_LETTERS
from attnlab.training import StoreError, StoreFault
from attnlab.training.stored import plan_of
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import values_now
from attnlab.ui.races import runs
from attnlab.ui.races.before_start import before_start
from attnlab.ui.races.history import history_view
from attnlab.ui.races.race import race_view
from attnlab.ui.races.shown_run import shown_run, start_run
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.races.uploads.own_texts import cut_note
from attnlab.ui.races.verdict import verdict_view
from attnlab.ui.training.answers import answers_view
from attnlab.ui.training.breakdown import breakdown_view
from attnlab.ui.training.comparison import comparison_view
from attnlab.ui.training.contenders import CHOSEN
from attnlab.ui.training.disturbed import disturbed_view
from attnlab.ui.training.insight.view import insight_view
from attnlab.ui.training.looks import looks_view
from attnlab.ui.training.plan import plan_controls, race_title, story_view
from attnlab.ui.training.story import ended_view


def training_page() -> None:
    """The whole page; a store that is away is said, not raised."""
    words, kinds = page_prose("training"), {**Training.kinds(), **OF_LETTERS}
    refused_in_link("training", kinds)
    own = {CHOSEN: words["page"]["contenders_refused"]}
    say_refused("training", kinds, values_now(kinds), words["page"]["link_refused"], own)
    try:
        _page(words)
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))


def _page(words: Mapping[str, Any]) -> None:
    page = words["page"]
    store = run_store.store()
    runs.jobs().ensure()
    shown = shown_run(store, "sequence")
    st.caption(page["intro"])
    with st.expander(page["setup"], key="setup") if shown else st.container():
        plan = plan_controls(words)
        before_start(plan)
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(
                page["start"], type="primary", icon=":material/play_arrow:", disabled=plan is None, key="start"
            )
            cut_note(plan)
        if plan:
            story_view(plan, words)
        if pressed and plan:
            start_run(store, plan, race_title(plan, words))
    if shown:
        try:
            plan = plan_of(store, shown)
        except (SpecError, StoreError) as error:
            st.error(store_trouble(error))
        else:
            verdict_view(store, shown, plan, words)
            ended_view(shown, plan, words)
            left, right = st.columns((3, 2), gap="medium")
            with left:
                race_view(store, shown, plan, words)
                disturbed_view(store, shown, plan, words)
            with right:
                looks_view(store, shown, plan, words)
            # Pictures are narrow: they stand in the room below the table of a race.
            with st.container() if plan.task.info.grid is None else left:
                answers_view(store, shown, plan, words)
            insight_view(store, shown, plan, words)
            breakdown_view(store, shown, plan, words)
    comparison_view(words)
    history_view(store, shown, words)
