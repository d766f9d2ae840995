"""A picture to ask contenders about: a held-out one, changed or drawn anew; and what each says of it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.trained.probes import Probe, drawn_probe, ink_of
from attnlab.prose import percent
from attnlab.tasks import Digits
from attnlab.tasks.pictures import LEVELS, SIDE
from attnlab.tasks.pictures.picture_file import PictureError, cells_of
from attnlab.ui.canvases.answers import answers
from attnlab.ui.canvases.by_hand.pad import drawn, pad
from attnlab.ui.races.uploads.notice import upload_notice

PAD, FILE, REFUSED = "digit_pad", "digit_file", "digit_refused"
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
    said, drawn_key, turn_key = words["drawing"], f"drawn_{run_id}", f"drawn_turn_{run_id}"
    cells = st.session_state.get(drawn_key)
    st.caption(said["line"])
    pad(
        ink_of(task, shown) if cells is None else cells,
        {**said["tools"], "label": said["label"]},
        patch=(task.patch_rows, task.patch_cols),
        revision=f"{run_id}:{st.session_state.get(turn_key, 0)}",
        key=PAD,
        on_cells_change=lambda: _take(drawn_key),
    )
    with st.container(horizontal=True, gap="small"):
        st.button(words["looks"]["other"], on_click=_other, args=(number_key, drawn_key, turn_key), key="other_probe")
        with st.popover(said["own"], icon=":material/upload:"):
            upload_notice()
            st.file_uploader(
                said["choose"],
                ["png", "jpg", "jpeg"],
                help=said["choose_help"],
                key=FILE,
                on_change=_take_file,
                args=(drawn_key, turn_key),
            )
    refused = st.session_state.get(REFUSED)
    if isinstance(refused, PictureError):
        st.error(said["refused"][refused.code].format(**refused.values))
    if cells is None:
        st.caption(said["due"].format(digit=shown.answers[-1]))
        return shown
    return drawn_probe(task, cells, st.session_state[number_key])


def _take(drawn_key: str) -> None:
    sent = drawn(PAD, SIDE * SIDE, LEVELS)
    if sent is not None:
        st.session_state[REFUSED] = None
        st.session_state[drawn_key] = sent


def _take_file(drawn_key: str, turn_key: str) -> None:
    """A picture that was brought takes the place of what was drawn; what cannot be read is said till another comes."""
    file = st.session_state[FILE]
    st.session_state[REFUSED] = None
    if file is None:
        return
    try:
        _turn(cells_of(file.getvalue()), drawn_key, turn_key)
    except PictureError as error:
        st.session_state[REFUSED] = error


def _other(number_key: str, drawn_key: str, turn_key: str) -> None:
    """Another held-out picture takes the place of what was drawn."""
    st.session_state[number_key] += 1
    _turn(None, drawn_key, turn_key)


def _turn(cells: tuple[int, ...] | None, drawn_key: str, turn_key: str) -> None:
    """Have the pad show another picture than what was drawn on it; None stands for the held-out one."""
    st.session_state[REFUSED] = None
    st.session_state[drawn_key] = cells
    st.session_state[turn_key] = st.session_state.get(turn_key, 0) + 1


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
            {"text": percent(share) if share >= SEEN else "", "kind": "on" if share == best else ""} for share in shares
        ]
        rows.append({"name": contender_name(key), "cells": cells})
    answers([{"rows": rows}], key="digit_verdicts")
