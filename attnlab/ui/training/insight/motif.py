"""The motif as it was planted, and as each contender sees it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.insight.evidence import LOGO_DATASET, logos
from attnlab.looks.insight import logos_at
from attnlab.looks.trained.opened import Origin
from attnlab.tasks import Motif
from attnlab.tasks.motif.dna import LETTERS
from attnlab.training.insight.logos import Logo, planted_logo
from attnlab.training.plans.plan import RacePlan


def logos_view(origin: Origin, plan: RacePlan, task: Motif, words: Mapping[str, Any]) -> None:
    """A logo for the profile, and for what each contender's attention and influence stand on."""
    said = words["motif"]
    panels: dict[str, Logo] = {said["planted"]: planted_logo(task)}
    for key in plan.contenders:
        seen = logos_at(origin, key)
        panels[said["influence"].format(name=contender_name(key))] = seen.influence
        if seen.attention is not None:
            panels[said["attention"].format(name=contender_name(key))] = seen.attention
    panels[said["blind"]] = logos_at(origin, plan.contenders[0]).blind
    st.markdown(f"**{said['logos']}**")
    st.caption(said["logos_line"])
    spec = logos(tuple(panels), said["place"], said["bits"])
    rows = [row for panel, logo in enumerate(panels.values()) for row in _rows(panel, logo)]
    st.vega_lite_chart(spec | {"datasets": {LOGO_DATASET: rows}}, width="stretch", key="logos")


def _rows(panel: int, logo: Logo) -> list[dict[str, Any]]:
    """The letters of each place, the lowest first, so that the highest stands on top."""
    rows = []
    for place, heights in enumerate(logo, start=1):
        low = 0.0
        for height, letter in sorted(zip(heights, LETTERS, strict=True)):
            rows.append(
                {"panel": panel, "place": place, "letter": letter, "bits": height, "low": low, "high": low + height}
            )
            low += height
    return rows
