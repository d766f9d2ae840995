"""Between sentences as people write them and the words of a translation, in both directions."""

import re
from collections.abc import Sequence

from attnlab.tasks.translation_lexicon import NAMES

_NOT = {"wo": "will", "ca": "can", "sha": "shall"}
_CONTRACTION = re.compile(r"(\w+)n['\u2019]t")
_AFTER_APOSTROPHE = re.compile(r"(?<=['\u2019])(?=.)")
_NO_SPACE_BEFORE = re.compile(r" (?=[.,;:!?)\u2026])")
_CAPITALS = frozenset({"i", *NAMES})


def split_words(tokens: Sequence[str]) -> tuple[str, ...]:
    """Lower-case words of their own where a tokenizer keeps one: doesn't is "does not", l'homme is "l' homme"."""
    words: list[str] = []
    for token in tokens:
        folded = token.casefold()
        contraction = _CONTRACTION.fullmatch(folded)
        if contraction:
            words += [_NOT.get(contraction[1], contraction[1]), "not"]
        else:
            words += _AFTER_APOSTROPHE.split(folded.replace("\u2019", "'"))
    return tuple(words)


def readable(words: Sequence[str]) -> str:
    """Words as a sentence: nothing between l' and homme or before the full stop; capitals for its start and names."""
    spaced = " ".join(word.capitalize() if word in _CAPITALS else word for word in words)
    text = _NO_SPACE_BEFORE.sub("", spaced.replace("' ", "'"))
    return text[:1].upper() + text[1:]
