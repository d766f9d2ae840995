"""How a translation forms: what one translator made of the sentence at snapshots from its start to now."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks.run_store import common_steps
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import Search, reference_of, task_of, translated
from attnlab.pictures.translation.bridge import compared, words_of
from attnlab.prose import name_of
from attnlab.training import Run, RunStore, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.ui.canvases.answers import answers
from attnlab.ui.races.polling import poll_s
from attnlab.ui.races.store_trouble import store_trouble
from attnlab.ui.translate.controls import FORMING, translate_settings

POLL_S = 2.0
MOST_STEPS = 9
MOST_WORDS = 16


def forming_view(store: RunStore | None, run: Run | None, plan: RacePlan | None, words: Mapping[str, Any]) -> None:
    """Follow the run while it trains.

    Without a run the fragment is there and empty: a sentence's callback names it, whichever page it finds.
    """
    live = st.fragment(_forming, run_every=poll_s(run, POLL_S), key=FORMING)
    live(store, run, plan, words)


def _forming(store: RunStore | None, run: Run | None, plan: RacePlan | None, words: Mapping[str, Any]) -> None:
    if store is None or run is None or plan is None:
        return
    said, settings = words["forming"], translate_settings()
    family = settings.family if settings.family in plan.families else plan.families[0]
    try:
        steps = spread(common_steps(store, run.id, plan.families), MOST_STEPS)
        origins = {step: Origin("translation", store, run.id, step) for step in steps}
        made = {step: translated(one, family, Search(settings.text)) for step, one in origins.items()}
    except (StoreFault, StoreError) as fault:
        st.error(store_trouble(fault))
        return
    except SpecError:  # the picture has said what is wrong with the sentence
        return
    if not made:
        return
    last = made[steps[-1]]
    reference = reference_of(task_of(origins[steps[-1]]), last.source.ids)
    st.markdown(f"**{said['title']}**")
    st.caption(said["line" if reference else "line_unknown"].format(name=name_of("family", family)))
    rows = []
    for step, one in made.items():
        if reference is None:
            cells = [{"text": word, "kind": "input"} for word in words_of(one)]
        else:
            marked = compared(words_of(one), reference.target)
            cells = [{"text": word, "kind": "wrong" if wrong else "right"} for word, wrong in marked]
        if len(cells) > MOST_WORDS:
            cells = [*cells[:MOST_WORDS], {"text": "…", "kind": "input"}]
        rows.append({"name": said["step"].format(step=step), "cells": cells})
    answers([{"rows": rows}], key="translate_forming")


def spread(steps: Sequence[int], most: int) -> list[int]:
    """At most so many of the steps, evenly among them, the first and the last included."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(place * (len(steps) - 1) / (most - 1))] for place in range(most)]
