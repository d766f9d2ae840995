"""Which held-out example is read, in the place of a sentence."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.engine import TRAINED
from attnlab.looks.layers import reads_examples
from attnlab.settings.attention import Explorer
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import value_now

FIELD = "no_sentence"


def reads_examples_now() -> bool:
    """Whether the layer is of a model that reads no sentence, so that an example is chosen in its place."""
    kinds = Explorer.kinds()
    return value_now(kinds, "source") == TRAINED and reads_examples(value_now(kinds, "model"))


def example_instead(draw: Drawing, words: Mapping[str, Any]) -> None:
    """The sentence's field, off, with the reason in it; and which example is read.

    Args:
        draw: of the explorer's settings.
        words: the explorer's prose.
    """
    label, reason = words["page"]["sentence"], words["items"]["instead"]
    st.text_input(label, placeholder=reason, disabled=True, key=FIELD, label_visibility="collapsed")
    draw.row("example", key="which_example", bare=("example",))
