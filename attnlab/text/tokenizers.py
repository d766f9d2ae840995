"""From the sentence a teacher types to the tokens that attend to each other.

A tokenizer is a pure function `str -> list[str]`. To add one, write the function and its line in
`TOKENIZERS`. What no variant should have to think of (hostile characters, work, length) is done once, in
`tokenize`.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import regex  # type: ignore[import-untyped, unused-ignore]

from attnlab.text.cleaning import EXTENDERS, cleaned
from attnlab.text.whole_words import MAYBE_WHOLE, whole_words

Tokenizer = Callable[[str], list[str]]

PAD = "<pad>"
"""Fills short sentences in a batch. No tokenizer emits it: a typed "<pad>" becomes "<", "pad", ">"."""

UNKNOWN = "<unk>"
"""What a model with a learner's vocabulary reads where a word is not in it. No tokenizer emits it, and nobody is shown
it: such a word stands as it was written."""
UNKNOWN_SIGN = "□"
"""Stands where a model says that some word is due that it does not know."""

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
_WORD = rf"""
    (?(DEFINE)
        (?P<inner>                                      # a cluster that words are made of,
            (?! \p{{Emoji}} [\uFE0F\u20E3] )            # but not a keycap emoji, which begins with a digit
            (?= [[\p{{L}}\p{{N}}\p{{Grapheme_Cluster_Break=Prepend}}]--{_SPACELESS}] )
            {_CLUSTER}
        )
        (?P<link>                                       # punctuation that does not end a word:
            ['\u2019\uFF07\u05F4] (?= \p{{L}} )         # the apostrophe of don't, the gershayim of Hebrew,
            | (?<= \p{{Latin}} ) \u00B4 (?= \p{{Latin}} )  # an accent typed for it,
            | (?<= [lL] ) \u00B7 (?= [lL] )             # the dot of Catalan (but q \u00B7 k is a product),
            | (?<= \p{{Nd}} ) [.,'\u2019\u066B\u066C] (?= \p{{Nd}} )    # and that of 3.14, 1,000, 1'000
        )
    )
    (?&inner)++ (?: (?&link) (?&inner)++ )*+
    | (?! \s ) {_CLUSTER}
"""
_PLAIN = regex.compile(_WORD, regex.V1 | regex.VERBOSE)
_WITH_WHOLE = regex.compile(f"{whole_words(MAX_TOKEN_LENGTH)} | {_WORD}", regex.V1 | regex.VERBOSE)


def words(text: str) -> list[str]:
    """Words, numbers, and every other visible cluster by itself; white space only separates.

    - An apostrophe inside a word stays ("don't" is one token): its parts are no words. A hyphen splits
      ("well-known" is three tokens): its parts are words, which a same-word head should find again elsewhere.
    - Digits keep the separators between them: "3.14", "1,000", and so does a date or a time: "2024-03-05", "3/5/24",
      "10:30". Any other sign, unit or colon is a token of its own.
    - An address ("https://x.org/a", "www.x.org", "me@x.org"), letters with full stops ("U.S.A.", "e.g.") and what
      English writes with an apostrophe in front ('cause, 'tis) are one token; "x.org" is three, as "a.b" is.
    - Every punctuation mark and emoji (a family, a flag, a hand with its skin tone) is one token; so "[MASK]"
      and "<pad>" are three, ordinary text, and no input can pass for a special token.
    - Han, kana, Thai, Lao, Khmer and Myanmar, written without spaces, go one cluster a token: only a
      dictionary knows their words (`words_zh` has one of Chinese). Hangul has spaces and is split there.
    - Tokens come in logical order: the first token of an Arabic sentence is its rightmost word on screen.
    """
    return [match[0] for match in _word_matches(text)]


def _word_matches(text: str) -> Iterator[Any]:
    pattern = _WITH_WHOLE if MAYBE_WHOLE.search(text) else _PLAIN  # which takes a third of the time
    matches: Iterator[Any] = pattern.finditer(text)
    return matches


def words_zh(text: str) -> list[str]:
    """As `words`, but signs of Han that stand side by side are cut into the words of a Chinese dictionary.

    A sign that is in no word of it, as in most names, is a token of its own: nothing is guessed (`hmm=False`; the
    hidden Markov model that finds new words joins what is none, such as "我用" before "Python").

    Source: jieba's dictionary and its most probable cut, https://github.com/fxsjy/jieba, as rjieba has them.
    """
    tokens: list[str] = []
    end = -1  # of the run of signs that ends the tokens so far; no place where it is broken off
    for match in _word_matches(text):
        is_sign = _SIGN.fullmatch(match[0]) is not None
        if is_sign and match.start() == end:
            tokens[-1] += match[0]
        else:
            tokens.append(match[0])
        end = match.end() if is_sign else -1
    return [word for token in tokens for word in (_dictionary_words(token) if len(token) > 1 else (token,))]


def _dictionary_words(token: str) -> list[str]:
    """The words of a run of signs; any other token as it is."""
    if _SIGN.fullmatch(token[0]) is None or _SIGN.fullmatch(token[1]) is None:
        return [token]
    import rjieba

    cut: list[str] = rjieba.cut(token, hmm=False)
    return cut


_SIGN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
"""Of Han, as a dictionary of Chinese has it."""
# Signs that are words by themselves whatever stands beside them: Han, and the punctuation written with it.
_SIGNS = regex.compile(
    "([\u3400-\u4dbf\u4e00-\u9fff\u3001\u3002\uff0c\uff01\uff1f\uff1a\uff1b\uff08\uff09\u300a\u300b]+)"
)


def words_of_many(texts: Iterable[str]) -> Iterator[list[str]]:
    """The words of many cleaned texts in small letters, each as `tokenize` reads it but whole, however long it is.

    A word that occurs again is looked up: five megabytes of prose take a second instead of half a minute.
    """
    known: dict[str, list[str]] = {}
    for text in texts:
        tokens: list[str] = []
        for part in text.split(" "):
            found = known.get(part)
            if found is None:
                found = [piece.casefold() for token in _words_of_part(part) for piece in _pieces(token)]
                if len(part) <= MAX_TOKEN_LENGTH:
                    known[part] = found
            tokens += found
        yield tokens


def _words_of_part(part: str) -> list[str]:
    """`words`, but a run of Han signs is not asked sign by sign where nothing beside it could belong to one."""
    others_and_signs: list[str] = _SIGNS.split(part)
    if not all(other.isascii() for other in others_and_signs[::2]):
        return words(part)
    return [
        token
        for at, piece in enumerate(others_and_signs)
        for token in (list(piece) if at % 2 else words(piece) if piece else ())
    ]


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
        "words_zh": words_zh,
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
