"""From what somebody types to the ids that a model knows, with every word named that it does not know."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from attnlab.text import MAX_CHARACTERS, PAD, Tokenized, characters, cleaned, words


@dataclass(frozen=True)
class Encoded:
    """A sentence as a model reads it."""

    text: Tokenized  # `total` counts the tokens that the model knows
    ids: tuple[int, ...]
    unknown: tuple[str, ...]  # left out; each once, in their order


@dataclass(frozen=True)
class Vocabulary:
    """The symbols of a model, by id.

    How a text is cut follows from the symbols. If a space is one of them, a token is a character. Otherwise white space
    separates: "<end>" or "k1" is a token if it is a symbol, and what is none is cut further, into characters where
    every symbol is a single one ("ABAB"), else into words. A word that is known in small letters alone is read so, as
    the tasks on text read it. Padding cannot be typed. Nothing stands for a token that is not known: it is left out.
    """

    symbols: tuple[str, ...]

    def encode(self, sentence: str, limit: int) -> Encoded:
        """The first `limit` known tokens of a sentence, whatever was typed or pasted."""
        text, dropped = cleaned(sentence[:MAX_CHARACTERS])
        pieces = list(self._pieces(text))
        read = [known for piece in pieces if (known := self._symbol(piece)) is not None]
        unknown = dict.fromkeys(piece for piece in pieces if self._symbol(piece) is None)
        tokens = tuple(read[:limit])
        tokenized = Tokenized(tokens, len(read), dropped, max(0, len(sentence) - MAX_CHARACTERS))
        return Encoded(tokenized, tuple(self._ids[token] for token in tokens), tuple(unknown))

    def joined(self, tokens: tuple[str, ...]) -> str:
        """A sentence that `encode` reads as these tokens, padding left out."""
        return ("" if " " in self._ids else " ").join(token for token in tokens if token != PAD)

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        return {symbol: number for number, symbol in enumerate(self.symbols) if symbol != PAD}

    @functools.cached_property
    def _single(self) -> bool:
        """Whether every symbol is one character, markers such as <end> aside."""
        return all(len(characters(symbol)) == 1 for symbol in self._ids if not symbol.startswith("<"))

    def _pieces(self, text: str) -> Iterator[str]:
        if " " in self._ids:
            yield from characters(text)
            return
        for chunk in text.split():
            if self._symbol(chunk) is not None:
                yield chunk
            else:
                yield from characters(chunk) if self._single else words(chunk)

    def _symbol(self, piece: str) -> str | None:
        if piece in self._ids:
            return piece
        small = piece.casefold()
        return small if small in self._ids and not self._single else None
