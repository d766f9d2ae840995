"""Text in, tokens out. Standard library, `regex` and, where somebody asks for Chinese words, `rjieba`."""

from attnlab.text.cleaning import cleaned
from attnlab.text.contractions import spelled_out, with_apostrophes
from attnlab.text.spreadsheets import for_spreadsheets, formula_safe
from attnlab.text.tokenizers import (
    MAX_CHARACTERS,
    MAX_TOKEN_LENGTH,
    MAX_TOKENS,
    PAD,
    TOKENIZERS,
    UNKNOWN,
    UNKNOWN_SIGN,
    Tokenized,
    Tokenizer,
    characters,
    tokenize,
    words,
    words_of_many,
    words_zh,
)

__all__ = [
    "MAX_CHARACTERS",
    "MAX_TOKENS",
    "MAX_TOKEN_LENGTH",
    "PAD",
    "TOKENIZERS",
    "UNKNOWN",
    "UNKNOWN_SIGN",
    "Tokenized",
    "Tokenizer",
    "characters",
    "cleaned",
    "for_spreadsheets",
    "formula_safe",
    "spelled_out",
    "tokenize",
    "with_apostrophes",
    "words",
    "words_of_many",
    "words_zh",
]
