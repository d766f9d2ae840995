"""This process's way to the run store and to the workers: opened at the first need, shared by all sessions."""

import functools
import os
import secrets
from typing import TYPE_CHECKING

import streamlit as st

from attnlab.training import RunStore
from attnlab.ui.paths import ROOT

if TYPE_CHECKING:
    from attnlab.training.jobs import Jobs
    from attnlab.training.supervisor import Supervisor

STORE_VARIABLE = "ATTNLAB_STORE"
OWNER = "owner"


def store_url() -> str:
    """The address in $ATTNLAB_STORE, or a file beside the program that its owner alone reads."""
    given = os.environ.get(STORE_VARIABLE)
    if given:
        return given
    folder = ROOT / ".runs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return f"sqlite:///{folder / 'runs.db'}"


@functools.cache
def store() -> RunStore:
    """The store.

    Raises:
        StoreFault: it cannot be reached; the next call tries again.
    """
    return RunStore(store_url())


@functools.cache
def jobs() -> "Jobs":
    """The workers. Importing what schedules them takes a second, so it waits for the first visitor of the page."""
    from attnlab.training.jobs import Jobs

    return Jobs(store_url())


@functools.cache
def supervisor() -> "Supervisor":
    """Who looks after runs and workers; every poll of a page gives it the time to."""
    from attnlab.training.supervisor import Supervisor

    return Supervisor(store(), jobs())


def end() -> None:
    """Stop the workers when the app stops; their runs go on from their last snapshots when it is back."""
    if jobs.cache_info().currsize:
        jobs().close()
    if store.cache_info().currsize:
        store().close()


def owner() -> str:
    """Who this session is to the store: nobody can guess it."""
    if OWNER not in st.session_state:
        st.session_state[OWNER] = secrets.token_urlsafe(12)
    return str(st.session_state[OWNER])
