"""The frame around every page: configuration and navigation. Run by `app.py` for each session.

Pages are named by absolute path: with `st.navigation` and a folder called `pages/`, a first visit to a deep link
would otherwise run the page file without this frame. Navigation stands on top, because matrices need the width.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from attnlab.paths import ASSETS, PAGES
from attnlab.prose import page_prose, pages
from attnlab.ui.kit.carrying import carry_settings
from attnlab.ui.language import keep_language


def main() -> None:
    """Draw the frame and run the chosen page."""
    entries = {_path(entry): entry for entry in pages()}
    # Before the navigation: without an icon of its own a page's would be fetched from a foreign host.
    st.set_page_config(page_icon=str(ASSETS / "favicon.svg"), layout="wide")
    page = st.navigation([_page(path, entry) for path, entry in entries.items()], position="top")
    entry = entries[page.url_path]
    st.set_page_config(page_title=entry["document"])
    st.logo(str(ASSETS / "logo.svg"), size="medium")
    if "heading" in entry:
        with st.container(key="page_heading"):
            st.title(entry["heading"], anchor=False)
    carry_settings(page.url_path)
    keep_language(page.url_path, page_prose("language")["frame"])
    page.run()


def _path(entry: Mapping[str, Any]) -> str:
    return "" if entry.get("default") else str(entry["file"])


def _page(path: str, entry: Mapping[str, Any]) -> StreamlitPage:
    return st.Page(PAGES / f"{entry['file']}.py", title=entry["title"], icon=entry["icon"], default=not path)


main()
