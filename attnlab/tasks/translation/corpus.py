"""Sentence pairs as the numbers a model reads, split into training and test: the grammar's, or the user's own."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

import torch
from torch import Tensor

from attnlab.tasks.base import Split
from attnlab.tasks.checks import SizeError
from attnlab.tasks.classification.read_texts import digest_of
from attnlab.tasks.split import hash_rows, is_test_both_sides
from attnlab.tasks.tables import TableError
from attnlab.tasks.translation.alignment import Pair
from attnlab.tasks.translation.grammar import Clause, NounPhrase, Sentence, num_words, pair_of, written
from attnlab.tasks.translation.parallel_text import ParallelText
from attnlab.tasks.translation.samples import drawn_sentence, is_held_out
from attnlab.tasks.translation.text import split_words
from attnlab.text import PAD, UNKNOWN, words_of_many

START, END = "<start>", "<end>"
SPECIAL = (PAD, START, END, UNKNOWN)
PAD_ID, START_ID, END_ID, UNKNOWN_ID = range(4)

MAX_TOKENS = 32  # of each side of the user's pairs; what lies beyond is not read
MAX_VOCABULARY = 5000  # of each side of the user's pairs
FIRST_TEST = Sentence(Clause(NounPhrase("the", "cat"), "sit", "past", places=(("on", NounPhrase("the", "mat")),)))
"""The cat sat on the mat: always among the test sentences."""

LENGTHS = 8
"""Parts of the training rows, from short to long, of which each batch is one."""

_SEED = 5
_MOST_DRAWS = 20  # sentences drawn for each one wanted, before the sizes are refused

Words = tuple[str, ...]
Told = Sentence | tuple[Words, Words]
"""A sentence of the grammar, which knows its links; or the words of a source and its target."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """N pairs. Rows are padded with 0; a target ends with <end>."""

    source_symbols: tuple[str, ...]
    target_symbols: tuple[str, ...]
    sources: Tensor  # (N, S) int16
    targets: Tensor  # (N, T) int16
    is_test: Tensor  # (N,) bool
    told: tuple[Told, ...]  # what each row says

    @cached_property
    def sides(self) -> Mapping[Split, Tensor]:
        """The rows of each side, less the training rows whose source the model cannot tell from a test row's."""
        seen = hash_rows(self.sources)
        train = ~self.is_test & ~torch.isin(seen, seen[self.is_test])
        return {"train": train.nonzero().flatten(), "test": self.is_test.nonzero().flatten()}

    def pair(self, row: int) -> Pair:
        """One row as words, with its gold links if it is a sentence of the grammar."""
        said = self.told[row]
        return pair_of(said) if isinstance(said, Sentence) else Pair(*said)

    @cached_property
    def by_length(self) -> tuple[Tensor, ...]:
        """The training rows in parts of similar length."""
        rows = self.sides["train"]
        return rows[self.lengths[rows].argsort(stable=True)].chunk(LENGTHS)

    @cached_property
    def lengths(self) -> Tensor:
        """(N,) words of each source."""
        return (self.sources != PAD_ID).sum(1)


@lru_cache(maxsize=4)
def grammar_corpus(num_pairs: int, max_source: int) -> Corpus:
    """Different sentences of our grammar: `num_pairs` for training and a tenth as many (100 at least) for the test.

    Raises:
        SizeError: the grammar has not so many sentences of at most `max_source` words.
    """
    rng = random.Random(_SEED)  # noqa: S311 - examples, not secrets
    wanted = {False: num_pairs, True: max(100, num_pairs // 10)}
    sides: dict[bool, dict[Sentence, None]] = {False: {}, True: {FIRST_TEST: None}}  # keys in order, each once
    for _ in range(_MOST_DRAWS * num_pairs):
        sentence = drawn_sentence(rng)
        side = is_held_out(sentence)
        if len(sides[side]) < wanted[side] and num_words(sentence) <= max_source:
            sides[side][sentence] = None
        elif all(len(sides[side]) == wanted[side] for side in wanted):
            break
    else:
        most = len(sides[False])
        message = f"num_pairs ({num_pairs}) must be at most {most} for max_source {max_source}"
        raise SizeError("num_pairs", "most", message, got=num_pairs, most=most)
    told = (*sides[False], *sides[True])
    is_test = torch.arange(len(told)) >= num_pairs
    return _corpus([_words(sentence) for sentence in told], is_test, max_source, told)


def user_corpus(pairs: ParallelText) -> Corpus:
    """The user's pairs: words without regard to case, no gold links.

    The split hashes the source as far as it is read, so equal sources are on one side whatever their translations.

    Raises:
        TableError: fewer than two different sources, so that one side would have none.
    """
    rows = list(zip(_seen(pairs.sources), _seen(pairs.targets), strict=True))
    digests = [digest_of(source) for source, _ in rows]
    hashes = torch.tensor(digests, dtype=torch.long)
    if (count := len(set(digests))) < 2:
        message = f"text_column ({count} different sentences) must have at least 2"
        raise TableError("text_column", "sentences", message, got=count, least=2)
    longest = max(len(source) for source, _ in rows)
    return _corpus(rows, is_test_both_sides(hashes), longest, tuple(rows))


def _corpus(rows: Sequence[tuple[Words, Words]], is_test: Tensor, S: int, told: tuple[Told, ...]) -> Corpus:
    """Padded ids, in the vocabularies of the training rows."""
    train = [row for row, test in zip(rows, is_test.tolist(), strict=True) if not test]
    source_symbols, target_symbols = (_vocabulary(row[side] for row in train) for side in (0, 1))
    T = 1 + max(len(target) for _, target in rows)
    sources = _padded((source for source, _ in rows), source_symbols, S)
    targets = _padded(((*target, END) for _, target in rows), target_symbols, T)
    return Corpus(source_symbols, target_symbols, sources, targets, is_test, told)


def _vocabulary(texts: Iterable[Words]) -> tuple[str, ...]:
    counts = Counter(chain.from_iterable(texts))
    return (*SPECIAL, *sorted(word for word, _ in counts.most_common(MAX_VOCABULARY - len(SPECIAL))))


def _padded(texts: Iterable[Words], symbols: tuple[str, ...], length: int) -> Tensor:
    """(N, length) int16 ids: a twentieth of a second for 40,000 rows, and 5 MB."""
    known = {symbol: number for number, symbol in enumerate(symbols)}
    ids = [[known.get(word, UNKNOWN_ID) for word in words] + [PAD_ID] * (length - len(words)) for words in texts]
    return torch.tensor(ids, dtype=torch.int16)


def _words(sentence: Sentence) -> tuple[Words, Words]:
    english, french = written(sentence)
    return tuple(english), tuple(word.text for word in french)


def _seen(texts: Iterable[str]) -> Iterator[Words]:
    return (split_words(tokens[:MAX_TOKENS])[:MAX_TOKENS] for tokens in words_of_many(texts))
