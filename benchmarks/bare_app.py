"""The simplest Streamlit app: a slider, a text field and the text they give. What the real app is compared with.

`?fragment` runs the same inside a fragment, as the real app's page does.
"""

import streamlit as st


def page() -> None:
    """Two widgets and their values."""
    number = st.slider("number", 0, 100, 50, key="number")
    words = st.text_input("words", "The cat sat on the mat, because it was tired.", key="words", live="120ms")
    st.text(f"{number} {words}")


if "fragment" in st.query_params:
    page = st.fragment(page)
page()
