"""The claims page: predict what is true of a statement, have it measured, and see what the numbers say."""

import streamlit as st

from attnlab.looks.claims.experiments import get_ready
from attnlab.prose import page_prose
from attnlab.settings.lab.claims import Claims
from attnlab.ui.claims.keeping import collect, measured, said
from attnlab.ui.claims.listed import claims_list
from attnlab.ui.claims.opened import opened_claim
from attnlab.ui.kit.messages import said as messages
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import values_now

PAGE, LISTED, OPEN = "claims", "claims_listed", "claims_open"


def claims_page() -> None:
    """The list of statements, and the one that is open."""
    words, kinds = page_prose(PAGE), Claims.kinds()
    page, values = words["page"], values_now(kinds)
    refused_in_link(PAGE, kinds)
    settings = Claims.of(values)
    if settings.guess is not None:
        said().guesses.setdefault(settings.name, settings.guess)
    get_ready()
    collect()
    st.header(page["title"], anchor=False)
    st.markdown(page["intro"])
    with messages(PAGE):
        say_refused(PAGE, kinds, values, page["link_refused"])
    found = measured()
    listed, opened = st.columns([2, 3], gap="large")
    with listed, st.container(key=LISTED, gap="xsmall"):
        claims_list(settings.name, found, words)
    with opened, st.container(key=OPEN):  # which stays in sight beside the list (assets/frame/room.css)
        opened_claim(settings.name, found.get(settings.name), words)
