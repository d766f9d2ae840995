"""How much of what each contender looks at is what decides."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.insight.evidence import EVIDENCE_DATASET, shares_on_evidence
from attnlab.looks.insight import evidence_at
from attnlab.looks.trained.opened import Origin
from attnlab.training.insight.evidence import Evidence
from attnlab.training.plans.plan import RacePlan


def evidence_view(origin: Origin, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """A bar for the influence on each contender, and for the best head of who has attention."""
    said = words["evidence"]
    looked = {key: evidence_at(origin, key) for key in plan.contenders}
    found = {key: one for key, one in looked.items() if one is not None}
    rows = [row for key, one in found.items() for row in _rows(key, one, said)]
    st.markdown(f"**{said['title']}**")
    count = next(iter(found.values())).count
    st.caption(said[plan.task_name])
    st.caption(said["line"].format(count=count))
    spec = shares_on_evidence(plan.contenders, len(rows), said["share"], said["blind"])
    st.vega_lite_chart(spec | {"datasets": {EVIDENCE_DATASET: rows}}, width="stretch", key="evidence")


def _rows(key: str, one: Evidence, said: Mapping[str, str]) -> list[dict[str, Any]]:
    name = contender_name(key)
    rows = [
        {"label": said["influence"].format(name=name), "contender": key, "share": one.influence, "blind": one.blind}
    ]
    if one.attention is None or one.layer is None or one.head is None:
        return rows
    label = said["attention"].format(name=name, layer=one.layer + 1, head=one.head + 1)
    return [{"label": label, "contender": key, "share": one.attention, "blind": one.blind}, *rows]
