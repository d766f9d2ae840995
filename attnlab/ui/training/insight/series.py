"""A series after a race: which lags were read, and forecasts beside what came."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.insight.series import (
    CORRELATIONS_DATASET,
    FORECASTS_DATASET,
    LAGS_DATASET,
    TRUTH_DATASET,
    forecasts_beside_truth,
    shares_by_lag,
)
from attnlab.looks.insight import lags_at
from attnlab.looks.trained.opened import Origin
from attnlab.prose import listed
from attnlab.tasks import Series
from attnlab.training.insight.lags import Lags, autocorrelations, floor_errors, truth
from attnlab.training.plans.plan import RacePlan

MOST_PLACES = 240
"""Held-out values that are drawn, the last ones: more would be less than a pixel each on a phone."""


def series_view(origin: Origin, plan: RacePlan, task: Series, words: Mapping[str, Any]) -> None:
    """Two charts, and the errors in the series' own unit."""
    said = words["series"]
    found = {key: lags_at(origin, key) for key in plan.contenders}
    left, right = st.columns((2, 3), gap="medium")
    with left:
        st.markdown(f"**{said['lags']}**")
        st.caption(said["lags_line"])
        _lags(plan, task, found, said)
    with right:
        st.markdown(f"**{said['forecasts']}**")
        st.caption(said["forecasts_line"])
        _forecasts(plan, task, found, said)
        st.caption(_errors(task, found, words))


def _lags(plan: RacePlan, task: Series, found: Mapping[str, Lags], said: Mapping[str, str]) -> None:
    spec = shares_by_lag(
        plan.contenders,
        said["lag"],
        said["correlation_of_steps" if task.relative else "correlation"],
        said["attention"],
        said["influence"],
        any(one.attention is not None for one in found.values()),
    )
    chance = 2 / math.sqrt(task.num_train)
    correlations = [
        {"lag": lag, "correlation": value, "chance": chance}
        for lag, value in enumerate(autocorrelations(task), start=1)
    ]
    lags = [
        {
            "contender": key,
            "lag": at + 1,
            "attention": None if one.attention is None else one.attention[at],
            "influence": one.influence[at],
        }
        for key, one in found.items()
        for at in range(task.lags)
    ]
    st.vega_lite_chart(
        spec | {"datasets": {CORRELATIONS_DATASET: correlations, LAGS_DATASET: lags}}, width="stretch", key="lags"
    )


def _forecasts(plan: RacePlan, task: Series, found: Mapping[str, Lags], said: Mapping[str, str]) -> None:
    places = task.asked("test").tolist()
    drawn = slice(max(0, len(places) - MOST_PLACES), None)
    labels = [task.series.labels[place] for place in places]
    came = [
        {"place": at, "label": label, "value": value}
        for at, (label, value) in enumerate(zip(labels[drawn], truth(task).tolist()[drawn], strict=True))
    ]
    told = [
        {"contender": key, "place": at, "label": label, "value": value}
        for key, one in found.items()
        for at, (label, value) in enumerate(zip(labels[drawn], one.forecasts[drawn], strict=True))
    ]
    value = said[f"unit_{task.name}"] if task.name else said["unit_own"]
    spec = forecasts_beside_truth(plan.contenders, said["time"], value)
    st.vega_lite_chart(
        spec | {"datasets": {TRUTH_DATASET: came, FORECASTS_DATASET: told}}, width="stretch", key="forecasts"
    )


def _errors(task: Series, found: Mapping[str, Lags], words: Mapping[str, Any]) -> str:
    """How far off everybody is on average, in the series' own unit, the nearest first."""
    said = words["series"]
    errors = {contender_name(key): one.error for key, one in found.items()}
    errors |= {words["floors"][name]: error for name, error in floor_errors(task).items()}
    ordered = sorted(errors.items(), key=lambda pair: pair[1])
    return str(said["errors"]).format(
        errors=listed(said["error"].format(name=name, value=f"{error:.3g}") for name, error in ordered)
    )
