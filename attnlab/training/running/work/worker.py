"""What trains a run, from the claim to the end, whatever happens in between."""

import logging

import torch

from attnlab.engine import SpecError
from attnlab.training.running.notes import note
from attnlab.training.running.patience import Patience
from attnlab.training.running.work.claim import Claim
from attnlab.training.running.work.heart import beating
from attnlab.training.running.work.resuming import opened_race
from attnlab.training.running.work.underway import Underway
from attnlab.training.store import NotHeldError, Run, RunStore, Status, StoreError, StoreFault, UnknownRunError
from attnlab.training.store.queue import MAX_ATTEMPTS

log = logging.getLogger(__name__)


def train(
    store: RunStore,
    run_id: str,
    worker: str,
    *,
    takeover: bool = False,
    device: torch.device | str | None = None,
    threads: int = 1,
    patience: Patience | None = None,
) -> Status | None:
    """Train a run to its end, from its latest snapshots if there are any.

    Whatever goes wrong ends in the run's status and message, never in an exception.

    Args:
        store: where the run is.
        run_id: which.
        worker: a name that no other worker has, and no earlier life of this one.
        takeover: also if another worker holds it, which is known to be dead.
        device: where models live; a GPU if there is one, else the CPU, if None.
        threads: of torch. One, as the app shares the machine.
        patience: with a database that is busy, full or away.

    Returns:
        How the run ended. None if it is not this worker's, from the start or any more: a run that is paused for long
        leaves its worker to others.
    """
    torch.set_num_threads(threads)
    claim = Claim(store, run_id, worker, patience or Patience())
    try:
        run = claim.take(takeover=takeover)
        if run is None:
            return None
        try:
            ended = _trained(claim, run, device)
        except StoreFault as fault:  # for longer than the patience lasted; a small write may still do
            return _given_up(claim, fault)
        return claim.mark(*ended).status if ended else None
    except (NotHeldError, UnknownRunError):
        return None
    except StoreFault as fault:  # a supervisor gives the run to another worker once the database is back
        log.warning("%s: %s", run_id, fault)
        return None


def _given_up(claim: Claim, fault: StoreFault) -> Status | None:
    """The run waits for a worker again where the database's trouble will pass; it has failed where that will not."""
    if fault.passes:
        claim.give_back(str(fault))
        return None
    return claim.store.queue.mark(claim.run_id, claim.worker, "failed", str(fault)).status


def _trained(claim: Claim, run: Run, device: torch.device | str | None) -> tuple[Status, str] | None:
    """How it ended, with a message of ours; None if it was left paused."""
    if run.attempts > MAX_ATTEMPTS:
        return "failed", note("attempts", count=MAX_ATTEMPTS)
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        with beating(claim) as heart:
            race, told = claim.patient(lambda: opened_race(claim, run, where))
            return Underway(claim, race, told, heart, taken_over=run.claims > 1).to_the_end()
    except (NotHeldError, UnknownRunError, StoreFault):
        raise
    except (SpecError, StoreError) as error:
        return "failed", str(error)
    except (MemoryError, torch.OutOfMemoryError):
        return "failed", note("out_of_memory")
    except Exception:  # whatever it is, the page must say that training has ended
        log.exception("%s", run.id)
        return "failed", note("program_error")
