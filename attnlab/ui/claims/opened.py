"""One claim: who says it, what the reader predicts, the experiment, and what it says."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.claims import VERDICTS, Size, VerdictName, claim, claim_words
from attnlab.settings.lab.claims import Claims
from attnlab.ui.claims.keeping import guesses, outcomes, running, start, trouble
from attnlab.ui.claims.told import tell_outcome
from attnlab.ui.kit.session import rerun, set_values


def opened_claim(name: str, words: Mapping[str, Any]) -> None:
    """The claim from its statement to its paper."""
    own, page = claim_words(name), words["page"]
    st.subheader(own["statement"], anchor=False)
    st.caption(own["says"])
    if "wrong" in own:
        st.latex(own["wrong"])
    guess = guesses().get(name)
    if guess is None:
        st.markdown(own["predict"])
        _predictions(name, words)
        st.caption(page["predict_first"])
        return
    st.markdown(page["guessed"].format(guess=words["verdicts"][guess]))
    found = outcomes().get(name)
    _experiment(name, page, measured=found is not None)
    if found is not None:
        tell_outcome(claim(name), found, guess, words)


def _predictions(name: str, words: Mapping[str, Any]) -> None:
    with st.container(horizontal=True, gap="small"):
        for verdict in VERDICTS:
            st.button(words["verdicts"][verdict], key=f"guess_{verdict}", on_click=_predict, args=(name, verdict))


def _predict(name: str, verdict: VerdictName) -> None:
    """Commit a prediction: it stands, here and in the link."""
    guesses()[name] = verdict
    set_values(Claims(name=name, guess=verdict).values())
    rerun()


def _experiment(name: str, page: Mapping[str, Any], *, measured: bool) -> None:
    """The buttons that run it, quickly and for longer, and what there is to say while it runs or where it failed."""
    waited = running()
    sizes: tuple[Size, ...] = ("quick", "full")
    with st.container(horizontal=True, gap="small"):
        for size in sizes:
            st.button(
                page["run"][size],
                key=f"run_{size}",
                type="primary" if size == "quick" and not measured else "secondary",
                disabled=waited is not None,
                on_click=start,
                args=(name, size),
            )
    if waited is not None and waited.claim == name:
        st.caption(page["running"].format(seconds=f"{waited.seconds:.0f}"))
    elif waited is not None:
        st.caption(page["elsewhere"].format(statement=claim_words(waited.claim)["statement"]))
    elif met := trouble(name):
        st.error(page["trouble"][met.code].format(reason=met.reason))
