"""The plan of a stored run, with the learner's own data where it has some."""

from attnlab.training.plans.plan import RacePlan
from attnlab.training.store import Run, RunStore


def plan_of(store: RunStore, run: Run) -> RacePlan:
    """What the run trains.

    Raises:
        SpecError: written by another version of the program, or out of bounds.
        StoreError: its data are gone.
        StoreFault: the database could not.
    """
    digest = run.config.settings.get("data_digest")
    return RacePlan.from_config(run.config, None if digest is None else store.datasets.load(str(digest)))
