"""This process's way to the workers: opened at the first need, shared by all sessions."""

import functools
import os
import secrets
from typing import TYPE_CHECKING

from attnlab.looks import run_store
from attnlab.training import Run, StoreError
from attnlab.training.store.address import store_url
from attnlab.training.store.upkeep.keeping import Limits, limits_in
from attnlab.ui.kit.visitor import visitor

if TYPE_CHECKING:
    from distributed import Security

    from attnlab.training.running.cluster import EmbeddedCluster
    from attnlab.training.running.jobs import Jobs
    from attnlab.training.running.supervisor import Supervisor

SCHEDULER_VARIABLE = "ATTNLAB_SCHEDULER"
_embedded: "list[EmbeddedCluster]" = []
"""This process's own cluster, if one was started."""


@functools.cache
def jobs() -> "Jobs":
    """The workers. Importing what schedules them takes a second, so it waits for the first visitor of the page."""
    from attnlab.training.running.jobs import Jobs

    return Jobs(store_url(), start=_started)


def _started(workers: int) -> "EmbeddedCluster":
    from attnlab.training.running.cluster import EmbeddedCluster

    cluster = EmbeddedCluster(workers)
    _embedded[:] = [cluster]
    return cluster


def scheduler_is_elsewhere() -> bool:
    """Whether others see to the workers."""
    return bool(os.environ.get(SCHEDULER_VARIABLE))


def scheduler() -> "tuple[str, Security | None] | None":
    """Where the workers' scheduler is and how to talk to it; None where this process has not needed one yet.

    Raises:
        SpecError: it is elsewhere, and may not be talked to as the environment says.
    """
    if elsewhere := os.environ.get(SCHEDULER_VARIABLE):
        from attnlab.training.running.access import security_of

        return elsewhere, security_of(elsewhere)
    return (_embedded[-1].address, _embedded[-1].security) if _embedded else None


@functools.cache
def supervisor() -> "Supervisor":
    """Who looks after runs and workers; every poll of a page gives it the time to."""
    from attnlab.training.running.supervisor import Supervisor

    return Supervisor(run_store.store(), jobs(), limits=limits())


@functools.cache
def limits() -> Limits:
    """How long runs are kept, and how much of them.

    Raises:
        SystemExit: the environment says neither; an app that guessed might delete what it should keep.
    """
    try:
        return limits_in(os.environ)
    except StoreError as refused:
        raise SystemExit(str(refused)) from refused


def end() -> None:
    """Stop the workers when the app stops; their runs go on from their last snapshots when it is back."""
    if jobs.cache_info().currsize:
        jobs().close()
    if run_store.store.cache_info().currsize:
        run_store.store().close()


def is_own(run: Run) -> bool:
    """Whether it was started in this browser: who only has its link may watch."""
    return secrets.compare_digest(run.owner.encode(), visitor().encode())
