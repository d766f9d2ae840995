"""A run's race, where the last worker left it."""

from typing import cast

import torch

from attnlab.models import FamilyName
from attnlab.training.race import Race
from attnlab.training.running.claim import Claim
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
    steps = {str(family): latest[family].step if family in latest else 0 for family in plan.families}
    kept = {
        cast("FamilyName", family): store.snapshots.load(run.id, family, info.step).weights
        for family, info in latest.items()
    }
    store.points.rewind(run.id, claim.worker, steps)
    message = f"Resumed at step {min(steps.values())} after a worker ended." if run.claims > 1 else ""
    return Race(plan, snapshots=kept, device=device), message
