"""User text inside Streamlit's Markdown. That it shows literally is checked in `tests/browser/test_hostile.py`."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from attnlab.ui.kit.messages import plain

ACTIVE = r"\`*_{}[]()<>#+-.!|~$:&@/="
JOINER = "\u2060"

hostile_text = st.text(alphabet=st.one_of(st.sampled_from(ACTIVE + " \n\r\t\u2028\x0b"), st.characters()))


def unescaped(message: str) -> str:
    """What Markdown makes of the escapes: a backslash before a sign is gone, the sign stays."""
    return re.sub(r"\\(.)", r"\1", message)


@given(hostile_text)
@example("<script>alert(1)</script>")
@example("![x](http://x/y.png)")
@example(r"$\def\a{\a\a}\a$")
@example(":red[x] :material/home: :streamlit:")
@example("a\n===\nb")
@example("\n\n    code")
@example("www.example.com <- -> -- x@y.com")
@example("\\")
@example("\\\\*a*")
def test_every_sign_with_a_meaning_is_escaped(text: str) -> None:
    without_escaped_pairs = re.sub(r"\\.", "", plain(text))
    assert not set(without_escaped_pairs) & set(ACTIVE)


@given(hostile_text)
def test_the_text_is_all_there_but_for_its_white_space(text: str) -> None:
    assert unescaped(plain(text)).replace(JOINER, "") == " ".join(text.split()).replace(JOINER, "")


@given(hostile_text)
def test_a_message_stays_one_line_so_that_it_begins_no_block(text: str) -> None:
    message = plain(text)
    assert len(message.splitlines()) <= 1
    assert "  " not in message
    assert message == message.strip()


PATTERNS = ("www.", "://", "->", "<-", "--", ">=", "<=", "~=", "...", ":streamlit:", ":material/", "x@y.com")


@given(st.lists(st.sampled_from([*PATTERNS, "a", " ", "8"])).map("".join))
def test_no_pattern_that_streamlit_looks_for_after_the_escapes_is_found(text: str) -> None:
    shown = unescaped(plain(text))
    assert not [pattern for pattern in PATTERNS if pattern in shown]


def test_letters_digits_and_other_scripts_are_left_alone() -> None:
    assert plain("heads 8 é 猫 قطة ❤️") == "heads 8 é 猫 قطة ❤️"
