"""What a session keeps of claims: what was predicted, what was measured for it, and what it waits for."""

import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

import streamlit as st

from attnlab.claims import Outcome, Size, VerdictName
from attnlab.claims.runner import EndedError
from attnlab.engine import SpecError
from attnlab.looks.claims.experiments import asked_for
from attnlab.looks.turns import QueueFullError
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.kit.session import kept, rerun
from attnlab.ui.kit.visitor import visitor

GUESSES, OUTCOMES, RUNNING, TROUBLE = (kept("claims", name) for name in ("guesses", "outcomes", "running", "trouble"))


@dataclass(frozen=True)
class Running:
    """An experiment that this session waits for."""

    claim: str
    size: Size
    coming: Future[Outcome]
    began: float  # of a clock that only goes forward, s

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self.began


@dataclass(frozen=True)
class Trouble:
    """Why an experiment has no outcome."""

    claim: str
    code: str  # the name of its sentence
    reason: str = ""  # as Markdown


def guesses() -> dict[str, VerdictName]:
    """What was predicted, by claim; the first word stands."""
    found: dict[str, VerdictName] = st.session_state.setdefault(GUESSES, {})
    return found


def outcomes() -> dict[str, Outcome]:
    """What was measured for this session, by claim."""
    found: dict[str, Outcome] = st.session_state.setdefault(OUTCOMES, {})
    return found


def running() -> Running | None:
    """What this session waits for."""
    waited: Running | None = st.session_state.get(RUNNING)
    return waited


def trouble(name: str) -> Trouble | None:
    """Why the last experiment of a claim has no outcome."""
    met: Trouble | None = st.session_state.get(TROUBLE)
    return met if met is not None and met.claim == name else None


def start(name: str, size: Size) -> None:
    """Ask for an experiment. Only for callbacks."""
    st.session_state.pop(TROUBLE, None)
    try:
        coming = asked_for(visitor(), name, size)
    except QueueFullError:
        st.session_state[TROUBLE] = Trouble(name, "full")
    else:
        st.session_state[RUNNING] = Running(name, size, coming, time.monotonic())
    rerun()


def collect() -> bool:
    """Take what has come of the experiment that was waited for; whether there was anything to take."""
    waited = running()
    if waited is None or not waited.coming.done():
        return False
    del st.session_state[RUNNING]
    try:
        outcomes()[waited.claim] = waited.coming.result()
    except (EndedError, CancelledError):
        st.session_state[TROUBLE] = Trouble(waited.claim, "ended")
    except SpecError as error:
        st.session_state[TROUBLE] = Trouble(waited.claim, "refused", refusal_sentence(error))
    return True
