"""This process's way to the workers: opened at the first need, shared by all sessions."""

import functools
import secrets
from typing import TYPE_CHECKING

import streamlit as st

from attnlab.looks import run_store

if TYPE_CHECKING:
    from attnlab.training.running.jobs import Jobs
    from attnlab.training.running.supervisor import Supervisor

OWNER = "owner"


@functools.cache
def jobs() -> "Jobs":
    """The workers. Importing what schedules them takes a second, so it waits for the first visitor of the page."""
    from attnlab.training.running.jobs import Jobs

    return Jobs(run_store.store_url())


@functools.cache
def supervisor() -> "Supervisor":
    """Who looks after runs and workers; every poll of a page gives it the time to."""
    from attnlab.training.running.supervisor import Supervisor

    return Supervisor(run_store.store(), jobs())


def end() -> None:
    """Stop the workers when the app stops; their runs go on from their last snapshots when it is back."""
    if jobs.cache_info().currsize:
        jobs().close()
    if run_store.store.cache_info().currsize:
        run_store.store().close()


def owner() -> str:
    """Who this session is to the store: nobody can guess it."""
    if OWNER not in st.session_state:
        st.session_state[OWNER] = secrets.token_urlsafe(12)
    return str(st.session_state[OWNER])
