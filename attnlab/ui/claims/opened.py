"""One claim: who says it, what the reader predicts, the experiment, and what it says."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.claims import ASKED, VERDICTS, VerdictName, claim, claim_words
from attnlab.claims.kept import KeptOutcome
from attnlab.looks.claims.said import Running
from attnlab.settings.lab.claims import Claims
from attnlab.ui.claims.keeping import call_off, said, start
from attnlab.ui.claims.told import tell_outcome
from attnlab.ui.kit.session import rerun, set_values

POLL_S = 0.5
"""Seconds between two looks at an experiment that runs."""


def opened_claim(name: str, found: KeptOutcome | None, words: Mapping[str, Any]) -> None:
    """The claim from its statement to its paper.

    Args:
        name: of the claim.
        found: what came of it when it was measured last.
        words: the prose of the page.
    """
    own, page = claim_words(name), words["page"]
    st.subheader(own["statement"], anchor=False)
    st.caption(own["says"])
    if "wrong" in own:
        st.latex(own["wrong"])
    guess = said().guesses.get(name)
    if guess is None:
        st.markdown(own["predict"])
        _predictions(name, words)
        st.caption(page["predict_first"])
        return
    st.markdown(page["guessed"].format(guess=words["verdicts"][guess]))
    _experiment(name, page, measured=found is not None)
    if found is not None:
        tell_outcome(claim(name), found, guess, words)


def _predictions(name: str, words: Mapping[str, Any]) -> None:
    with st.container(horizontal=True, gap="small"):
        for verdict in VERDICTS:
            st.button(words["verdicts"][verdict], key=f"guess_{verdict}", on_click=_predict, args=(name, verdict))


def _predict(name: str, verdict: VerdictName) -> None:
    """Commit a prediction: it stands, here and in the link."""
    said().guesses[name] = verdict
    set_values(Claims(name=name, guess=verdict).values())
    rerun()


def _experiment(name: str, page: Mapping[str, Any], *, measured: bool) -> None:
    """The buttons that run it, quickly and for longer, and what there is to say while it runs or where it failed."""
    mine = said()
    with st.container(horizontal=True, gap="small"):
        for size in ASKED:
            st.button(
                page["run"]["again" if measured and size == "quick" else size],
                key=f"run_{size}",
                type="primary" if size == "quick" and not measured else "secondary",
                disabled=mine.running is not None,
                on_click=start,
                args=(name, size, measured),
            )
        if mine.running is not None:  # outside of what looks again and again: a click that met a look would be lost
            st.button(page["call_off"], key="call_off", icon=":material/stop:", on_click=call_off)
    if mine.running is not None:
        st.fragment(_waiting, run_every=POLL_S, key="claims_waiting")(name, page)
    elif mine.trouble is not None and mine.trouble.claim == name:
        st.error(page["trouble"][mine.trouble.code].format(reason=mine.trouble.reason))


def _waiting(name: str, page: Mapping[str, Any]) -> None:
    """How long it has been; once what was asked for is there, the whole page tells it."""
    waited = said().running
    if waited is None or waited.coming.done():
        st.rerun()
    st.caption(waiting_sentence(name, waited, page))


def waiting_sentence(name: str, waited: Running, page: Mapping[str, Any]) -> str:
    """What is to be said of an experiment that is waited for, beside the claim that is open."""
    if waited.claim != name:
        return str(page["elsewhere"]).format(statement=claim_words(waited.claim)["statement"])
    return str(page["running" if waited.coming.running() else "queued"]).format(seconds=f"{waited.seconds:.0f}")
