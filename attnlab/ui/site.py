"""The frame around every page: configuration and navigation. Run by `app.py` for each session.

Pages are named by absolute path: with `st.navigation` and a folder called `pages/`, a first visit to a deep link
would otherwise run the page file without this frame. Navigation stands on top, because matrices need the width.
"""

import streamlit as st

from attnlab.paths import ASSETS, PAGES
from attnlab.prose import page_prose
from attnlab.ui.kit.carrying import carry_settings


def main() -> None:
    """Draw the frame and run the chosen page."""
    words = page_prose("site")
    st.set_page_config(page_title=words["title"], page_icon=str(ASSETS / "favicon.svg"), layout="wide")
    st.logo(str(ASSETS / "logo.svg"), size="medium")
    pages = [
        st.Page(
            PAGES / f"{page['file']}.py", title=page["title"], icon=page["icon"], default=page.get("default", False)
        )
        for page in words["pages"]
    ]
    page = st.navigation(pages, position="top")
    carry_settings(page.url_path)
    page.run()


main()
