"""What a race has come to: over many seeds, as it ships, or once, as it was just run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attnlab.engine import SpecError
from attnlab.looks.run_store import finals_of
from attnlab.training import Point, RunStore, StoreError
from attnlab.training.shown.compared import comparison, race_curves
from attnlab.training.shown.races import name_of
from attnlab.training.stored import plan_of

MOST_POINTS = 1000
Scores = tuple[tuple[int, float], ...]
"""Steps with the score after each."""


@dataclass(frozen=True)
class Raced:
    """Ends and curves of a race."""

    race: str
    rows: tuple[
        Mapping[str, Any], ...
    ]  # as those of the comparison: contender, family, tested_length, median, low, high
    curves: Mapping[str, Scores]  # by contender
    seeds: int

    def score_at(self, contender: str, step: int) -> float | None:
        """The last score up to a step; None where there was none yet."""
        return next((score for at, score in reversed(self.curves.get(contender, ())) if at <= step), None)


def shipped(race: str) -> Raced:
    """What ships of a race: ends over many seeds, and the curves of one run where some are kept."""
    rows = tuple(row for row in comparison()["rows"] if row["task"] == race and row["view"] == "examples")
    kept = race_curves().get(race, {"scores": {}})["scores"]
    curves = {contender: tuple((int(step), float(score)) for step, score in told) for contender, told in kept.items()}
    return Raced(race, rows, curves, min((int(row["seeds"]) for row in rows), default=0))


def once(race: str, ends: Mapping[str, float], points: Iterable[Point]) -> Raced:
    """What one run has come to.

    Args:
        race: its name.
        ends: the score of each contender on examples held out till the end.
        points: of its curves.
    """
    curves: dict[str, list[tuple[int, float]]] = {}
    for point in points:
        if point.metric is not None:
            curves.setdefault(point.contender, []).append((point.step, point.metric))
    rows = tuple(
        {
            "contender": contender,
            "family": contender.partition(".")[0],
            "tested_length": None,
            "seeds": 1,
            **dict.fromkeys(("median", "low", "high"), score),
        }
        for contender, score in ends.items()
    )
    return Raced(race, rows, {contender: tuple(told) for contender, told in curves.items()}, 1)


def raced_in(store: RunStore, run_id: str) -> Raced | None:
    """What a run of a store has come to; None if it is gone, not over, or no race as shown in class.

    Raises:
        StoreFault: the database cannot be reached.
    """
    try:
        run = store.runs.get(run_id)
        plan = None if run.is_active else plan_of(store, run)
        race = None if plan is None else name_of(plan)
        finals = {} if race is None else finals_of(store, run_id)
        points = () if race is None else store.points.thinned(run_id, MOST_POINTS).points
    except (StoreError, SpecError):
        return None
    ends = {contender: final.score.metric for contender, final in finals.items() if final.score.metric is not None}
    known = plan is not None and set(ends) == set(plan.contenders)
    return once(race, ends, points) if race is not None and known else None
