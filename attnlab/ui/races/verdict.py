"""A race in words, a sentence a contender: with what each has to answer, and once it is over how it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.run_store import Final, finals_of
from attnlab.models import ModelConfig, describe
from attnlab.prose import percent
from attnlab.tasks import SHARES, Floor
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.races.store_trouble import store_trouble

BEST = "bayes"
"""The floor that cannot be beaten."""
LEARNED = 0.99
"""Of a share: who gets so many right has learned the task."""
NEAR_FLOOR = 0.02
"""Of a share: who is not further above a floor has learned nothing that it does not know."""


def verdict_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """How a race that is over ended, the best first, each with what it had to answer with."""
    if run.is_active:
        return
    try:
        finals = finals_of(store, run.id)
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in verdicts(finals, plan, words)))


def verdicts(finals: Mapping[str, Final], plan: RacePlan, words: Mapping[str, Any]) -> list[str]:
    """A sentence a contender, the best first; of one without a score there is none."""
    scores = {key: finals[key].score.metric for key in plan.contenders if key in finals}
    is_share = plan.task.info.metric in SHARES
    known = sorted(((score, key) for key, score in scores.items() if score is not None), reverse=is_share)
    said = words["verdict"]
    sentences = []
    for score, key in known:
        floor = floor_under(score, plan.task.info.floors) if is_share else None
        name = "learned" if is_share and score >= LEARNED else "part" if floor is None else "floor"
        sentences.append(
            said[name if is_share else "measured"].format(
                name=contender_name(key),
                score=percent(score, 1) if is_share else f"{score:.3f}",
                measure=words["curves"]["metric"][plan.task.info.metric],
                floor="" if floor is None else words["floors"].get(floor.name, floor.name),
                why=handicap(plan, key, words["lanes"]),
            )
        )
    return sentences


def floor_under(score: float, floors: Sequence[Floor]) -> Floor | None:
    """The highest floor that a share is not clearly above; what cannot be beaten is no floor."""
    known = [one for one in floors if one.metric is not None and one.name != BEST]
    near = [one for one in known if score <= (one.metric or 0.0) + NEAR_FLOOR]
    return min(near, key=lambda one: one.metric or 0.0, default=None)


def lanes_view(plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Who takes part, and what each can see or must remember.

    Args:
        plan: of the race.
        words: the prose of the training page.
    """
    for key in plan.contenders:
        st.markdown(f"**{contender_name(key)}** · {handicap(plan, key, words['lanes'])}")


def handicap(plan: RacePlan, key: str, said: Mapping[str, Any]) -> str:
    """One sentence on what a contender has to answer with."""
    config = plan.model_config(key)
    facts = describe(config, plan.task.info.seq_len)
    if isinstance(config, ModelConfig):
        way, state = "causal" if config.causal else "both", facts.state_size or 0
    else:
        way, state = plan.task.info.kind, facts.d_model
    sentence: str = said[way][facts.family]
    return sentence.format(length=facts.seq_len, state=f"{state:,}", field=facts.receptive_field)
