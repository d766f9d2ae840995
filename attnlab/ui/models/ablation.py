"""Which head matters: a sweep over all heads that shows how far it has come, and can be stopped."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.looks.layers import Asked
from attnlab.looks.overview import every_layer, overview
from attnlab.looks.pretrained.says import edited_model
from attnlab.looks.pretrained.sweeps import Question, Sweep, sweep_of
from attnlab.prose import page_prose
from attnlab.settings.lab.models import Models
from attnlab.ui.kit.session import rerun
from attnlab.ui.models.controls import PICTURE, ablation_controls
from attnlab.ui.models.interventions import MOST_NAMED, by_head, followed_place, outcomes_of, say_edited, say_refused
from attnlab.ui.models.shades import shaded

SWEEP = "models_sweep"
POLL_S = 0.4
"""Seconds between two looks at a sweep that runs."""


def ablated_view(wanted: Asked, settings: Models, words: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    """A drawer with what the model loses without each head.

    Args:
        wanted: the layer on the stage.
        settings: of the page.
        words: the prose of interventions.
        page: that of the models page.
    """
    said, layer = words["ablated"], edited_model(wanted)
    drawer = st.expander(said["title"], key="models_ablated", on_change="rerun")
    if layer is None or not drawer.open:
        return
    with drawer:
        ablation_controls(page, outcomes_of(layer))
        st.caption(said["line_next" if settings.outcome == "next" else "line"])
        say_edited(layer, said["edited"])
        try:
            sweep = sweep_of(Question(layer, settings.outcome, followed_place(wanted), settings.instead))
        except SpecError as error:
            say_refused(error, page)
            return
        poll_s = POLL_S if sweep.runs else None
        st.fragment(_sweep, run_every=poll_s, key=SWEEP)(sweep, wanted, words, page, polled=poll_s is not None)


def _sweep(
    sweep: Sweep, wanted: Asked, words: Mapping[str, Any], page: Mapping[str, Any], *, polled: bool = False
) -> None:
    """How far it is, what is known by now, and the button that starts or stops it."""
    said, runs = words["ablated"], sweep.runs
    if polled and not runs:
        st.rerun()  # it need not be looked at any more
    layers, heads = sweep.lost.shape
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not sweep.ended:
            name = "stop" if runs else "go_on" if sweep.done else "start"
            st.button(said[name], key="sweep_button", on_click=_stop if runs else _start, args=(sweep,))
        if runs or 0 < sweep.done < layers:
            told = said["progress"].format(done=sweep.done * heads, total=layers * heads)
            st.progress(sweep.done / layers, told, width=420)
    if sweep.trouble is not None:
        say_refused(sweep.trouble, page)
    if not sweep.done:
        return
    most = float(sweep.lost.nan_to_num().max())
    st.dataframe(shaded(by_head(sweep.lost, words), most).format("{:.3f}", na_rep=""), placeholder="")
    st.markdown(said["most"])
    st.markdown("\n".join(f"- {line}" for line in _losses(wanted, sweep.lost, said)))


def _start(sweep: Sweep) -> None:
    sweep.start()
    rerun(PICTURE)


def _stop(sweep: Sweep) -> None:
    sweep.stop()
    rerun(PICTURE)


def _losses(wanted: Asked, lost: Tensor, said: Mapping[str, str]) -> list[str]:
    """The heads without which most is lost, of those that are known by now."""
    every = every_layer(wanted)
    names = page_prose("attention")["stage"]["heads"]["labels"]
    labels = None if every is None else overview(every).labels
    known = lost.nan_to_num(-torch.inf).flatten()
    order = [place for place in known.argsort(descending=True)[:MOST_NAMED].tolist() if known[place] > -torch.inf]

    def label(row: int, head: int) -> str:
        found = "" if labels is None else labels[row][head]
        return str(names.get(found, found))

    return [
        said["head"].format(layer=row + 1, head=head + 1, label=label(row, head), loss=f"{float(lost[row, head]):.3f}")
        for row, head in (divmod(place, lost.shape[1]) for place in order)
    ]
