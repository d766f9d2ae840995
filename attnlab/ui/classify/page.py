"""The classify page: choose texts, train four readers on them, judge them, and ask them about any sentence.

Which run is shown stands in the link (`run`); until there is one, the classifiers that come with the app are asked.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.prose import name_of, page_prose
from attnlab.settings.classify import Classify
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.stored import plan_of
from attnlab.ui.classify.keep import keep_view, uploaded_origin
from attnlab.ui.classify.plan import classify_plan
from attnlab.ui.classify.results import results_view
from attnlab.ui.classify.texts import texts_view
from attnlab.ui.classify.words import words_view
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import values_now
from attnlab.ui.races import runs
from attnlab.ui.races.before_start import before_start
from attnlab.ui.races.history import history_view
from attnlab.ui.races.polling import poll_s
from attnlab.ui.races.race import race_view
from attnlab.ui.races.shown_run import shown_run, start_run
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.races.unhurried import UNHURRIED
from attnlab.ui.races.uploads.own_texts import cut_note
from attnlab.ui.races.verdict import verdict_view

POLL_S = 1.5
RESULTS, WORDS = "cl_results_now", "cl_words_now"  # fragments


def classify_page() -> None:
    """The whole page; a store that is away is said, not raised."""
    words = page_prose("classify")
    kinds = Classify.kinds()
    refused_in_link("classify", kinds)
    say_refused("classify", kinds, values_now(kinds), words["page"]["link_refused"])
    try:
        _page(words)
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        _asked(Origin("classification"), words)


def _page(words: Mapping[str, Any]) -> None:
    """What is asked first stands first; to train others comes last, but while a race of theirs is shown."""
    store = run_store.store()
    runs.jobs().ensure()
    shown, plan = _shown(store)
    st.caption(words["page"]["intro"])
    if shown and plan:
        with st.expander(words["choose"]["setup"], key="cl_setup"):
            _training(store, words)
        races = _race_words(words)
        verdict_view(store, shown, plan, races)
        race_view(store, shown, plan, races)
    _asked(_origin(store, shown, plan), words)
    st.subheader(words["results"]["title"], anchor=False)
    st.fragment(_results, run_every=poll_s(shown, POLL_S), key=RESULTS)(store, shown, plan, words)
    if plan is None:
        st.subheader(words["choose"]["title"], anchor=False)
        plan = _training(store, words)
    if plan:
        texts_view(plan, words)
    history_view(store, shown, page_prose("training"), "classification")


def _shown(store: RunStore) -> tuple[Run | None, RacePlan | None]:
    """The run of the link with its plan; neither after saying what is wrong with it."""
    shown = shown_run(store, "classification")
    try:
        return shown, plan_of(store, shown) if shown else None
    except (SpecError, StoreError) as error:
        st.error(store_trouble(error))
        return None, None


def _training(store: RunStore, words: Mapping[str, Any]) -> RacePlan | None:
    """What to train, and the button that starts it; the plan as it stands there."""
    plan = classify_plan(words)
    before_start(plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        start = words["choose"]["start"]
        pressed = st.button(start, type="primary", icon=":material/play_arrow:", disabled=plan is None)
        cut_note(plan)
    if pressed and plan:
        start_run(store, plan, name_of("data", _data_of(plan)))
    return plan


def _race_words(words: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a race, but for the table of five seeds that this page does not have."""
    shared = page_prose("training")
    return {**shared, "run": {**shared["run"], "one_seed": words["results"]["one_seed"]}}


def _data_of(plan: RacePlan) -> str:
    """Which of the page's choices of texts a plan is about."""
    return next(name for name, one in CLASSIFICATIONS.items() if one.task_name == plan.task_name)


def _origin(store: RunStore, shown: Run | None, plan: RacePlan | None) -> Origin:
    """The newest snapshots that all contenders of the run have; while there are none, what comes with the app."""
    if shown is None or plan is None:
        return Origin("classification")
    steps = common_steps(store, shown.id, plan.families)
    return Origin("classification", store, shown.id, steps[-1]) if steps else Origin("classification")


def _results(store: RunStore, shown: Run | None, plan: RacePlan | None, words: Mapping[str, Any]) -> None:
    try:
        origin = _origin(store, shown, plan)
        if shown and origin.store is None:
            st.caption(words["results"]["none"])
            return
        if shown is None or not shown.is_active:
            results_view(origin, words)
            return
        origin, began = replace(origin, step=UNHURRIED.step(shown.id, origin.step)), time.perf_counter()
        results_view(origin, words, forming=True)
        UNHURRIED.took(shown.id, origin.step, time.perf_counter() - began)
    except (StoreFault, StoreError, SpecError, OSError) as error:
        st.error(words["page"]["no_model"].format(reason=store_trouble(error)))


def _asked(origin: Origin, words: Mapping[str, Any]) -> None:
    """The sentence, and the files; those who were brought back are asked before all others."""
    said = words["words"]
    st.subheader(said["title"], anchor=False)
    brought = uploaded_origin(words)
    if brought:
        asked = brought[0]
        st.caption(said["from_file"].format(file=plain(brought[1][:80])))
    else:
        asked = origin
        st.caption(said["from_shipped"] if origin.store is None else said["from_run"].format(step=origin.step))
    st.fragment(_words, key=WORDS)(asked, words)
    try:
        keep_view(asked, words)
    except (StoreError, SpecError, OSError) as error:
        st.error(words["page"]["no_model"].format(reason=store_trouble(error)))


def _words(origin: Origin, words: Mapping[str, Any]) -> None:
    try:
        words_view(origin, words)
    except (StoreFault, StoreError, SpecError, OSError) as error:
        st.error(words["page"]["no_model"].format(reason=store_trouble(error)))
