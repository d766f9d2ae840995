"""What Dask runs on a worker: a function of an address and two names, all of them text.

The scheduler imports this file too, and must not import torch for it.
"""

import os
import secrets

from attnlab.training.running.patience import Patience
from attnlab.training.store import RunStore, StoreFault, UnknownRunError

NICENESS = 10
"""The app on the same machine comes first."""


def train_run(store_url: str, run_id: str, job: str) -> str | None:
    """Train a run, or go on with it if the worker that had begun this job has died.

    Dask runs a job at one place at a time, and again elsewhere once the worker that had it is dead. So a run that is
    held in the name of this very job is held by nobody; one that is held in another name is left alone.

    Args:
        store_url: address of the run store.
        run_id: which run.
        job: a name that only repetitions of this job share.

    Returns:
        The status that the run has ended with; None if it was not this job's.
    """
    from attnlab.training.running.work.worker import train

    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    patient = Patience()
    try:
        store = patient(lambda: RunStore(store_url))
        try:
            holder = patient(lambda: store.runs.get(run_id)).worker or ""
            began_here = holder.startswith(f"{job}/")
            return train(store, run_id, f"{job}/{secrets.token_hex(4)}", takeover=began_here, patience=patient)
        finally:
            store.close()
    except (StoreFault, UnknownRunError):
        return None
