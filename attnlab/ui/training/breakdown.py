"""Where contenders are right, and how they train; computed only while somebody looks."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import (
    CURVES_DATASET,
    SCORES_DATASET,
    SPEEDS_DATASET,
    drawable,
    gradient_norms,
    scores_by,
    thinned,
    tokens_per_second,
)
from attnlab.charts.races.curve_rows import Row, curve_rows, standings
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import shares_at
from attnlab.tasks import LONGER_TESTS
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import EXAMPLES
from attnlab.ui.races.store_trouble import store_trouble

MOST_POINTS = 4000


def breakdown_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """A drawer of charts."""
    st.fragment(_breakdown, key="breakdown_now")(store, run.id, plan, words)


def _breakdown(store: RunStore, run_id: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    said = words["breakdown"]
    drawer = st.expander(said["title"], key="breakdown", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        st.caption(said["of"].format(count=EXAMPLES))
        try:
            steps = {name: info.step for name, info in store.snapshots.latest(run_id).items()}
            rows = curve_rows(store.points.thinned(run_id, MOST_POINTS).points)
            scores = _scores(store, run_id, plan, steps)
        except (StoreFault, StoreError) as fault:
            st.error(store_trouble(fault))
            return
        error = plan.task.info.regression
        for place, found in scores.items():
            title = said["error" if error else "accuracy"]
            spec = scores_by(plan.contenders, place, said[place], title)
            st.vega_lite_chart(spec | {"datasets": {SCORES_DATASET: found}}, key=f"scores_{place}")
            if place == "length":
                st.caption(said["longer"].format(trained=plan.task.info.seq_len))
        _training(plan, rows, words)


def _scores(store: RunStore, run_id: str, plan: RacePlan, steps: Mapping[str, int]) -> dict[str, list[Row]]:
    """Rows for a chart by distance, position and length, where the task has such a thing."""
    info = plan.task.info
    lengths = (info.seq_len, *LONGER_TESTS[plan.task_name]) if plan.task_name in LONGER_TESTS else ()
    # Accuracy of a guess: a task measured by its loss or exact matches has no such floor.
    chance = next((floor.metric for floor in info.floors if info.metric == "accuracy"), None)
    found: dict[str, list[Row]] = {}
    for place in ("length", "distance", "position"):
        if place == "length" and not lengths:
            continue
        for key in plan.contenders:
            if key not in steps:
                continue
            origin = Origin("sequence", store, run_id, steps[key])
            shares = shares_at(origin, key, place, lengths if place == "length" else ())
            found.setdefault(place, []).extend(
                {"contender": key, place: share.at, "accuracy": share.score, "chance": chance, "count": share.count}
                for share in shares
            )
    return {place: rows for place, rows in found.items() if rows}


def _training(plan: RacePlan, rows: list[Row], words: Mapping[str, Any]) -> None:
    said = words["breakdown"]
    norms = [row for row in rows if row["grad_norm"] is not None]
    spec = gradient_norms(plan.contenders, words["curves"]["step"], said["gradients"])
    st.vega_lite_chart(spec | {"datasets": {CURVES_DATASET: drawable(thinned(norms))}}, key="gradients")
    speeds = [{"contender": key, "tokens_per_s": row["tokens_per_s"]} for key, row in standings(rows).items()]
    if any(row["tokens_per_s"] is not None for row in speeds):  # an axis of none would say NaN
        spec = tokens_per_second(plan.contenders, said["speed"])
        st.vega_lite_chart(spec | {"datasets": {SPEEDS_DATASET: drawable(speeds)}}, key="speeds")
