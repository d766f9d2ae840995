"""One verdict a text: the tasks on sentences and on the user's table, for models that read a whole text first.

Each is its sequence task, asked otherwise: the examples, their split and their floors are the same; <end>, at which a
causal model answers, is gone, and the one target stands for the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from attnlab.engine.seeds import generator as seeded
from attnlab.tasks.base import Batch, Split, Task, TaskInfo
from attnlab.tasks.checks import MAX_BATCH_SIZE, check_whole, only_length
from attnlab.tasks.classification.csv_table import Table
from attnlab.tasks.classification.csv_task import CsvClassification, example_table
from attnlab.tasks.classification.read_texts import CutName
from attnlab.tasks.classification.sentiment import Sentiment
from attnlab.tasks.classification.sentiment_grammar import readable
from attnlab.tasks.classification.text_reader import TextReader
from attnlab.tasks.split import check_split, hash_rows
from attnlab.text import UNKNOWN

EXAMPLES = 1024
"""Of a task that makes its own, where all examples of one side are asked for."""
UNKNOWN_SHARE = 0.05
"""Words of a training text that are read as <unk>, so that a model has seen it before a new word comes along."""


class Classification(Task, Protocol):
    """What a page wants of a classification task beyond a task."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        ...

    @property
    def reader(self) -> TextReader:
        """How a text becomes ids."""
        ...

    def examples(self, split: Split) -> Batch:
        """All of one side, or `EXAMPLES` where there is no end of them; the same at each call."""
        ...

    def subsets(self, batch: Batch) -> Mapping[str, Tensor]:
        """(B,) bool for each kind of text, so that a page can score them apart; empty where there is one kind."""
        ...

    def num_texts(self, split: Split) -> int:
        """How many `examples` there are."""
        ...

    def as_written(self, split: Split, number: int) -> str:
        """One of the `examples` as it was written, words included that are read as <unk>."""
        ...

    def word_counts(self) -> tuple[int, ...]:
        """How often each symbol stands in the training texts; padding never."""
        ...

    def __hash__(self) -> int:
        """What was computed for a task can be kept."""
        ...


