"""Many texts as a model reads them: each cut where it is too long, all of them in one row of numbers.

Padded, fifty thousand texts of which a few are long would take a hundred times their room.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import torch
from torch import Tensor

from attnlab.tasks.tables.limits import MAX_CELL
from attnlab.text import cleaned, words_of_many

CutName = Literal["first", "last", "both"]
"""Which words of a text are read that has too many."""


@dataclass(frozen=True, eq=False)
class ReadTexts:
    """N texts."""

    words: tuple[str, ...]  # different ones, in the order in which they come
    ids: Tensor  # int32, the place of each word of each text in `words`
    starts: Tensor  # (N,) where each text begins in `ids`
    counts: Tensor  # (N,) words of it
    digests: Tensor  # (N,) int64: equal for texts that are read alike
    num_cut: int  # texts of which something is not read

    def padded(self, rows: Tensor, numbering: Tensor, length: int, padding: int) -> Tensor:
        """(B, length) int64: the words of some texts.

        Args:
            rows: (B,) which of them.
            numbering: (len(words),) the id of each word.
            length: no shorter than any of them.
            padding: the id behind them.
        """
        places = torch.arange(length)
        inside = places < self.counts[rows, None]
        flat = (self.starts[rows, None] + places).clamp(max=max(0, len(self.ids) - 1))
        return numbering[self.ids[flat].long()].masked_fill(~inside, padding)

    def words_of(self, row: int) -> tuple[str, ...]:
        """The words of one text, as far as they are read."""
        start, count = int(self.starts[row]), int(self.counts[row])
        return tuple(self.words[number] for number in self.ids[start : start + count].tolist())

    def word_counts(self, rows: Tensor) -> Counter[int]:
        """How often each word, by its place in `words`, stands in some texts; in the order in which they come there."""
        chosen = torch.zeros(len(self.counts), dtype=torch.bool).index_fill(0, rows, value=True)
        return Counter(self.ids[chosen.repeat_interleave(self.counts)].tolist())


def read_texts(texts: Iterable[str], max_tokens: int, cut: CutName) -> ReadTexts:
    """Cleaned texts as far as a model reads them."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__  # a new word has the next number
    ids, counts, digests = array("i"), array("q"), array("q")
    num_cut = 0
    for tokens in words_of_many(texts):
        kept = kept_words(tokens, max_tokens, cut)
        num_cut += len(kept) < len(tokens)
        ids.extend(map(numbers.__getitem__, kept))
        counts.append(len(kept))
        digests.append(digest_of(kept))
    lengths = torch.tensor(counts, dtype=torch.int64)
    return ReadTexts(
        words=tuple(numbers),
        ids=torch.tensor(ids, dtype=torch.int32),
        starts=lengths.cumsum(0) - lengths,
        counts=lengths,
        digests=torch.tensor(digests, dtype=torch.int64),
        num_cut=num_cut,
    )


def seen_tokens(text: str, max_tokens: int, cut: CutName = "first") -> tuple[str, ...]:
    """The tokens that a model sees of one text, whatever was typed or pasted, without regard to case."""
    (tokens,) = words_of_many([cleaned(text[:MAX_CELL])[0]])
    return tuple(kept_words(tokens, max_tokens, cut))


def kept_words(tokens: Sequence[str], most: int, cut: CutName) -> Sequence[str]:
    """What is read of a text: its first words, its last, or as many of both ends."""
    if len(tokens) <= most:
        return tokens
    if cut == "first":
        return tokens[:most]
    behind = most if cut == "last" else most // 2
    return [*tokens[: most - behind], *tokens[len(tokens) - behind :]]


def digest_of(words: Iterable[str]) -> int:
    """Seven bytes that tell texts apart by their words."""
    return int.from_bytes(blake2b("\0".join(words).encode(), digest_size=7).digest(), "big")
