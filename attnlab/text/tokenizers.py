"""From the sentence a teacher types to the tokens that attend to each other.

A tokenizer is a pure function `str -> list[str]`. To add one, write the function and its line in
`TOKENIZERS`. What no variant should have to think of (hostile characters, work, length) is done once, in
`tokenize`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import regex  # type: ignore[import-untyped, unused-ignore]

from attnlab.text.cleaning import EXTENDERS, cleaned

Tokenizer = Callable[[str], list[str]]

PAD = "<pad>"
"""Fills short sentences in a batch. No tokenizer emits it: a typed "<pad>" becomes "<", "pad", ">"."""

MAX_CHARACTERS = 4000
MAX_TOKENS = 128
MAX_TOKEN_LENGTH = 64

# A cluster is what a reader calls one character. Beyond UAX #29 it keeps the marks that Unicode leaves alone,
# such as the Myanmar vowel sign AA: by itself it would be drawn on a dotted circle. A sign that is written
# before its digits (Arabic U+0600) must not take a space along instead.
_CLUSTER = r"(?:\p{Grapheme_Cluster_Break=Prepend}++(?=\s)|\X(?:(?=\p{M})\X)*+)"

# `\s` comes first since `\X` would hang a stray accent, or a skin tone, on the space before it.
_CHARACTER = regex.compile(rf"\s|{_CLUSTER}", regex.V1)

# By script extensions, since the lengthening mark of kana belongs to no single script.
_SPACELESS = r"[[\p{L}\p{Nl}]&&[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]"
_WORD = regex.compile(
    rf"""
    (?(DEFINE)
        (?P<inner>                                      # a cluster that words are made of,
            (?! \p{{Emoji}} [\uFE0F\u20E3] )            # but not a keycap emoji, which begins with a digit
            (?= [[\p{{L}}\p{{N}}\p{{Grapheme_Cluster_Break=Prepend}}]--{_SPACELESS}] )
            {_CLUSTER}
        )
        (?P<link>                                       # punctuation that does not end a word:
            ['\u2019\uFF07\u05F4] (?= \p{{L}} )         # the apostrophe of don't, the gershayim of Hebrew,
            | (?<= [lL] ) \u00B7 (?= [lL] )             # the dot of Catalan (but q \u00B7 k is a product),
            | (?<= \p{{Nd}} ) [.,'\u2019\u066B\u066C] (?= \p{{Nd}} )    # and that of 3.14, 1,000, 1'000
        )
    )
    (?&inner)++ (?: (?&link) (?&inner)++ )*+
    | (?! \s ) {_CLUSTER}
    """,
    regex.V1 | regex.VERBOSE,
)


def words(text: str) -> list[str]:
    """Words, numbers, and every other visible cluster by itself; white space only separates.

    - An apostrophe inside a word stays ("don't" is one token): its parts are no words. A hyphen splits
      ("well-known" is three tokens): its parts are words, which a same-word head should find again elsewhere.
    - Digits keep the separators between them: "3.14", "1,000". A sign, unit or colon is a token of its own.
    - Every punctuation mark and emoji (a family, a flag, a hand with its skin tone) is one token; so "[MASK]"
      and "<pad>" are three, ordinary text, and no input can pass for a special token.
    - Han, kana, Thai, Lao, Khmer and Myanmar, written without spaces, go one cluster a token: only a
      dictionary knows their words, and it would be another dependency. Hangul has spaces and is split there.
    - Tokens come in logical order: the first token of an Arabic sentence is its rightmost word on screen.
    """
    tokens: list[str] = [match[0] for match in _WORD.finditer(text)]
    return tokens


def characters(text: str) -> list[str]:
    """What a reader calls characters: grapheme clusters, so that an accent or a family emoji stays whole.

    A space is the token " ", which the UI draws as an open box: without it the ends of words would be lost,
    and finding them is what a model of characters has to learn.
    """
    tokens: list[str] = _CHARACTER.findall(text)
    return tokens


TOKENIZERS: Mapping[str, Tokenizer] = MappingProxyType(
    {
        "words": words,
        "characters": characters,
    }
)


@dataclass(frozen=True, slots=True)
class Tokenized:
    """The tokens of a sentence, and what its reader should be told is missing."""

    tokens: tuple[str, ...]
    total: int
    """Tokens in the part that was read; `tokens` are the first of them."""
    dropped: int
    """Invisible characters removed: control, bidi, zero-width, surrogates, piled-up marks."""
    unread: int
    """Characters beyond `MAX_CHARACTERS`, never looked at."""

    @property
    def left_out(self) -> int:
        """Tokens that were read but lie beyond the limit."""
        return self.total - len(self.tokens)


def tokenize(sentence: str, tokenizer: str, *, limit: int = MAX_TOKENS) -> Tokenized:
    """The first `limit` tokens of a sentence, whatever was typed or pasted.

    Only `MAX_CHARACTERS` are read, cut before any pattern runs. A sentence without a visible character has no
    tokens; whoever needs one refuses it. No token is empty, is `PAD`, or has more than `MAX_TOKEN_LENGTH`
    code points.

    Raises:
        TypeError: sentence is not a str.
        ValueError: tokenizer is not in `TOKENIZERS`, or limit is below 1.
    """
    if not isinstance(sentence, str):
        raise TypeError(f"sentence must be a str, got {type(sentence).__name__}")
    if tokenizer not in TOKENIZERS:
        names = ", ".join(map(repr, TOKENIZERS))
        # The name may come from a URL: `reprlib` keeps a message about 1 MB short and its characters escaped.
        raise ValueError(f"tokenizer ({reprlib.repr(tokenizer)}) must be one of {names}")
    if limit < 1:
        raise ValueError(f"limit ({limit}) must be at least 1")
    text, dropped = cleaned(sentence[:MAX_CHARACTERS])
    tokens = [piece for token in TOKENIZERS[tokenizer](text) for piece in _pieces(token)]
    unread = max(0, len(sentence) - MAX_CHARACTERS)
    return Tokenized(tuple(tokens[:limit]), total=len(tokens), dropped=dropped, unread=unread)


# A piece never begins with a mark, and punctuation where the cut falls is a piece by itself. So the pieces of
# a word are the same tokens when they are tokenized again.
_PIECE = regex.compile(rf"(?s)\p{{P}}{EXTENDERS}*|.{{1,{MAX_TOKEN_LENGTH}}}(?<!\p{{P}})(?!{EXTENDERS})", regex.V1)


def _pieces(token: str) -> list[str]:
    """The token, cut if it is too long for a label. Cut rather than shortened: nothing typed is lost."""
    if len(token) <= MAX_TOKEN_LENGTH:
        return [token]
    pieces: list[str] = _PIECE.findall(token)
    return pieces
