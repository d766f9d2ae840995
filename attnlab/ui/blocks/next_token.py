"""The next token: from logits through temperature, top-k and top-p to what may be drawn."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts.blocks import NEXT_DATASET, next_token_bars
from attnlab.engine import SpecError
from attnlab.engine.stack import SideName, StackTrace
from attnlab.engine.transformer.generation import next_token
from attnlab.prose import page_prose
from attnlab.settings.lab.blocks import Blocks
from attnlab.ui.blocks.controls import blocks_settings, sampling_controls
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import control_labels, refusal_sentence

MOST_BARS = 16


def next_token_view(trace: StackTrace, tokens: Mapping[SideName, int], words: Mapping[str, Any]) -> None:
    """A drawer with the distribution after the followed token, made only while somebody looks.

    Args:
        trace: the computed stack.
        tokens: the followed token of each side, from 0.
        words: the prose of the page.
    """
    said = words["next"]
    drawer = st.expander(said["title"], key="stack_next", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        drawing = page_prose("writing")
        sampling_controls(drawing)
        settings, side = blocks_settings(), trace.inputs.sides[-1]
        cuts = (settings.temperature, settings.top_k, settings.top_p)
        try:
            found = next_token(trace.logits[0, tokens[side]], *cuts)
        except (SpecError, ValueError) as error:
            st.error(
                words["page"]["refused"].format(
                    reason=refusal_sentence(error, control_labels(Blocks.kinds(), drawing["controls"]))
                )
            )
            return
        order = found.probabilities.argsort(descending=True, stable=True)[:MOST_BARS].tolist()
        states = (said["cut"], said["kept"])
        rows = [
            {
                "place": place,
                "token": f"{index + 1} {trace.inputs.vocabulary[index]}",
                "state": states[bool(found.kept[index])],
                "before": float(found.probabilities[index]),
                "final": float(found.final[index]),
            }
            for place, index in enumerate(order)
        ]
        token = plain(trace.inputs.tokens(side)[tokens[side]])
        total = len(found.kept)
        st.markdown(said["line"].format(token=token, kept=int(found.kept.sum()), total=total, shown=len(rows)))
        spec = next_token_bars(said["kept"], said["cut"], said["before"], said["token"], said["share"])
        st.vega_lite_chart(spec | {"datasets": {NEXT_DATASET: rows}}, key="stack_next_chart")
