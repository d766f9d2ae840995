"""What every contender answers to held-out examples, at the snapshot that is looked at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts import contender_name
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.probes import answers_at
from attnlab.prose import name_of, percent
from attnlab.sequences import Item, picture_of
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.predictions import Answer, Prediction
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
    grid = plan.task.info.grid
    shown = _examples(given, words["looks"]) if grid is None else [_pictures(given, grid, words["looks"])]
    answers([_named(one, plan.task_name) for one in shown], key="held_out_answers")


def _examples(given: Mapping[str, tuple[Prediction, ...]], said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tables of tokens: the input, what is due, and what each contender says."""
    tables = []
    for number, first in enumerate(next(iter(given.values()))):
        due = {answer.position: answer.target for answer in first.answers}
        columns = _columns(len(first.inputs), due)
        rows = [
            {
                "name": said["inputs"],
                "cells": [_input(None if at is None else first.items[at]) for at in columns],
            },
            {
                "name": said["targets"],
                "cells": [{"text": due.get(-1 if at is None else at, ""), "kind": "target"} for at in columns],
            },
        ]
        for key, examples in given.items():
            by_position = {answer.position: answer for answer in examples[number].answers}
            cells = [_verdict(by_position.get(-1 if at is None else at)) for at in columns]
            rows.append({"name": contender_name(key), "cells": cells})
        tables.append({"rows": rows})
    return tables


def _named(table: Mapping[str, Any], task: str) -> dict[str, Any]:
    """A table whose cells say the items of a task as the language does."""
    rows = [
        {**row, "cells": [{**cell, "text": name_of(task, cell["text"])} for cell in row["cells"]]}
        for row in table["rows"]
    ]
    return {"rows": rows}


def _input(item: Item | None) -> dict[str, Any]:
    """The cell of an item; None stands for those left out."""
    if item is None:
        return {"text": "…", "kind": "input"}
    return {"text": item.label, "kind": "input", **({} if item.wire is None else {"look": item.wire})}


def _pictures(
    given: Mapping[str, tuple[Prediction, ...]], grid: tuple[int, int], said: Mapping[str, str]
) -> dict[str, Any]:
    """One table: a column for each picture, with the digit that is due and what each contender says."""
    first = next(iter(given.values()))
    cells = [{"text": said["picture"], "kind": "input", "look": picture_of(one.items, grid).wire} for one in first]
    due = [{"text": one.answers[-1].target, "kind": "target"} for one in first]
    rows = [{"name": said["inputs"], "cells": cells}, {"name": said["targets"], "cells": due}]
    for key, examples in given.items():
        rows.append({"name": contender_name(key), "cells": [_verdict(one.answers[-1]) for one in examples]})
    return {"rows": rows}


def _verdict(answer: Answer | None) -> dict[str, str]:
    """The cell of an answer; an empty one where there is none."""
    if answer is None:
        return {"text": "", "kind": "", "note": ""}
    sure = "" if answer.probability is None else percent(answer.probability)
    return {"text": answer.predicted, "kind": "right" if answer.right else "wrong", "note": sure}


def _columns(length: int, due: Mapping[int, str]) -> list[int | None]:
    """Positions to show; None stands for those left out between the start of a long example and its answers."""
    if length <= MOST_COLUMNS or not due:
        return list(range(min(length, MOST_COLUMNS)))
    first = max(min(due), LEAD)
    return [*range(LEAD), None, *range(first, length)][: MOST_COLUMNS + 1]
