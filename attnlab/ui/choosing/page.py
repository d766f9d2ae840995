"""The choosing page: one setting of a Transformer along each axis, curves over small races, each point to race anew."""

import streamlit as st

from attnlab.prose import page_prose
from attnlab.settings.lab.choosing import Choosing
from attnlab.ui.choosing.panels import panels_view
from attnlab.ui.choosing.races import races_view
from attnlab.ui.kit.refused_links import refused_in_link, say_refused
from attnlab.ui.kit.session import values_now

PAGE = "choosing"
PANELS = "choosing_panels"


def choosing_page() -> None:
    """The question, its panels, and the races of ten seeds below."""
    words, kinds = page_prose(PAGE), Choosing.kinds()
    refused_in_link(PAGE, kinds)
    st.caption(words["page"]["intro"])
    say_refused(PAGE, kinds, values_now(kinds), words["page"]["link_refused"])
    st.fragment(panels_view, key=PANELS)(words, PANELS)
    races_view(words)
