"""The explorer's settings and their widgets, which the compare page has too: A's are the explorer's."""

from collections.abc import Mapping
from typing import Any

from attnlab.engine import TRAINED
from attnlab.looks.layers import own_settings, reads_examples
from attnlab.settings.attention import OF_A_MODEL, OF_NUMBERS, Explorer
from attnlab.ui.kit.controls import Drawing
from attnlab.ui.kit.session import value_now, values_now


def explorer_settings() -> Explorer:
    """The settings of the page, wherever their widgets stand."""
    return Explorer.of(values_now(Explorer.kinds()))


def explorer_drawing(words: Mapping[str, Any], **acts: Any) -> Drawing:
    """Draws the explorer's settings: those off that mean nothing to the source of weights.

    Args:
        words: the explorer's prose.
        acts: what is done on a change.
    """
    kinds = Explorer.kinds()
    if value_now(kinds, "source") != TRAINED:
        return Drawing(kinds, words, off=OF_A_MODEL, **acts)
    model = value_now(kinds, "model")
    off = [name for name, kind in kinds.items() if kind.own]
    off += ["sentence"] if reads_examples(model) else OF_NUMBERS
    return Drawing(kinds, words, off=off, own=own_settings(model), **acts)
