"""The race of a step, run to its end for whoever has guessed: it decides; where no worker answers, what ships does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.lessons import Guess, Prediction, Step, opening
from attnlab.lessons.raced import Raced, raced_in
from attnlab.looks import run_store
from attnlab.pictures.lessons.finishes import race_title
from attnlab.prose import page_prose
from attnlab.settings.learn.lessons import Lessons
from attnlab.settings.training import Training
from attnlab.training import Run, StoreError, StoreFault
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.races import RACES
from attnlab.training.stored import plan_of
from attnlab.ui.races import runs
from attnlab.ui.races.race import race_now
from attnlab.ui.races.shown_run import begun
from attnlab.ui.races.store_trouble import store_trouble

NOT_RUN = ("parity",)
"""Races whose question is about longer tests than a race on the training page makes."""


@dataclass(frozen=True)
class StepRace:
    """What there is of a step's race: neither where none was begun."""

    run: Run | None = None
    raced: Raced | None = None  # once it is over


def race_of_step(step: Step) -> str | None:
    """The name of the race that a question is about, as shown in class; None of all other steps."""
    if not isinstance(step, Prediction) or step.picture != "races":
        return None
    settings = opening(step.picture, step.link)
    race = settings.race if isinstance(settings, Training) else ""
    return race if race in RACES and race not in NOT_RUN else None


def plan_of_step(step: Step) -> RacePlan | None:
    """The race that a question is about; None of all other steps."""
    race = race_of_step(step)
    return None if race is None else RACES[race]


def race_of(step: Step, settings: Lessons) -> StepRace:
    """What the race of the link has come to; none where it is another one, or after saying that the store is away."""
    plan = plan_of_step(step)
    if plan is None or not settings.race_run:
        return StepRace()
    try:
        run = run_store.store().runs.get(settings.race_run)
        if plan_of(run_store.store(), run) != plan:
            return StepRace()
        return StepRace(run, raced_in(run_store.store(), run.id))
    except (StoreError, SpecError):
        return StepRace()
    except StoreFault as fault:
        st.error(store_trouble(fault))
        return StepRace()


def started(step: Step) -> str:
    """The run of a race that was begun; empty after a word about why there is none. Only for callbacks."""
    race = race_of_step(step)
    if race is None:
        return ""
    try:
        runs.jobs().ensure()
        run = begun(run_store.store(), RACES[race], race_title(race))
    except StoreFault as fault:
        st.error(store_trouble(fault))
        return ""
    return "" if run is None else run.id


def watched(run: Run) -> None:
    """The race as it stands, in the place of the picture."""
    try:
        race_now(run_store.store(), run, plan_of(run_store.store(), run), page_prose("training"))
    except StoreFault as fault:
        st.error(store_trouble(fault))


def card_with_race(
    card: dict[str, Any], step: Step, race: StepRace, guess: Guess | None, settings: Lessons, words: Mapping[str, str]
) -> dict[str, Any]:
    """The card of a question whose race can be run, is underway, or has decided."""
    if plan_of_step(step) is None:
        return card
    if settings.revealed:
        decided = "raced_once" if race.raced is not None else ""
        return {**card, "said": [*card["said"], {"strong": "", "text": words[decided]}]} if decided else card
    if race.run is None or guess is None:
        return {**card, "acts": ["commit"] if race.raced is not None else ["race", "commit"]}
    told = words["race_over" if race.raced is not None else "race_runs"]
    acts = ["raced"] if race.raced is not None else ["shipped"]
    return {**card, "ask": None, "said": [{"strong": "", "text": told}], "acts": acts}