@dataclass(frozen=True)
class ClassifySentiment:
    """`Sentiment` with up to so many adjectives: is the sentence for or against, when a far-off "not" may flip it?

    Each number of adjectives is equally likely, so that texts differ in length and no place of a word gives it away: a
    Transformer that has seen one number alone learns where words stand and is at a loss in shorter sentences.

    Raises:
        SizeError: a size out of bounds.
    """

    num_adjectives: int = 2

    def __post_init__(self) -> None:
        _ = self._longest  # checks the size

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return self._longest.labels

    @property
    def reader(self) -> TextReader:
        """How a text becomes ids; the grammar has no unknown words, so such words are left out."""
        return TextReader(self.info.symbols or (), self.info.seq_len)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        info = _verdict_info(self._longest.info, "classify_sentiment")
        return replace(info, sizes={"num_adjectives": self.num_adjectives})

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) words with padding behind them, targets (B, 1), all of them scored."""
        only_length(seq_len, self.info.seq_len)
        check_whole("batch_size", batch_size, 1, MAX_BATCH_SIZE)
        numbers = torch.randint(self.num_adjectives + 1, (batch_size,), generator=generator)
        inputs = torch.zeros(batch_size, self.info.seq_len, dtype=torch.int64)
        targets = torch.zeros(batch_size, 1, dtype=torch.int64)
        for number in sorted(set(numbers.tolist())):
            rows = (numbers == number).nonzero().flatten()
            some = _verdicts(Sentiment(number).sample(len(rows), generator, split))
            inputs[rows, : some.inputs.shape[1]] = some.inputs
            targets[rows] = some.targets
        return Batch(inputs, targets, torch.ones_like(targets, dtype=torch.bool))

    def examples(self, split: Split) -> Batch:
        """As `Classification.examples`."""
        return self.sample(EXAMPLES, seeded(0, "classification", split), split)

    def subsets(self, batch: Batch) -> Mapping[str, Tensor]:
        """As `Sentiment.subsets`: "plain" and "negated", and of these "flipped" and "unflipped"."""
        inputs = batch.inputs + (batch.inputs > 0)  # the ids of `Sentiment` again
        return self._longest.subsets(replace(batch, inputs=inputs))

    def num_texts(self, split: Split) -> int:
        """As `Classification.num_texts`."""
        check_split(split)
        return EXAMPLES

    def as_written(self, split: Split, number: int) -> str:
        """As `Classification.as_written`."""
        return readable(self.reader.symbols[word] for word in self.examples(split).inputs[number].tolist() if word)

    def word_counts(self) -> tuple[int, ...]:
        """As `Classification.word_counts`."""
        inputs = self.examples("train").inputs
        return tuple(torch.bincount(inputs[inputs > 0], minlength=len(self.reader.symbols)).tolist())

    @cached_property
    def _longest(self) -> Sentiment:
        return Sentiment(self.num_adjectives)


@dataclass(frozen=True)
class ClassifyCsv:
    """`CsvClassification`: the user's own texts and labels.

    While training, a word in twenty is read as <unk>: without it <unk> would be a vector that no gradient ever touched.

    Raises:
        SizeError: a size out of bounds; so small a vocabulary that no training text differs from the test texts.
        TableError: fewer than two classes have two different texts, one for training and one for the test.

    Source: of <unk> in training Kiperwasser & Goldberg 2016, section 4, https://arxiv.org/abs/1603.04351, here with one
        rate for all words.
    """

    table: Table = field(default_factory=example_table, repr=False)
    max_tokens: int = 64
    max_vocabulary: int = 5000
    cut: CutName = "first"

    def __post_init__(self) -> None:
        _ = self._rows  # checks sizes and table

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return self._rows.labels

    @property
    def balance(self) -> Mapping[str, Mapping[Split, int]]:
        """Rows of each class in training and test."""
        return self._rows.balance

    @property
    def reader(self) -> TextReader:
        """How a text becomes ids; a word that no training row has is <unk>."""
        return TextReader(self.info.symbols or (), self.info.seq_len, self.cut)

    @property
    def lonely(self) -> tuple[str, ...]:
        """The labels that have a single text, and are left out."""
        return self._rows.lonely

    @property
    def num_cut(self) -> int:
        """Texts of the table of which something is not read."""
        return self._rows.num_cut

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        return _verdict_info(self._rows.info, "classify_csv")

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) words with padding behind them, targets (B, 1), all of them scored; rows with replacement."""
        only_length(seq_len, self.info.seq_len)
        batch = _verdicts(self._rows.sample(batch_size, generator, split))
        if split == "test":
            return batch
        hidden = (torch.rand(batch.inputs.shape, generator=generator) < UNKNOWN_SHARE) & (batch.inputs > 0)
        masked = batch.inputs.masked_fill(hidden, self.reader.symbols.index(UNKNOWN))
        spoilt = torch.isin(hash_rows(masked), self._test_hashes)  # a test text with a word that training lacks
        return replace(batch, inputs=masked.where(~spoilt[:, None], batch.inputs))

    @property
    def beyond(self) -> tuple[str, ...]:
        """The words of the table that the vocabulary lacks: no training row has them, or too few."""
        return self._rows.beyond

    def in_full(self, batch: Batch) -> Batch:
        """Examples of this task with every word of theirs, for whoever can spell words that training never had.

        What `sample` hid is there again, and words of `beyond` have ids of their own, which go on behind those of the
        vocabulary.
        """
        if batch.rows is None:
            return batch
        inputs = self._rows.in_full(batch.rows, batch.inputs.shape[1] + 1)
        return replace(batch, inputs=_without_end(inputs))

    def examples(self, split: Split) -> Batch:
        """As `Classification.examples`: every row of one side, once."""
        return _verdicts(self._rows.examples(split))

    def subsets(self, batch: Batch) -> Mapping[str, Tensor]:  # noqa: ARG002 - the task's interface
        """Nothing: what kinds of texts there are, only the user knows."""
        return {}

    def num_texts(self, split: Split) -> int:
        """As `Classification.num_texts`."""
        return self._rows.num_rows(split)

    def as_written(self, split: Split, number: int) -> str:
        """As `Classification.as_written`."""
        return self._rows.as_written(split, number)

    def written(self, row: int) -> tuple[str, ...]:
        """As `CsvClassification.written`."""
        return self._rows.written(row)

    def word_counts(self) -> tuple[int, ...]:
        """As `Classification.word_counts`."""
        padding, _, *words = self._rows.word_counts()
        return (padding, *words)

    @cached_property
    def _test_hashes(self) -> Tensor:
        return torch.cat([hash_rows(_verdicts(batch).inputs) for batch in self._rows.batches("test")])

    @cached_property
    def _rows(self) -> CsvClassification:
        return CsvClassification(self.table, self.max_tokens, self.max_vocabulary, self.cut)


def _verdicts(batch: Batch) -> Batch:
    """The same examples without their <end>: ids above it move down, and it becomes padding, which it stands before."""
    targets = (batch.targets * batch.scored).sum(1, keepdim=True)
    return Batch(_without_end(batch.inputs), targets, torch.ones_like(targets, dtype=torch.bool), batch.rows)


def _without_end(inputs: Tensor) -> Tensor:
    """(B, T + 1) ids of a sequence task -> (B, T)."""
    return (inputs[:, :-1] - 1).clamp(min=0)


def _verdict_info(info: TaskInfo, name: str) -> TaskInfo:
    padding, _, *words = info.symbols or ()
    return replace(
        info,
        name=name,
        symbols=(padding, *words),
        causal=False,
        seq_len=info.seq_len - 1,
        span=info.seq_len - 1,
        kind="classification",
    )
