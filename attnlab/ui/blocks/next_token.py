"""The next token: from logits through temperature, top-k and top-p to what may be drawn."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts.blocks import NEXT_DATASET, next_token_bars
from attnlab.engine import SpecError
from attnlab.engine.generation import next_token
from attnlab.engine.stack import SideName, StackTrace
from attnlab.ui.blocks.controls import sampling_controls, stack_values
from attnlab.ui.kit.messages import plain

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
        sampling_controls(words)
        values, side = stack_values(), trace.inputs.sides[-1]
        cuts = (values["stack_temperature"], values["stack_top_k"], values["stack_top_p"])
        try:
            found = next_token(trace.logits[0, tokens[side]], *cuts)
        except (SpecError, ValueError) as error:
            st.error(words["page"]["refused"].format(reason=plain(str(error))))
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
        spec = next_token_bars(said["kept"], said["cut"], said["before"], said["share"])
        st.vega_lite_chart(spec | {"datasets": {NEXT_DATASET: rows}}, key="stack_next_chart")
