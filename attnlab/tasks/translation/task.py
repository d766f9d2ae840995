"""Translation: read an English sentence, write it in French, word by word."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from attnlab.engine.seeds import generator as seeded_generator
from attnlab.tasks.base import FINAL_EXAMPLES, Batch, Split, TaskInfo
from attnlab.tasks.checks import check_whole, only_length
from attnlab.tasks.split import check_split, distinct, pick
from attnlab.tasks.translation.alignment import Pair
from attnlab.tasks.translation.corpus import (
    END_ID,
    PAD_ID,
    START_ID,
    UNKNOWN_ID,
    Corpus,
    grammar_corpus,
    user_corpus,
)
from attnlab.tasks.translation.floors import blind_floors
from attnlab.tasks.translation.parallel_text import ParallelText
from attnlab.tasks.translation.text import readable, split_words
from attnlab.text import UNKNOWN_SIGN, tokenize, with_apostrophes

ENDS = (".", "?", "!", "…")
"""Of a sentence."""


@dataclass(frozen=True)
class EncodedText:
    """A typed sentence as a model reads it, and what its reader should be told."""

    ids: tuple[int, ...]  # at most S (of a target T - 1), not padded
    tokens: tuple[str, ...]  # as many
    unknown: tuple[str, ...]  # different words that the vocabulary lacks; read as <unk>, not guessed
    cut: int  # words beyond that, not read
    closed: bool  # whether a full stop was added


@dataclass(frozen=True)
class Translation:
    """Write the French of an English sentence, each word due after those before it, then <end>.

    The pairs come from our own grammar (`translation_grammar`), which knows for every French word which English words
    it comes from. Held out are combinations: no test sentence shares who does what to what and where with a training
    sentence (`translation_samples`), so learning sentences by heart does not help. With `pairs` they are the user's
    own, and the sizes do not matter.

    A row of inputs is the source, padded to S = `info.source_len`, then <start> and the target so far, padded to T.

    Floors (`blind_floors`): tables of French words that never see the English, on the sentences of a final score.

    Raises:
        SizeError: a size out of bounds, or more pairs than there are sentences so short.
        TableError: the user's pairs have fewer than two different sources.

    Source: ours; the task as in Sutskever, Vinyals, Le 2014, https://arxiv.org/abs/1409.3215
    """

    num_pairs: int = 40_000
    max_source: int = 24
    pairs: ParallelText | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_whole("num_pairs", self.num_pairs, 5_000, 60_000)
        check_whole("max_source", self.max_source, 8, 32)
        _ = self._own  # which refuses what cannot be split

    @property
    def corpus(self) -> Corpus:
        """All pairs of both sides; the grammar's are one corpus for the process."""
        return self._own or grammar_corpus(self.num_pairs, self.max_source)

    @cached_property
    def _own(self) -> Corpus | None:
        return None if self.pairs is None else user_corpus(self.pairs)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabularies, floors."""
        corpus = self.corpus
        S, T = corpus.sources.shape[1], corpus.targets.shape[1]
        targets, V = corpus.targets.long(), len(corpus.target_symbols)
        scored = self.test_rows(FINAL_EXAMPLES["translation"])
        return TaskInfo(
            name="translation",
            symbols=corpus.target_symbols,
            num_features=None,
            num_outputs=V,
            regression=False,
            causal=True,
            seq_len=S + T,
            span=S + T,
            metric="exact",
            floors=blind_floors(targets[corpus.sides["train"]], targets[scored], V),
            sizes={"num_pairs": self.num_pairs, "max_source": self.max_source},
            kind="translation",
            source_symbols=corpus.source_symbols,
            source_len=S,
            num_test=len(corpus.sides["test"]),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, S + T), targets and scored (B, T); in training, pairs with replacement."""
        only_length(seq_len, self.info.seq_len)
        return self.batch_of(self.rows(batch_size, generator, split))

    def rows(self, count: int, generator: torch.Generator, split: Split = "train") -> Tensor:
        """(count,) the pairs, or of the test all that there are, that `sample` would draw, by their rows in the corpus.

        A batch for training has sources of similar length, as in Vaswani et al. 2017, section 5.1: models leave the
        padding that all of them share uncomputed, which halves the time of a step. Over batches every pair is as
        likely as any other.
        """
        if check_split(split) == "test":
            return distinct(self.corpus.sides["test"], count, generator)
        parts = self.corpus.by_length
        weights = torch.tensor([float(len(part)) for part in parts])
        chosen = int(torch.multinomial(weights, 1, generator=generator))
        return pick(parts[chosen], count, generator)

    def batch_of(self, rows: Tensor) -> Batch:
        """What a model reads of these pairs, and what is due."""
        targets = self.corpus.targets[rows].long()
        start = torch.full_like(targets[:, :1], START_ID)
        before = targets[:, :-1].masked_fill(targets[:, :-1] == END_ID, PAD_ID)  # nothing is due after <end>
        return Batch(torch.cat([self.corpus.sources[rows], start, before], dim=1), targets, targets != PAD_ID, rows)

    def written(self, row: int) -> tuple[str, ...]:
        """The words of a source, as far as they are read, whether or not the vocabulary has them."""
        return self.corpus.pair(row).source

    def pairs_of(self, rows: Tensor) -> tuple[Pair, ...]:
        """These pairs as words, with the gold links of the grammar's."""
        return tuple(self.corpus.pair(row) for row in rows.tolist())

    def test_rows(self, count: int, seed: int = 0) -> Tensor:
        """(count,) rows of the test, or all there are: those on which contenders are scored with this seed."""
        return self.rows(count, seeded_generator(seed, "held out", "translation"), "test")

    def test_pairs(self, count: int, seed: int = 0) -> tuple[Pair, ...]:
        """The pairs of `test_rows`."""
        return self.pairs_of(self.test_rows(count, seed))

    def encode(self, text: str) -> EncodedText:
        """What a model reads of a typed sentence, whatever was typed.

        Every sentence of the grammar ends with a full stop, so one is added where it is missing; to the user's own
        kind of sentence nothing is added.

        Raises:
            TypeError: text is not a str.
        """
        corpus = self.corpus
        return _encoded(text, corpus.source_symbols, corpus.sources.shape[1], english=self.pairs is None)

    def encode_target(self, text: str) -> EncodedText:
        """A typed translation, as far as it goes, in the words that a model writes: no start, no end, nothing added.

        Raises:
            TypeError: text is not a str.
        """
        corpus = self.corpus
        return _encoded(text, corpus.target_symbols, corpus.targets.shape[1] - 1, english=False)

    @cached_property
    def written_symbols(self) -> tuple[str, ...]:
        """What the ids of the target vocabulary are called where somebody reads them: of <unk> its sign."""
        symbols = self.corpus.target_symbols
        return (*symbols[:UNKNOWN_ID], UNKNOWN_SIGN, *symbols[UNKNOWN_ID + 1 :])

    def decoded(self, ids: Iterable[int]) -> str:
        """The sentence that ids of the target vocabulary spell, as far as their <end>."""
        words = []
        for number in ids:
            if number == END_ID:
                break
            if number not in (PAD_ID, START_ID):
                words.append(self.written_symbols[number])
        return readable(words)


def _encoded(text: str, symbols: tuple[str, ...], limit: int, *, english: bool) -> EncodedText:
    """Args: english, whether it is a sentence for the grammar, all of whose own end with a full stop."""
    tokenized = tokenize(with_apostrophes(text) if english else text, "words")
    words = split_words(tokenized.tokens, english=english)
    kept = words[:limit]
    closed = english and bool(kept) and kept[-1] not in ENDS
    if closed:
        kept = words[: limit - 1]
    tokens = (*kept, ".") if closed else kept
    known = {symbol: number for number, symbol in enumerate(symbols)}
    return EncodedText(
        ids=tuple(known.get(token, UNKNOWN_ID) for token in tokens),
        tokens=tokens,
        unknown=tuple(dict.fromkeys(token for token in tokens if token not in known)),
        cut=len(words) - len(kept) + tokenized.left_out,
        closed=closed,
    )
