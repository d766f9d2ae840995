"""What is said about a picture, and the text of users in it: Streamlit's messages are Markdown."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_MEANING = set(r"\`*_{}[]()<>#+-.!|~$:&@/=")
_WORD_JOINER = "\u2060"  # has no width


def plain(text: str) -> str:
    """One line of text with every sign escaped that Markdown, LaTeX or a directive could take for its own.

    Some patterns ("www.", "->", ":streamlit:") are looked for after the escapes are gone: the joiner breaks those.
    """
    line = " ".join(text.split())
    return "".join(f"{_WORD_JOINER}\\{sign}" if sign in _MEANING else sign for sign in line)


def said(page: str) -> DeltaGenerator:
    """The line above a page's picture for what must be said about it; kept free where there is nothing to say.

    One line high, and higher only where more is said (`assets/frame/room.css`).
    """
    return st.container(key=f"said_{page}", height=28, border=False, gap="xsmall")
