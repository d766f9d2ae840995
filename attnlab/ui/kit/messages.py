"""Text of users inside Streamlit's messages, which are Markdown."""

_MEANING = set(r"\`*_{}[]()<>#+-.!|~$:&@/=")
_WORD_JOINER = "\u2060"  # has no width


def plain(text: str) -> str:
    """One line of text with every sign escaped that Markdown, LaTeX or a directive could take for its own.

    Some patterns ("www.", "->", ":streamlit:") are looked for after the escapes are gone: the joiner breaks those.
    """
    line = " ".join(text.split())
    return "".join(f"{_WORD_JOINER}\\{sign}" if sign in _MEANING else sign for sign in line)
