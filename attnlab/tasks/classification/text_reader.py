"""From a text to the ids that a classifier reads, with every word named that it does not know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from attnlab.tasks.classification.read_texts import CutName, kept_words, seen_tokens
from attnlab.tasks.tables.limits import MAX_CELL
from attnlab.text import PAD, UNKNOWN, spelled_out, with_apostrophes


@dataclass(frozen=True)
class ReadText:
    """A text as a classifier reads it, T words."""

    tokens: tuple[str, ...]  # in small letters; a word that is read as <unk> stands as it was written
    ids: tuple[int, ...]
    unknown: tuple[str, ...]  # each once, in their order: read as <unk>, or left out where there is no such symbol
    written: tuple[str, ...]  # all words in their places, those too that are left out
    left_out: frozenset[int]  # the places of these in `written`

    @property
    def unread(self) -> float:
        """The share of the words that nobody has been taught, left out or read as <unk>."""
        return sum(word in self.unknown for word in self.written) / max(1, len(self.written))

    def in_full(self, known: int) -> tuple[int, ...]:
        """`ids` in which the words of `unknown` have ids of their own, behind the `known` ones of the vocabulary.

        For whoever can spell words that nobody taught.
        """
        own = {word: number for number, word in enumerate(self.unknown, known)}
        return tuple(own.get(word, number) for word, number in zip(self.tokens, self.ids, strict=True))

    def place_read(self, place: int) -> int | None:
        """Where in `tokens` a word of `written` stands; None for one that is left out, or is not there."""
        if place in self.left_out or place >= len(self.written):
            return None
        return place - sum(other < place for other in self.left_out)


@dataclass(frozen=True)
class TextReader:
    """A vocabulary and how far a text is read; padding, the first symbol, cannot be typed."""

    symbols: tuple[str, ...]
    max_tokens: int
    cut: CutName = "first"

    def read(self, text: str) -> ReadText:
        """The words of a text, whatever was typed or pasted; none if it has no word that can be read."""
        words = self._words(text)
        unknown = tuple(dict.fromkeys(word for word in words if word not in self._ids))
        fallback = self._ids.get(UNKNOWN)
        known = [(word, self._ids.get(word, fallback)) for word in words]
        read = [(word, number) for word, number in known if number is not None]
        return ReadText(
            tokens=tuple(word for word, _ in read),
            ids=tuple(number for _, number in read),
            unknown=unknown,
            written=tuple(words),
            left_out=frozenset(place for place, (_, number) in enumerate(known) if number is None),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The symbols that can be typed."""
        return tuple(symbol for symbol in self.symbols if symbol not in (PAD, UNKNOWN))

    def _words(self, text: str) -> Sequence[str]:
        """What is read; of a vocabulary without <unk>, which nobody's texts have made, contractions are spelled out."""
        if UNKNOWN in self._ids:
            return seen_tokens(text, self.max_tokens, self.cut)
        tokens = seen_tokens(with_apostrophes(text), MAX_CELL)
        parts = [part for token in tokens for part in ((token,) if token in self._ids else spelled_out(token))]
        return kept_words(parts, self.max_tokens, self.cut)

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {symbol: number for number, symbol in enumerate(self.symbols) if symbol != PAD}
