"""The cost page: what attention and its rivals cost, in curves; measured anew; and what memory holds of a model."""

import streamlit as st

from attnlab.prose import address, page_prose
from attnlab.settings.lab.cost import Cost
from attnlab.ui.cost.curves import curves_view
from attnlab.ui.cost.measuring import is_measuring, measuring_view
from attnlab.ui.cost.memory import memory_view
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import values_now

PAGE = "cost"
CURVES, MEASURING, MEMORY = "cost_curves", "cost_measuring", "cost_memory"
POLL_S = 1.5


def cost_page() -> None:
    """Curves first; what is measured and what is computed below."""
    words, kinds = page_prose(PAGE), Cost.kinds()
    refused_in_link(PAGE, kinds)
    st.caption(words["page"]["intro"])
    say_refused(PAGE, kinds, values_now(kinds), words["page"]["link_refused"])
    poll = POLL_S if is_measuring() else None
    st.fragment(curves_view, run_every=poll, key=CURVES)(words, CURVES)
    st.fragment(measuring_view, run_every=poll, key=MEASURING)(words, MEASURING)
    st.fragment(memory_view, key=MEMORY)(words, MEMORY)
    st.link_button(words["choosing"]["link"], address("choosing", {}), type="tertiary", icon=":material/tune:")
