"""The same test with changed inputs, once a race is over: what did each contender take for granted?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import disturbed_at
from attnlab.prose import percent
from attnlab.tasks import Disturbed
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import PLAIN
from attnlab.ui.races.store_trouble import store_trouble

UNMOVED = 0.005
"""Of a share: who loses no more has not noticed."""


def disturbed_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """A table beside the plain scores, and who noticed nothing; nothing while a race runs."""
    if run.is_active or not isinstance(plan.task, Disturbed):
        return
    try:
        steps = {key: info.step for key, info in store.snapshots.latest(run.id).items()}
        found = {
            key: disturbed_at(Origin("sequence", store, run.id, steps[key]), key)
            for key in plan.contenders
            if key in steps
        }
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    said = words["disturbed"]
    st.markdown(f"**{said['title']}**")
    st.caption(said["line"])
    st.dataframe(disturbed_table(found, said), hide_index=True, key="disturbed")
    for sentence in unmoved(found, said):
        st.markdown(sentence)


def disturbed_table(found: Mapping[str, Mapping[str, float]], said: Mapping[str, Any]) -> pd.DataFrame:
    """A row a contender, a column a test.

    Args:
        found: shares of right answers by contender and test, as `disturbed_scores` gives them.
        said: the prose.
    """
    return pd.DataFrame(
        [
            {
                said["contender"]: contender_name(key),
                **{said["done"][name]: percent(share, 1) for name, share in of.items()},
            }
            for key, of in found.items()
        ]
    )


def unmoved(found: Mapping[str, Mapping[str, float]], said: Mapping[str, Any]) -> list[str]:
    """A sentence for each contender that a disturbance costs nothing. Arguments as of `disturbed_table`."""
    return [
        said["unmoved"][name].format(name=contender_name(key))
        for key, of in found.items()
        for name, share in of.items()
        if name != PLAIN and of[PLAIN] - share <= UNMOVED
    ]
