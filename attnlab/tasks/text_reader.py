"""From a text to the ids that a classifier reads, with every word named that it does not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from attnlab.tasks.csv_task import UNKNOWN, seen_tokens
from attnlab.text import PAD


@dataclass(frozen=True)
class ReadText:
    """A text as a classifier reads it, T words."""

    tokens: tuple[str, ...]  # in small letters; a word that is read as <unk> stands as it was written
    ids: tuple[int, ...]
    unknown: tuple[str, ...]  # each once, in their order: read as <unk>, or left out where there is no such symbol


@dataclass(frozen=True)
class TextReader:
    """A vocabulary and how far a text is read; padding, the first symbol, cannot be typed."""

    symbols: tuple[str, ...]
    max_tokens: int

    def read(self, text: str) -> ReadText:
        """The words of a text, whatever was typed or pasted; none if it has no word that can be read."""
        words = seen_tokens(text, self.max_tokens)
        unknown = tuple(dict.fromkeys(word for word in words if word not in self._ids))
        fallback = self._ids.get(UNKNOWN)
        known = [(word, self._ids.get(word, fallback)) for word in words]
        read = [(word, number) for word, number in known if number is not None]
        return ReadText(tuple(word for word, _ in read), tuple(number for _, number in read), unknown)

    @property
    def words(self) -> tuple[str, ...]:
        """The symbols that can be typed."""
        return tuple(symbol for symbol in self.symbols if symbol not in (PAD, UNKNOWN))

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {symbol: number for number, symbol in enumerate(self.symbols) if symbol != PAD}
