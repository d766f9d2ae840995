"""The races of one setting over ten seeds, from the comparison that ships: a small multiple each."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.charts.grid import FLOORS_DATASET
from attnlab.charts.names import below
from attnlab.charts.races.choosing import CHOICES_DATASET, HEIGHT, SHARES, WIDTH, score_along
from attnlab.prose import address, page_prose
from attnlab.training.shown.compared import comparison

SETTINGS = ("heads", "layers", "positions", "scaling", "residual")
"""Races of one family over the values of one setting."""
NUMBERS = ("heads", "layers")
"""Those whose values are numbers."""
EXAMPLES = "examples"
"""The view of equal examples."""


def race_link(race: str, keys: Sequence[str] = ()) -> str:
    """The training page with a race, and these contenders in the place of its own."""
    chosen = {"t_contenders": ",".join(keys)} if keys else {}
    return address("training", {"t_race": race, **chosen})


def races_view(words: Mapping[str, Any]) -> None:
    """A drawer with a small multiple for each setting, made only while somebody looks."""
    said = words["races"]
    drawer = st.expander(said["title"], key="choosing_races", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        st.caption(said["line"])
        shipped, races = comparison(), page_prose("training")
        with st.container(horizontal=True, gap="medium"):
            for race in SETTINGS:
                with st.container(width=WIDTH + 20):
                    _multiple(shipped, race, races, words)


def _multiple(shipped: Mapping[str, Any], race: str, races: Mapping[str, Any], words: Mapping[str, Any]) -> None:
    about, rows, said = shipped["tasks"][race], choice_rows(shipped["rows"], race), words["races"]
    dotted, metric = chances(about, races), about["metric"]
    floors = tuple(floor_told(row, words, metric in SHARES) for row in dotted)
    names, slanted = below([row["value"] for row in rows], WIDTH)
    spec = score_along(races["races"][race]["title"], metric, said[metric], floors, race in NUMBERS, slanted)
    named = [row | {"below": name} for row, name in zip(rows, names, strict=True)]
    data = {CHOICES_DATASET: named, FLOORS_DATASET: dotted}
    st.vega_lite_chart(spec | {"datasets": data}, width=WIDTH, height=HEIGHT, key=f"choosing_{race}")
    by = about["measured"][EXAMPLES]
    st.caption(said["origin"].format(seeds=rows[0]["seeds"], date=by["date"], **by["machine"]))
    st.link_button(said["live"], race_link(race), type="tertiary", icon=":material/sprint:")


def choice_rows(rows: Sequence[Mapping[str, Any]], race: str) -> list[dict[str, Any]]:
    """The contenders of a race at the length that they were trained on, in the order in which they raced."""
    mine = [row for row in rows if (row["task"], row["view"], row["tested_length"]) == (race, EXAMPLES, None)]
    return [
        {
            "place": place,
            "value": contender_name(row["contender"]).split(" · ", 1)[-1],
            **{name: row[name] for name in ("median", "low", "high", "seeds")},
        }
        for place, row in enumerate(mine)
    ]


def chances(about: Mapping[str, Any], races: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What needs no learning, by the names that the training page has for it; of two with one score the first.

    From above, as their lines lie.
    """
    names, score = races["floors"], "loss" if about["metric"] == "loss" else "metric"
    told: dict[float, str] = {}
    for floor in about["floors"]:
        if floor[score] is not None:
            told.setdefault(floor[score], names.get(floor["name"], floor["name"]))
    return [{"name": name, "score": value} for value, name in sorted(told.items(), reverse=True)]


def floor_told(floor: Mapping[str, Any], words: Mapping[str, Any], is_share: bool = True) -> str:
    """A dotted line, with the score that it stands at."""
    score = share(floor["score"], words) if is_share else f"{floor['score']:.3g}"
    return str(words["panel"]["floor"]).format(score=score, name=floor["name"])


def share(value: float, words: Mapping[str, Any]) -> str:
    """A share in percent, three figures."""
    return str(words["panel"]["share"]).format(percent=f"{100 * value:.3g}")
