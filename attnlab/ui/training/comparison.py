"""The shipped comparison over many seeds, made by `python -m attnlab sweep`: what one race cannot say."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.charts import contender_name
from attnlab.prose import listed, percent
from attnlab.training.shown.compared import comparison
from attnlab.training.shown.told import SEEDS

SHARES = ("accuracy", "exact")


def comparison_view(words: Mapping[str, Any]) -> None:
    """A drawer with one table a race."""
    said = words["comparison"]
    drawer = st.expander(said["title"], key="comparison", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        shipped = comparison()
        st.caption(said["about"])
        for race, about in shipped["tasks"].items():
            rows = [row for row in shipped["rows"] if row["task"] == race]
            title = words["races"].get(race) or words["tasks"][about["task"]]
            st.markdown(f"**{title['title']}** · {words['curves']['metric'][about['metric']]}")
            for view, by in about["measured"].items():
                st.caption(_origin(view, by, rows, said))
            st.dataframe(_table(rows, said), hide_index=True, placeholder="")


def _origin(view: str, by: Mapping[str, Any], rows: list[dict[str, Any]], said: Mapping[str, str]) -> str:
    """How many seeds a view has, and what trained them; that there are fewer than it takes is said."""
    seeds = min(row["seeds"] for row in rows if row["view"] == view)
    sentence = said["origin"] if seeds >= SEEDS else said["origin_few"]
    machine = {**by["machine"], "processor": by["machine"]["processor"] or said["no_processor"]}
    return sentence.format(view=said[f"view_{view}"], seeds=seeds, wanted=SEEDS, date=by["date"], **machine)


def _table(rows: list[dict[str, Any]], said: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                said["contender"]: contender_name(row["contender"]),
                said["view"]: said[f"view_{row['view']}"],
                said["tested_length"]: row["tested_length"],
                said["told"]: _bounds(row, said),
                said["as_told"]: _count(row, said),
                said["median"]: _shown(row, row["median"]),
                said["range"]: f"{_shown(row, row['low'])} – {_shown(row, row['high'])}",
                said["steps"]: row["steps"],
                said["seconds"]: round(row["seconds"], 1) if row["view"] == "seconds" else None,
            }
            for row in rows
        ]
    )


def _bounds(row: Mapping[str, Any], said: Mapping[str, str]) -> str:
    """What the page says of this contender, such as "at least 99.0%"."""
    limits = {name: row[name] for name in ("at_least", "at_most") if row[name] is not None}
    return listed(said[name].format(limit=_shown(row, limit)) for name, limit in limits.items())


def _count(row: Mapping[str, Any], said: Mapping[str, str]) -> str:
    return "" if row["as_told"] is None else said["of"].format(count=row["as_told"], seeds=row["seeds"])


def _shown(row: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return ""
    return percent(value, 1) if row["metric"] in SHARES else f"{value:.4f}"
