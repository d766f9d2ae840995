"""The run store of this process, opened at the first need and shared by all sessions."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from attnlab.training import RunStore
from attnlab.training.scoring.evaluate import Evaluation
from attnlab.training.store import SnapshotInfo
from attnlab.training.store.address import store_url


@functools.cache
def store() -> RunStore:
    """The store.

    Raises:
        StoreFault: it cannot be reached; the next call tries again.
    """
    return RunStore(store_url())


@dataclass(frozen=True)
class Final:
    """How a contender ended."""

    step: int
    score: Evaluation
    peak: float  # of its learning rate
    untuned: bool  # whether that was a guess


def finals_of(store: RunStore, run_id: str) -> dict[str, Final]:
    """What each contender's latest snapshot tells of it, where that is a last one."""
    return {info.contender: _final(info) for info in store.snapshots.latest(run_id).values() if "test" in info.meta}


def _final(info: SnapshotInfo) -> Final:
    told = cast("Mapping[str, Any]", info.meta)
    return Final(info.step, Evaluation.from_json(told["test"]), told["peak"], told["untuned"])


def common_steps(store: RunStore, run_id: str, contenders: Sequence[str]) -> list[int]:
    """Steps of which every contender has a snapshot; a diverged one keeps its last for the steps after it."""
    taken: dict[str, set[int]] = {contender: set() for contender in contenders}
    for info in store.snapshots.listed(run_id):
        if info.contender in taken:
            taken[info.contender].add(info.step)
    return sorted(set.intersection(*taken.values())) if all(taken.values()) else []
