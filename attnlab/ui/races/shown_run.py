"""The run that a page shows, which stands in the link, and a new one."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.paths import PAGES
from attnlab.prose import page_prose
from attnlab.tasks import KINDS, Kind
from attnlab.training import Run, RunStore, StoreError, UnknownRunError
from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import LimitReachedError
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.visitor import visitor
from attnlab.ui.races import runs
from attnlab.ui.races.store_trouble import store_trouble

RUN = "run"
PAGE_OF: Mapping[Kind, str] = {"sequence": "training", "translation": "translate", "classification": "classify"}


def kind_of(run: Run) -> Kind:
    """What the run has learned, and so which page shows it."""
    return KINDS.get(run.config.task, "sequence")


def shown_run(store: RunStore, kind: Kind) -> Run | None:
    """The run of the link; None if there is none, or after saying that it is gone or belongs on another page."""
    name = st.query_params.get(RUN)
    if not name:
        return None
    page = page_prose("training")["page"]
    try:
        run = store.runs.get(name)
    except (UnknownRunError, StoreError):
        st.warning(store_trouble(UnknownRunError(name)))
        return None
    own = kind_of(run)
    if own != kind:
        st.warning(page[f"run_of_{own}"].format(run=plain(run.name)))
        st.page_link(PAGES / f"{PAGE_OF[own]}.py", label=page["open_there"], query_params={RUN: run.id})
        return None
    return run


def start_run(store: RunStore, plan: RacePlan, name: str) -> None:
    """A run of a plan, shown from now on; or a word about why there is none."""
    run = begun(store, plan, name)
    if run is not None:
        st.query_params[RUN] = run.id
        st.rerun()


def begun(store: RunStore, plan: RacePlan, name: str) -> Run | None:
    """A run of a plan, which waits for a worker; None after a word about why there is none."""
    page: Mapping[str, Any] = page_prose("training")["page"]
    try:
        if plan.data is not None:
            store.datasets.save(plan.data)
        run = store.runs.create(plan.to_config(), owner=visitor(), name=name)
    except LimitReachedError:
        st.warning(page["limit"])
    except (StoreError, SpecError) as error:
        st.error(page["refused"].format(reason=store_trouble(error)))
    else:
        runs.jobs().submit(run.id)
        return run
    return None
