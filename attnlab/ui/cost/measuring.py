"""Measuring on this server: the sizes, the one measurement of all visitors, and how it goes."""

import logging
from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.costs import Asked
from attnlab.costs.measurement.background import MeasuringBusyError, State, background
from attnlab.engine import SpecError
from attnlab.looks import run_store
from attnlab.settings.lab.cost import Cost
from attnlab.training import StoreFault
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.refusals import control_labels, refusal_sentence
from attnlab.ui.kit.session import kept, rerun, set_values, values_now
from attnlab.ui.kit.visitor import visitor

log = logging.getLogger(__name__)
SIZES = ("cost_d_model", "cost_heads", "cost_kv_heads", "cost_window", "cost_longest", "cost_seconds")
FIELDS = {"num_heads": "heads", "num_kv_heads": "kv_heads"}
"""Settings of the page that fill a field of another name."""
SEEN = kept("cost", "measuring")
"""The session's key of whether a measurement was running as the page last looked."""
TROUBLE = kept("cost", "trouble")
"""The session's key of why the last press of Start came to nothing."""
LOOKED_AT = 50
"""Runs, the newest, among which those that train are looked for."""


def is_measuring() -> bool:
    """Whether a measurement of this server is running."""
    return background().is_running()


def measuring_view(words: Mapping[str, Any], key: str) -> None:
    """Sizes, Start or Cancel, and what there is to say.

    Args:
        words: the prose of the page.
        key: of the fragment, which runs again on a change.
    """
    running, was = is_measuring(), st.session_state.get(SEEN)
    st.session_state[SEEN] = running
    if was is not None and was != running:
        st.rerun()  # the whole page: its curves look for points as often as it does, or no more
    said, kinds = words["measuring"], Cost.kinds()
    st.markdown(f"#### {said['title']}")
    st.caption(said["line"])
    draw = Drawing(kinds, words, on_change=rerun, args=(key,), shared=Cost.link_prefix)
    draw.row(*SIZES, key="cost_sizes")
    asked = _asked(Cost.of(values_now(kinds)), words)
    _races(said)
    state = background().state()
    with st.container(horizontal=True, vertical_alignment="center"):
        if running and state is not None:
            if state.owner == visitor():
                st.button(said["cancel"], icon=":material/stop:", key="cost_cancel", on_click=background().cancel)
        else:
            st.button(
                said["start"],
                type="primary",
                icon=":material/timer:",
                key="cost_start",
                disabled=asked is None,
                on_click=_start,
                args=(asked, said),
            )
        if state is not None:
            _progress(state, said)
    if trouble := st.session_state.get(TROUBLE):
        st.warning(trouble)


def _asked(settings: Cost, words: Mapping[str, Any]) -> Asked | None:
    """What would be measured; None after saying what does not fit."""
    try:
        return settings.asked()
    except SpecError as error:
        labels = control_labels(Cost.kinds(), words["controls"])
        labels |= {field: labels[name] for field, name in FIELDS.items()}
        st.error(words["page"]["refused"].format(reason=refusal_sentence(error, labels)))
        return None


def _start(asked: Asked, said: Mapping[str, str]) -> None:
    st.session_state[TROUBLE] = ""
    try:
        background().start(asked, visitor())
    except MeasuringBusyError:
        st.session_state[TROUBLE] = said["busy"]
    except OSError:
        log.exception("a measurement")
        st.session_state[TROUBLE] = said["cannot_start"]
    else:
        set_values({"cost_table": "here"})


def _progress(state: State, said: Mapping[str, str]) -> None:
    table = state.table
    if state.ending == "running":
        if table is None:
            st.progress(0.0, text=said["begins"])
        else:
            told = said["progress"].format(done=table.done, planned=table.planned)
            st.progress(min(table.done / max(table.planned, 1), 1.0), text=told)
    elif state.ending == "done" and table is not None:
        sentence = said["done" if len(table.points) == table.planned else "done_partly"]
        st.caption(sentence.format(points=len(table.points), planned=table.planned))
    else:
        st.caption(said["failed" if state.ending == "done" else state.ending])


def _races(said: Mapping[str, str]) -> None:
    """Say that races are being trained; a measurement beside which one was is marked as such."""
    try:
        listed = run_store.store().runs.history(limit=LOOKED_AT)
    except StoreFault:  # without a store nothing is trained
        return
    count = sum(run.status == "running" for run in listed)
    if count:
        st.info(said["races"].format(count=count))
        background().mark_raced()
    state = background().state()
    if state is not None and state.raced:
        st.caption(said["raced"])
