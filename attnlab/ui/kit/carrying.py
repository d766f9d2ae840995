"""Settings go with the reader from page to page, and come back with Back.

Streamlit empties the link when another page is chosen, and a bound field of another page is another field, even under
the same key: without this the explorer's values would be gone on the compare page, and the other way round.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from attnlab.languages import ENGLISH, PARAMETER, present
from attnlab.prose import page_prose
from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.classify import Classify
from attnlab.settings.fields import Kinds, Params
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.lab.choosing import Choosing
from attnlab.settings.lab.claims import Claims
from attnlab.settings.lab.compare import KINDS as COMPARE
from attnlab.settings.lab.cost import Cost
from attnlab.settings.lab.models import KINDS as MODELS
from attnlab.settings.learn.classroom import Classroom
from attnlab.settings.learn.lessons import KINDS as LESSONS
from attnlab.settings.learn.lessons import OWN as OF_LESSONS
from attnlab.settings.start import OTHER_END, SENTENCE, Start
from attnlab.settings.training import Training
from attnlab.settings.translate import Translate
from attnlab.settings.writing import OF_LETTERS, OF_PIECES
from attnlab.ui.kit.session import ADDRESSED, SHOWN_PAGE, link, set_values

IN_ADDRESS: Mapping[str, tuple[Kinds, Kinds]] = {
    "": (COMPARE, Explorer.kinds()),
    "start": (Start.kinds(), Start.kinds()),
    "compare": (COMPARE, COMPARE),
    "blocks": (Blocks.kinds(), Blocks.kinds()),
    "lessons": (LESSONS, OF_LESSONS),  # and those of an open step (`ui/lessons/progress.py`)
    "models": ({**MODELS, **OF_PIECES}, {**MODELS, **OF_PIECES}),
    "training": ({**Training.kinds(), **OF_LETTERS}, {**Training.kinds(), **OF_LETTERS}),
    "translate": (Translate.kinds(), Translate.kinds()),
    "classify": (Classify.kinds(), Classify.kinds()),
    "class": (Classroom.kinds(), Classroom.kinds()),
    "claims": (Claims.kinds(), Claims.kinds()),
    "cost": (Cost.kinds(), Cost.kinds()),
    "choosing": (Choosing.kinds(), Choosing.kinds()),
}
"""By a page's path: whose settings it has, and which of them its address may name. Other pages have none."""

READS_ANY_LANGUAGE = ("", "compare")
"""Paths of pages whose designed heads read any sentence; the models of others read English."""
_OPENINGS: Mapping[str, Mapping[str, Any]] = {
    # A designed head that reads words, on the sentence of the reader's language. One of MiniLM's would find what "it"
    # stands for, but its picture is six times as large: measured, a browser works 85 ms longer until the first screen
    # rests. The start page opens on that one.
    "": {"mask": "none", "head": 2},
    "blocks": {"stack_source": "trained", "stack_target_token": 3},
    "models": {
        "sentence": SENTENCE,
        "m_other": OTHER_END,
        "layer": 4,
        "head": 2,
        "query": 10,
        "key": 3,
    },
    "translate": {
        "tr_text": "the big horse slept near two old women but my girls will see the small bird behind a white house .",
    },
}
"""By a page's path: what it opens on where neither the reader nor the link has said anything yet. That is more telling
than its defaults, which stay what they are, since links leave them out."""


def _known(kinds: Kinds) -> dict[str, Any]:
    """Settings that another page should find."""
    return {name: st.session_state[name] for name in kinds if name in st.session_state}


def _linked(kinds: Kinds, params: Params) -> dict[str, Any]:
    """What a link says of all that is known; as the page opens where it is silent."""
    linked = fields.read(params, kinds)
    return {name: value for name, value in linked.items() if name in st.session_state or name in params}


def carry_settings(page: str) -> None:
    """Where another page than before is about to run, hand it the settings; but a link with settings says them all.

    So does the address that Back or Forward brings, even one without any settings. A page of which nothing is known
    opens on what tells most.

    Args:
        page: its path in the address.
    """
    before = st.session_state.get(SHOWN_PAGE)
    here, named = IN_ADDRESS.get(page, (None, {}))
    st.session_state.update({SHOWN_PAGE: page, ADDRESSED: named})
    if before == page:
        return
    if before is None:
        if here is not None:
            set_values(_opening(page))
        return
    for kinds, _ in IN_ADDRESS.values():
        if kinds is not here:
            st.session_state.update(_known(kinds))
    if here is None:
        return
    came_by_history = _restore_address()
    params = link()
    said = came_by_history or any(name in here for name in params)
    if said:  # what it says and a page refuses, the page has yet to see
        st.session_state.update(_linked(here, params))
    else:
        set_values(_brought(page, here) or _opening(page))


def _brought(page: str, here: Kinds) -> Mapping[str, Any]:
    """What is known for a page, but for a sentence that nobody chose: a model opens on one that tells more of it."""
    known = _known(here)
    own = [_own_sentence(one).get("sentence") for one in READS_ANY_LANGUAGE]
    is_anyones = "sentence" in known and known["sentence"] in own and page not in READS_ANY_LANGUAGE
    return {**known, **_opening(page)} if is_anyones else known


def _opening(page: str) -> Mapping[str, Any]:
    """What a page opens on if its link says nothing, of a run or a room neither, but its language."""
    return {} if set(link()) - {PARAMETER} else opening(page)


def opening(page: str) -> Mapping[str, Any]:
    """What a page opens on by itself, in the reader's language."""
    return {**_own_sentence(page), **_OPENINGS.get(page, {})}


def _own_sentence(page: str) -> Mapping[str, Any]:
    """A sentence of the reader's language where any can be read, and on the explorer where to look in it."""
    words = page_prose("attention")
    if page == "":
        return dict(words["opening"])
    if page not in READS_ANY_LANGUAGE or present().code == ENGLISH:
        return {}
    return {"sentence": words["examples"][0]}


def _restore_address() -> bool:
    """Whether Back or Forward brought the reader here; then the link says again all that the address did.

    Streamlit has taken out of it what a field of the page before was bound to, even where this page binds it too.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation:
        return False
    address = context.query_string
    with context.session_state.query_params() as params:
        params.set_initial_query_params(address)
    st.query_params.from_dict(parse_qs(address, keep_blank_values=True))
    return True
