"""The guide: prose with links that open the attention page in a state worth seeing."""

import streamlit as st

from attnlab.prose import page_text


def guide_page() -> None:
    """Show the guide. It is ours from the first word to the last: no user text is in it."""
    with st.container(width=860):
        # The prose names pages from the root; beside the guide they are whatever the app's own path is.
        st.markdown(page_text("guide").replace("](/", "](./"))
