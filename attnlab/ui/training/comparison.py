"""The shipped comparison over five seeds, made by `python -m attnlab sweep`: what one race cannot say."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from attnlab.paths import ASSETS
from attnlab.prose import name_of

SHARES = ("accuracy", "exact")


def comparison_view(words: Mapping[str, Any]) -> None:
    """A drawer with one table a race."""
    said = words["comparison"]
    drawer = st.expander(said["title"], key="comparison", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        shipped = comparison()
        st.caption(said["about"].format(seeds=len(shipped["seeds"])))
        for race, told in shipped["tasks"].items():
            title = words["races"].get(race) or words["tasks"][told["task"]]
            st.markdown(f"**{title['title']}** · {words['curves']['metric'][told['metric']]}")
            rows = [row for row in shipped["rows"] if row["task"] == race]
            st.dataframe(_table(rows, said), hide_index=True, placeholder="")


@functools.cache
def comparison() -> dict[str, Any]:
    """The file as it is."""
    shipped: dict[str, Any] = json.loads((ASSETS / "comparison.json").read_text(encoding="utf-8"))
    return shipped


def _table(rows: list[dict[str, Any]], said: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                said["contender"]: name_of("family", row["family"]),
                said["view"]: said[f"view_{row['view']}"],
                said["tested_length"]: row["tested_length"],
                said["median"]: _shown(row, "median"),
                said["range"]: f"{_shown(row, 'low')} – {_shown(row, 'high')}",
                said["best"]: _shown(row, "best"),
                said["steps"]: row["steps"],
                said["seconds"]: round(row["seconds"], 1),
            }
            for row in rows
        ]
    )


def _shown(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    return f"{value:.1%}" if row["metric"] in SHARES else f"{value:.4f}"
