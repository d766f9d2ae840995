"""A picture to ask contenders about: a held-out one, changed or drawn anew; and what each says of it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.probes import Probe, drawn_probe
from attnlab.tasks import Digits
from attnlab.tasks.pictures import LEVELS, SIDE
from attnlab.ui.canvases.answers import answers
from attnlab.ui.canvases.pad import drawn, pad

PAD = "digit_pad"
SEEN = 0.005
"""Of a probability: a smaller one is not written."""


def picture_probe(task: Digits, shown: Probe, run_id: str, number_key: str, words: Mapping[str, Any]) -> Probe:
    """The pad, with a held-out picture on it until somebody draws.

    Args:
        task: how a picture is cut.
        shown: the held-out one.
        run_id: of the race.
        number_key: the session's name of the held-out one's number.
        words: the page's prose.
    """
    said, drawn_key = words["drawing"], f"drawn_{run_id}"
    picture = (task.pictures_of(shown.inputs)[0] * LEVELS).round().int().flatten().tolist()
    st.caption(said["line"])
    pad(
        picture,
        {**said["tools"], "label": said["label"]},
        patch=(task.patch_rows, task.patch_cols),
        revision=f"{run_id}:{st.session_state[number_key]}",
        key=PAD,
        on_cells_change=lambda: _take(drawn_key),
    )
    st.button(words["looks"]["other"], on_click=_other, args=(number_key, drawn_key), key="other_probe")
    cells = st.session_state.get(drawn_key)
    if cells is None:
        st.caption(said["due"].format(digit=shown.answers[-1]))
        return shown
    return drawn_probe(task, cells)


def _take(drawn_key: str) -> None:
    sent = drawn(PAD, SIDE * SIDE, LEVELS)
    if sent is not None:
        st.session_state[drawn_key] = sent


def _other(number_key: str, drawn_key: str) -> None:
    """Another held-out picture takes the place of what was drawn."""
    st.session_state[number_key] += 1
    st.session_state[drawn_key] = None


def verdicts_on(given: Mapping[str, tuple[float, ...]], names: tuple[str, ...], words: Mapping[str, Any]) -> None:
    """A table: how likely each contender finds each digit.

    Args:
        given: probabilities by contender.
        names: of the classes.
        words: the page's prose.
    """
    said = words["drawing"]
    st.markdown(f"**{said['verdicts']}**")
    rows: list[dict[str, Any]] = [
        {"name": said["digit"], "cells": [{"text": name, "kind": "target"} for name in names]}
    ]
    for key, shares in given.items():
        best = max(shares)
        cells = [
            {"text": f"{share:.0%}" if share >= SEEN else "", "kind": "on" if share == best else ""} for share in shares
        ]
        rows.append({"name": contender_name(key), "cells": cells})
    answers([{"rows": rows}], key="digit_verdicts")
