"""Earlier races: open, overlay, rename, delete, take away; and what changed from one to the next."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import contender_name
from attnlab.prose import listed, listed_clauses, name_of, page_prose
from attnlab.tasks import Kind
from attnlab.text import for_spreadsheets
from attnlab.training import Run, RunStore, StoreError, StoreFault, UnknownRunError
from attnlab.training.store import LimitReachedError, changed_settings
from attnlab.training.store.runs import MAX_PINNED_OF_OWNER
from attnlab.ui.kit.taking.downloads import download
from attnlab.ui.kit.visitor import visitor
from attnlab.ui.races import runs
from attnlab.ui.races.race import OVERLAY
from attnlab.ui.races.shown_run import kind_of
from attnlab.ui.races.store_trouble import store_trouble

MOST_RUNS = 30
MOST_READ = 200  # of all kinds
MOST_CHANGES = 4


def history_view(store: RunStore, shown: Run | None, words: Mapping[str, Any], kind: Kind = "sequence") -> None:
    """The visitor's runs of a kind, and what can be done with the one that is open."""
    said = words["history"]
    drawer = st.expander(said["title"], key="history", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        past = [run for run in store.runs.history(owner=visitor(), limit=MOST_READ) if kind_of(run) == kind]
        past = past[:MOST_RUNS]
        if shown and shown.id not in {run.id for run in past}:
            past = [shown, *past]
        if not past:
            st.caption(said["none"])
            return
        _table(past, said)
        _open(past, shown, said)
        if shown:
            _overlay(past, shown, said)
            if runs.is_own(shown):
                _manage(store, shown, said)
            st.caption(said["link"])
            _take_away(store, shown, said)


def _table(past: list[Run], said: Mapping[str, str]) -> None:
    rows = [
        {
            said["name"]: run.name,
            said["status"]: name_of("state", run.status),
            said["when"]: run.created,
            said["contenders"]: listed(map(contender_name, run.config.contenders)),
            said["changed"]: _changes(run, past[number + 1] if number + 1 < len(past) else None, said),
        }
        for number, run in enumerate(past)
    ]
    # Signs alone: Streamlit would write the month in the browser's language, which need not be the page's.
    when = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss")
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={said["when"]: when})


def _changes(run: Run, before: Run | None, said: Mapping[str, str]) -> str:
    """What differs from the run before it of the same task, as names and values."""
    if before is None or before.config.task != run.config.task:
        return ""
    found = changed_settings(before.config, run.config)
    told = [f"{path.removeprefix('settings.')}: {old} → {new}" for path, (old, new) in found.items()]
    more = " …" if len(told) > MOST_CHANGES else ""
    return listed_clauses(told[:MOST_CHANGES]) + more if told else said["same"]


def _label(run: Run) -> str:
    return f"{run.name} · {run.created:%Y-%m-%d %H:%M:%S} · {name_of('state', run.status)}"


def _open(past: list[Run], shown: Run | None, said: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        ids = {run.id: run for run in past}
        index = list(ids).index(shown.id) if shown else 0
        chosen = st.selectbox(
            said["run"], list(ids), index=index, format_func=lambda name: _label(ids[name]), key="past"
        )
        if st.button(said["open"], disabled=bool(shown and chosen == shown.id)):
            st.query_params["run"] = chosen
            st.rerun()


def _overlay(past: list[Run], shown: Run, said: Mapping[str, str]) -> None:
    others = {run.id: run for run in past if run.id != shown.id and run.config.task == shown.config.task}
    if not others:
        return
    key = f"overlay_of_{shown.id}"
    names = [None, *others]
    laid = st.session_state.get(OVERLAY)
    st.selectbox(
        said["compare"],
        names,
        index=names.index(laid) if laid in others else 0,
        format_func=lambda name: said["nothing"] if name is None else _label(others[name]),
        help=said["compare_help"],
        key=key,
        on_change=_lay_over,
        args=(key,),
    )


def _lay_over(key: str) -> None:
    """Kept beside the widget, which is gone when the drawer is closed."""
    st.session_state[OVERLAY] = st.session_state[key]


def _manage(store: RunStore, shown: Run, said: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input(said["name"], value=shown.name, key=f"name_{shown.id}", max_chars=80)
        if st.button(said["rename"], disabled=name == shown.name):
            try:
                store.runs.rename(shown.id, name, by=visitor())
            except StoreError as refused:
                st.error(store_trouble(refused))
            else:
                st.rerun()
        with st.popover(said["delete"]):
            if st.button(said["confirm"], type="primary"):
                _delete(store, shown.id)
        key = f"pin_{shown.id}"
        st.toggle(
            said["pin"], value=shown.pinned, help=said["pin_help"], key=key, on_change=_pin, args=(store, shown.id, key)
        )


def _delete(store: RunStore, run_id: str) -> None:
    try:
        with suppress(UnknownRunError):  # somebody else was faster
            store.runs.delete(run_id, by=visitor())
    except StoreError as refused:
        st.error(store_trouble(refused))
    else:
        del st.query_params["run"]
        st.rerun()


def _pin(store: RunStore, run_id: str, key: str) -> None:
    """As the switch says; where that is refused the switch goes back."""
    wanted = st.session_state[key]
    try:
        store.runs.pin(run_id, by=visitor(), pinned=wanted)
    except (StoreError, StoreFault) as refused:
        st.session_state[key] = not wanted
        limit = page_prose("training")["history"]["pin_limit"].format(most=MAX_PINNED_OF_OWNER)
        st.toast(limit if isinstance(refused, LimitReachedError) else store_trouble(refused))


def _take_away(store: RunStore, shown: Run, said: Mapping[str, str]) -> None:
    with st.container(horizontal=True, gap="small"):
        # Made only when somebody clicks: a long run has many points.
        points, whole = (
            lambda: for_spreadsheets("".join(store.export.csv(shown.id))),
            lambda: "".join(store.export.json(shown.id)),
        )
        name = f"run-{shown.id}"
        download(said["csv"], points, f"{name}.csv", "text/csv")
        download(said["json"], whole, f"{name}.json", "application/json")
