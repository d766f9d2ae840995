"""Who a visitor is: a secret that the document leaves in the browser, in a cookie that no script reads.

It outlives a reload and ends with the browser's session. It is in no link, so who follows one is somebody else.
"""

import re
import secrets

import streamlit as st

COOKIE = "attnlab_visitor"
OWN = "visitor"
_BYTES = 16
_SECRET = re.compile(r"[\w-]{22}", re.ASCII)


def new_secret() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def is_secret(text: object) -> bool:
    """Whether it has the form of one of ours."""
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


def visitor() -> str:
    """The secret of this session's browser; one of the session alone where the browser keeps none."""
    kept = st.context.cookies.get(COOKIE)
    if is_secret(kept):
        return str(kept)
    if OWN not in st.session_state:
        st.session_state[OWN] = new_secret()
    return str(st.session_state[OWN])
