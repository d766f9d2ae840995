"""A run's race, where the last worker left it."""

import torch

from attnlab.training.racing.race import Race
from attnlab.training.running.notes import note
from attnlab.training.running.work.claim import Claim
from attnlab.training.store import Run
from attnlab.training.stored import plan_of


def opened_race(claim: Claim, run: Run, device: torch.device | str) -> tuple[Race, str]:
    """The race of a run that this worker has claimed, from the latest resumable snapshots if there are any.

    Points that were told after the snapshots are taken back: they will be told again.

    Returns:
        The race, and what to tell about it; empty if nobody has trained it before.

    Raises:
        SpecError: a configuration or a snapshot that cannot be used.
        StoreError: the learner's data are gone.
        NotHeldError: the run is not this worker's.
        StoreFault: the database could not.
    """
    store = claim.store
    plan = plan_of(store, run)
    # In the order of steps: the last one wins.
    latest = {info.contender: info for info in store.snapshots.listed(run.id) if info.meta.get("resumable")}
    steps = {key: latest[key].step if key in latest else 0 for key in plan.contenders}
    kept = {key: store.snapshots.load(run.id, key, info.step).weights for key, info in latest.items()}
    store.points.rewind(run.id, claim.worker, steps)
    return Race(plan, snapshots=kept, device=device), _note(run, min(steps.values()))


def _note(run: Run, step: int) -> str:
    if run.claims == 1:
        return ""
    return note("resumed_after" if run.attempts > 1 else "resumed", step=step)
