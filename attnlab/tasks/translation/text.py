"""Between sentences as people write them and the words of a translation, in both directions."""

import re
from collections.abc import Sequence

from attnlab.tasks.translation.lexicon import NAMES
from attnlab.text import spelled_out

_AFTER_APOSTROPHE = re.compile(r"(?<=['\u2019])(?=.)")
_NO_SPACE_BEFORE = re.compile(r" (?=[.,;:!?)\u2026])")
_CAPITALS = frozenset({"i", *NAMES})


def split_words(tokens: Sequence[str], *, english: bool = False) -> tuple[str, ...]:
    """Lower-case words of their own where a tokenizer keeps one: doesn't is "does not", l'homme is "l' homme".

    Args:
        tokens: of a sentence in any language.
        english: whether it is known to be English, where it's is "it is" and Anna's "anna 's".
    """
    words: list[str] = []
    for token in tokens:
        folded, parts = token.casefold().replace("\u2019", "'"), spelled_out(token)
        if parts[-1] == "not" or (english and parts != (folded,)):
            words += parts
        else:
            words += _AFTER_APOSTROPHE.split(folded)
    return tuple(words)


def readable(words: Sequence[str]) -> str:
    """Words as a sentence: nothing between l' and homme or before the full stop; capitals for its start and names."""
    spaced = " ".join(word.capitalize() if word in _CAPITALS else word for word in words)
    text = _NO_SPACE_BEFORE.sub("", spaced.replace("' ", "'"))
    return text[:1].upper() + text[1:]
