"""The guide: prose with links that open the attention page in a state worth seeing."""

import streamlit as st

from attnlab.prose import page_text, with_addresses


def guide_page() -> None:
    """Show the guide. It is ours from the first word to the last: no user text is in it."""
    with st.container(width=860):
        st.markdown(with_addresses(page_text("guide")))
