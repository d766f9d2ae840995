"""Where an English contraction comes apart, as the Penn treebank cuts it, and the words it stands for."""

import re

_CUT = re.compile(r"(.+?)(n't|'(?:s|ll|re|ve|d|m))")
_APOSTROPHES = str.maketrans("\u2019\u00b4", "''")
_ACCENT_FOR_APOSTROPHE = re.compile(r"(?<=\w)[´`\uff07](?=\w)")
_STEMS = {"wo": "will", "ca": "can", "sha": "shall"}
_ENDINGS = {"n't": "not", "'ll": "will", "'re": "are", "'ve": "have", "'m": "am"}
_SAID_OF = frozenset({"it", "he", "she", "that", "there", "here", "what", "where", "who", "how", "when", "why"})
"""Behind these 's is "is"; behind any other word it is a genitive, as a rule."""
_WHOLE = {
    "let's": ("let", "us"),
    "'cause": ("because",),
    "'tis": ("it", "is"),
    "'twas": ("it", "was"),
    "'em": ("them",),
    "'til": ("until",),
    "'bout": ("about",),
}


def spelled_out(word: str) -> tuple[str, ...]:
    """The words of a contraction in small letters: would not, they will, it is; else the one word.

    What may stand for two words stays as Penn cuts it: "'d" (would or had), and the "'s" of a genitive.
    """
    folded = word.casefold().translate(_APOSTROPHES)
    if folded in _WHOLE:
        return _WHOLE[folded]
    parts = _CUT.fullmatch(folded)
    if parts is None:
        return (folded,)
    stem, ending = parts.groups()
    if ending == "'s" and stem in _SAID_OF:
        return stem, "is"
    before = (_STEMS.get(stem, stem),) if ending == "n't" else spelled_out(stem)
    return (*before, _ENDINGS.get(ending, ending))


def with_apostrophes(text: str) -> str:
    """The text with an apostrophe where somebody typed an accent between two letters: don´t."""
    return _ACCENT_FOR_APOSTROPHE.sub("'", text)
