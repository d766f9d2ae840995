"""Where an answer comes from: raw attention, rollout, flow and the gradient side by side, and how far they agree."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from attnlab.charts.blocks import SHARES_DATASET, shares_by_token
from attnlab.engine.analysis.flow import attention_flow, joint_mixings, rollout
from attnlab.engine.analysis.gradients import influence_of_tokens
from attnlab.engine.stack import SideName, StackTrace
from attnlab.models import agreement
from attnlab.ui.kit.messages import plain

DIGITS = 6
MEASURES = ("raw", "rollout", "flow", "gradient")


@dataclass(frozen=True, eq=False)
class Origins:
    """What each measure says of each token that was read, by the side that reads it."""

    answer: str | None  # the most probable next token, which the gradient is of; None of a stack without a head
    shares: Mapping[SideName, Mapping[str, Tensor]]  # (tokens,) each, summing to 1 where anything is seen


def where_view(trace: StackTrace, tokens: Mapping[SideName, int], words: Mapping[str, Any]) -> None:
    """A drawer with the four measures for the followed token, made only while somebody looks.

    Args:
        trace: the computed stack.
        tokens: the followed token of each side, from 0.
        words: the prose of the page.
    """
    said = words["where"]
    drawer = st.expander(said["title"], key="stack_where", on_change="rerun")
    if not drawer.open:
        return
    side = trace.inputs.sides[-1]
    found = origins(trace, tokens[side])
    with drawer:
        token = plain(trace.inputs.tokens(side)[tokens[side]])
        if found.answer is None:
            st.markdown(said["line_vector"].format(token=token))
        else:
            st.markdown(said["line"].format(token=token, answer=plain(found.answer)))
        for column, (reader, shares) in zip(st.columns(len(found.shares)), found.shares.items(), strict=True):
            with column:
                st.markdown(f"**{said['texts'][reader]}**")
                _chart(trace.inputs.tokens(reader), shares, said, f"stack_where_{reader}")
                st.caption(said["agreement"].format(**_agreements(shares, said["no_order"])))
        st.caption(said["why"])


@functools.lru_cache(maxsize=64)
def origins(trace: StackTrace, position: int) -> Origins:
    """What each measure says of the answer at a position of the last stack, from 0."""
    inputs, side = trace.inputs, trace.inputs.sides[-1]
    influence, own = influence_of_tokens(inputs, position), trace.maps(side)
    shares: dict[SideName, dict[str, Tensor]] = {}
    residual = inputs.switches.residual
    if influence.target is None:
        through, flowing = rollout(own, residual)[position], attention_flow(own, position, residual)
        looked = {"raw": own[-1][position], "rollout": through, "flow": flowing}
        shares[side] = looked | {"gradient": influence.source}
    else:
        cross, sources = trace.maps(side, "cross_attention"), len(inputs.source_tokens)
        both = joint_mixings(trace.maps("encoder"), own, cross, residual)
        through = rollout(both, residual=False)[sources + position]
        flowing = attention_flow(both, sources + position, residual=False)
        for reader, raw, at, gradient in (
            (inputs.sides[0], cross[-1], slice(sources), influence.source),
            (inputs.sides[1], own[-1], slice(sources, None), influence.target),
        ):
            looked = {"raw": raw[position], "rollout": through[at], "flow": flowing[at]}
            shares[reader] = looked | {"gradient": gradient}
    whole = {reader: {name: _share(one) for name, one in found.items()} for reader, found in shares.items()}
    return Origins(None if influence.output is None else inputs.vocabulary[influence.output], whole)


def _share(values: Tensor) -> Tensor:
    """Float64, of their sum."""
    whole = values.detach().cpu().double()
    return whole / whole.sum().clamp(min=1e-300)


def _agreements(shares: Mapping[str, Tensor], no_order: str) -> dict[str, str]:
    """How far each of the others puts the tokens in the gradient's order; what differs by rounding alone is equal."""
    rounded = {name: one.round(decimals=DIGITS) for name, one in shares.items()}
    found = {name: agreement(rounded[name], rounded["gradient"]) for name in MEASURES[:-1]}
    return {name: no_order if one is None else f"{one:.2f}" for name, one in found.items()}


def _chart(tokens: tuple[str, ...], shares: Mapping[str, Tensor], said: Mapping[str, Any], key: str) -> None:
    names = said["measures"]
    rows = [
        {"place": place, "token": f"{place + 1} {token}", "measure": names[name], "share": float(shares[name][place])}
        for place, token in enumerate(tokens)
        for name in MEASURES
    ]
    spec = shares_by_token(tuple(names[name] for name in MEASURES), said["token"], said["measure"], said["share"])
    st.vega_lite_chart(spec | {"datasets": {SHARES_DATASET: rows}}, key=key)
