"""The run store of this process, opened at the first need and shared by all sessions."""

import functools
import os
from collections.abc import Sequence

from attnlab.paths import ROOT
from attnlab.training import RunStore

STORE_VARIABLE = "ATTNLAB_STORE"


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


def common_steps(store: RunStore, run_id: str, families: Sequence[str]) -> list[int]:
    """Steps of which every contender has a snapshot; a diverged one keeps its last for the steps after it."""
    taken: dict[str, set[int]] = {family: set() for family in families}
    for info in store.snapshots.listed(run_id):
        if info.contender in taken:
            taken[info.contender].add(info.step)
    return sorted(set.intersection(*taken.values())) if all(taken.values()) else []
