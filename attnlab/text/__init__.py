"""Text in, tokens out. Standard library and `regex` only."""

from attnlab.text.cleaning import cleaned
from attnlab.text.tokenizers import (
    MAX_CHARACTERS,
    MAX_TOKEN_LENGTH,
    MAX_TOKENS,
    PAD,
    TOKENIZERS,
    Tokenized,
    Tokenizer,
    characters,
    tokenize,
    words,
)

__all__ = [
    "MAX_CHARACTERS",
    "MAX_TOKENS",
    "MAX_TOKEN_LENGTH",
    "PAD",
    "TOKENIZERS",
    "Tokenized",
    "Tokenizer",
    "characters",
    "cleaned",
    "tokenize",
    "words",
]
