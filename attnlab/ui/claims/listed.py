"""All statements with how far this visitor is with each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.claims import TOPICS, claim_words, shelf
from attnlab.claims.kept import KeptOutcome
from attnlab.settings.lab.claims import Claims
from attnlab.ui.claims.keeping import said
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.session import set_values

ICONS = {"fresh": ":material/radio_button_unchecked:", "guessed": ":material/edit_note:"}
RIGHT, WRONG = ":material/check_circle:", ":material/cancel:"


def claims_list(opened: str, measured: Mapping[str, KeptOutcome], words: Mapping[str, Any]) -> None:
    """A button a statement, in groups; that of the open one stands out.

    Args:
        opened: the claim that is open.
        measured: what came of claims.
        words: the prose of the page.
    """
    page = words["page"]
    for refusal in shelf().refusals:
        st.warning(page["unread"].format(reason=plain(refusal)))
    for topic in TOPICS:
        st.markdown(page["groups"][topic])
        for name in (claim.name for claim in shelf().claims if claim.topic == topic):
            label, icon = _label(name, measured.get(name), words)
            st.button(
                label,
                key=f"open_{name}",
                icon=icon,
                type="secondary" if name == opened else "tertiary",
                on_click=_open,
                args=(name,),
            )


def _label(name: str, found: KeptOutcome | None, words: Mapping[str, Any]) -> tuple[str, str]:
    """What the button of a claim says, and its icon."""
    called, guess = words["verdicts"], said().guesses.get(name)
    state = "fresh" if guess is None else "guessed" if found is None else "told"
    blanks = {"guess": called[guess] if guess else "", "verdict": called[found.outcome.verdict] if found else ""}
    label = words["listed"][state].format(statement=claim_words(name)["statement"], **blanks)
    if found is None or guess is None:
        return label, ICONS[state]
    return label, RIGHT if guess == found.outcome.verdict else WRONG


def _open(name: str) -> None:
    """Open a claim, with what this visitor said of it before."""
    set_values(Claims(name=name, guess=said().guesses.get(name)).values())
