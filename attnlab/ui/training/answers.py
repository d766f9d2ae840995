"""What every contender answers to held-out examples, at the snapshot that is looked at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import answers_at
from attnlab.prose import percent
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.predictions import Prediction
from attnlab.ui.canvases.answers import answers
from attnlab.ui.races.polling import poll_s
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.training.looks import ANSWERS, POLL_S, chosen_step

MOST_COLUMNS = 44
"""Positions of an example that are shown; of a longer one, some before the first answer are left out."""
LEAD = 12
"""Of these, at the start of the example."""


def answers_view(store: RunStore, run: Run, plan: RacePlan, words: Mapping[str, Any]) -> None:
    """Follow the snapshot of the scrubber."""
    live = st.fragment(_answers, run_every=poll_s(run, POLL_S), key=ANSWERS)
    live(store, run.id, plan, words)


def _answers(store: RunStore, run_id: str, plan: RacePlan, words: Mapping[str, Any]) -> None:
    try:
        steps = common_steps(store, run_id, plan.contenders)
        if not steps:
            return
        step = chosen_step(run_id, steps)
        origin = Origin("sequence", store, run_id, step)
        given = {key: answers_at(origin, key) for key in plan.contenders}
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    st.markdown(f"**{words['looks']['answers']}**")
    answers(_examples(given, words["looks"]), key="held_out_answers")


def _examples(given: Mapping[str, tuple[Prediction, ...]], said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tables of tokens: the input, what is due, and what each contender says."""
    tables = []
    for number, first in enumerate(next(iter(given.values()))):
        due = {answer.position: answer.target for answer in first.answers}
        columns = _columns(len(first.inputs), due)
        rows = [
            {
                "name": said["inputs"],
                "cells": [{"text": "…" if at is None else first.inputs[at], "kind": "input"} for at in columns],
            },
            {
                "name": said["targets"],
                "cells": [{"text": due.get(-1 if at is None else at, ""), "kind": "target"} for at in columns],
            },
        ]
        for key, examples in given.items():
            by_position = {answer.position: answer for answer in examples[number].answers}
            cells = []
            for at in columns:
                answer = by_position.get(-1 if at is None else at)
                sure = "" if answer is None or answer.probability is None else percent(answer.probability)
                kind = "" if answer is None else "right" if answer.right else "wrong"
                cells.append({"text": "" if answer is None else answer.predicted, "kind": kind, "note": sure})
            rows.append({"name": contender_name(key), "cells": cells})
        tables.append({"rows": rows})
    return tables


def _columns(length: int, due: Mapping[int, str]) -> list[int | None]:
    """Positions to show; None stands for those left out between the start of a long example and its answers."""
    if length <= MOST_COLUMNS or not due:
        return list(range(min(length, MOST_COLUMNS)))
    first = max(min(due), LEAD)
    return [*range(LEAD), None, *range(first, length)][: MOST_COLUMNS + 1]
