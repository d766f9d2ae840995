"""Classification of the user's own texts: the rows of a `Table`, split, and turned into ids."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

import torch
from torch import Tensor

from attnlab.languages import ENGLISH
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, only_length
from attnlab.tasks.chinese_examples import judged_sentences_zh
from attnlab.tasks.classification.class_balance import class_balance, confusion_counts
from attnlab.tasks.classification.csv_table import Table, read_table
from attnlab.tasks.classification.read_texts import CutName, ReadTexts, read_texts, seen_tokens
from attnlab.tasks.classification.sentiment import plain_sentences
from attnlab.tasks.split import check_split, distinct, hash_rows, is_test_both_sides, pick
from attnlab.tasks.tables import TableError
from attnlab.tasks.tables.limits import MAX_CLASSES
from attnlab.text import PAD, UNKNOWN

END = "<end>"
_SPECIAL = (PAD, END, UNKNOWN)
PAD_ID, END_ID, UNKNOWN_ID = range(3)
MAX_TOKENS = 512
ROWS_AT_ONCE = 512
"""Of a table, where all its rows are padded."""


def example_data(language: str = ENGLISH) -> bytes:
    """A file to begin with, before the user brings one: 300 sentences of our own grammar.

    Args:
        language: of the visitor; English for any that has no texts of its own.
    """
    file = io.StringIO()
    chinese = [("文本", "标签"), *judged_sentences_zh(300, seed=9)] if language == "zh" else None
    csv.writer(file).writerows(chinese or [("text", "label"), *plain_sentences(300, seed=9)])
    return file.getvalue().encode()


def example_table() -> Table:
    """`example_data`, read."""
    return read_table(example_data())


@dataclass(frozen=True)
class CsvClassification:
    """The label of a text, due at its <end>; padding comes after it, where no causal model looks.

    Words are those of the app's tokenizer, without regard to case; of a text that has more than `max_tokens`, `cut`
    says which are read. The split hashes what the model would see of a text, so equal texts are on one side whatever
    their labels. A class whose texts all fall on one side gives one to the other; a class with a single text is left
    out. The vocabulary is that of the training rows; a word that only the test has is <unk>.

    Floors: "majority" always says the training rows' commonest class; its loss is that of their shares. Both on the
    test rows.

    Raises:
        SizeError: a size out of bounds; so small a vocabulary that no training text differs from the test texts.
        TableError: fewer than two classes have two different texts, one for training and one for the test.

    Source: the user.
    """

    table: Table = field(default_factory=example_table, repr=False)
    max_tokens: int = 32
    max_vocabulary: int = 2000
    cut: CutName = "first"

    def __post_init__(self) -> None:
        check_whole("max_tokens", self.max_tokens, 2, MAX_TOKENS)
        check_whole("max_vocabulary", self.max_vocabulary, 10, 10_000)
        if self.cut not in get_args(CutName):
            message = f"cut ({self.cut!r:.60}) must be one of {', '.join(get_args(CutName))}"
            raise SizeError("cut", "choice", message, got=self.cut, choices=get_args(CutName))
        if (count := len(self.labels)) < 2:
            found = f"label_column ({count} classes with two texts that differ in what is read of them)"
            message = f"{found} must have 2 to {MAX_CLASSES}, for training and test"
            raise TableError("label_column", "few_texts", message, got=count, high=MAX_CLASSES)
        if not len(self._sides["train"]):
            message = (
                f"max_vocabulary ({self.max_vocabulary}) must be larger: with so few words every text is a test text"
            )
            raise SizeError("max_vocabulary", "vocabulary", message, got=self.max_vocabulary)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return tuple(label for label, texts in self._different.items() if texts > 1)

    @cached_property
    def lonely(self) -> tuple[str, ...]:
        """The labels that have a single text, and are left out: it could be for training or for the test, not both."""
        return tuple(label for label, texts in self._different.items() if texts < 2)

    @property
    def num_cut(self) -> int:
        """Texts of the table of which something is not read."""
        return self._texts.num_cut

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        return TaskInfo(
            name="csv",
            symbols=self._vocabulary,
            num_features=None,
            num_outputs=len(self.labels),
            regression=False,
            causal=True,
            seq_len=self.max_tokens + 1,
            span=self.max_tokens + 1,
            metric="accuracy",
            floors=(_majority(self._classes[~self._is_test], self._classes[self._is_test], len(self.labels)),),
            sizes={"max_tokens": self.max_tokens, "max_vocabulary": self.max_vocabulary},
            num_test=self.num_rows("test"),
        )

    @property
    def balance(self) -> Mapping[str, Mapping[Split, int]]:
        """Rows of each class in training and test."""
        sides: dict[Split, Tensor] = {"train": ~self._is_test, "test": self._is_test}
        counts = {
            side: torch.bincount(self._classes[rows], minlength=len(self.labels)).tolist()
            for side, rows in sides.items()
        }
        return {label: {side: counts[side][number] for side in sides} for number, label in enumerate(self.labels)}

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) words, targets (B, T) the class at <end>, which alone is scored; training rows come again."""
        only_length(seq_len, self.info.seq_len)
        draw = distinct if check_split(split) == "test" else pick
        return self._batch(draw(self._sides[split], batch_size, generator))

    def examples(self, split: Split) -> Batch:
        """Every row of one side, once, as `sample` gives them but no wider than the longest."""
        rows = self._sides[check_split(split)]
        return self._batch(rows, int(self._texts.counts[self._kept[rows]].max()) + 1)

    def num_rows(self, split: Split) -> int:
        """How many `examples` there are."""
        return len(self._sides[check_split(split)])

    def as_written(self, split: Split, number: int) -> str:
        """One of the `examples` as the table has it."""
        return self.table.texts[int(self._kept[self._sides[check_split(split)][number]])]

    def written(self, row: int) -> tuple[str, ...]:
        """The words of a row of a batch, as far as they are read, whether or not the vocabulary has them."""
        return self._texts.words_of(int(self._kept[row]))

    @cached_property
    def beyond(self) -> tuple[str, ...]:
        """The words of the table that the vocabulary lacks, in the order in which they come."""
        unknown = (self._numbering == UNKNOWN_ID).nonzero().flatten().tolist()
        return tuple(self._texts.words[number] for number in unknown)

    def in_full(self, rows: Tensor, length: int) -> Tensor:
        """(B, length) ids of rows of a batch; words of `beyond` have ids of their own, which go on behind the others.

        Args:
            rows: (B,) as a batch names them.
            length: positions, <end> among them.
        """
        return self._inputs(rows, length, self._whole_numbering)

    def batches(self, split: Split) -> Iterator[Batch]:
        """Every row of one side, `ROWS_AT_ONCE`, as `sample` gives them."""
        return map(self._batch, _parts(self._sides[check_split(split)]))

    def word_counts(self) -> tuple[int, ...]:
        """How often each symbol stands in the training rows; padding and <end> never."""
        counts, numbering = [0] * len(self._vocabulary), self._numbering.tolist()
        for word, count in self._texts.word_counts(self._kept[self._sides["train"]]).items():
            counts[numbering[word]] += count
        return tuple(counts)

    def encode(self, text: str) -> Tensor:
        """(T,) ids of a text as the model sees it, its <end> and padding included."""
        known = {symbol: number for number, symbol in enumerate(self._vocabulary)}
        ids = [known.get(token, UNKNOWN_ID) for token in seen_tokens(text, self.max_tokens, self.cut)]
        return torch.tensor([*ids, END_ID, *[PAD_ID] * (self.max_tokens - len(ids))])

    def _batch(self, rows: Tensor, length: int = 0) -> Batch:
        """Some of the rows that are kept; as wide as a model is long, or as `length` says."""
        inputs = self._inputs(rows, length or self.max_tokens + 1)
        scored = inputs == END_ID
        return Batch(inputs, self._classes[rows, None] * scored.long(), scored, rows)

    def _inputs(self, rows: Tensor, length: int, numbering: Tensor | None = None) -> Tensor:
        kept = self._kept[rows]
        inputs = self._texts.padded(kept, self._numbering if numbering is None else numbering, length, PAD_ID)
        inputs[torch.arange(len(rows)), self._texts.counts[kept]] = END_ID
        return inputs

    @cached_property
    def _texts(self) -> ReadTexts:
        """What a model sees of each text of the table."""
        return read_texts(self.table.texts, self.max_tokens, self.cut)

    @cached_property
    def _different(self) -> Mapping[str, int]:
        """Different texts of each label of the table, as far as they are read."""
        pairs = set(zip(self.table.labels, self._texts.digests.tolist(), strict=True))
        found = dict.fromkeys(self.table.balance, 0)
        for label, _ in pairs:
            found[label] += 1
        return found

    @cached_property
    def _kept(self) -> Tensor:
        """(N,) which rows of the table have a class; rows are counted among these."""
        lonely = set(self.lonely)
        return torch.tensor([row for row, label in enumerate(self.table.labels) if label not in lonely])

    @cached_property
    def _classes(self) -> Tensor:
        """(N,) the class number of each row."""
        number = {label: at for at, label in enumerate(self.labels)}
        return torch.tensor([number[label] for label in self.table.labels if label in number])

    @cached_property
    def _is_test(self) -> Tensor:
        """(N,) bool. A text with several labels is split with the first of its classes."""
        hashes = self._texts.digests[self._kept]
        first: dict[int, int] = {}
        rows = zip(hashes.tolist(), self._classes.tolist(), strict=True)
        owners = torch.tensor([first.setdefault(text, label) for text, label in rows])
        test = torch.zeros(len(hashes), dtype=torch.bool)
        for owner in set(first.values()):
            mine = owners == owner
            test[mine] = is_test_both_sides(hashes[mine])
        return test

    @cached_property
    def _sides(self) -> Mapping[Split, Tensor]:
        """The rows of each side, less the training rows that cutting and <unk> have made equal to a test row."""
        every, longest = _parts(torch.arange(len(self._kept))), int(self._texts.counts.max())
        seen = torch.cat([hash_rows(self._inputs(rows, longest + 1)) for rows in every])
        train = ~self._is_test & ~torch.isin(seen, seen[self._is_test])
        return {"train": train.nonzero().flatten(), "test": self._is_test.nonzero().flatten()}

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        """The commonest words of the training rows; of equally common ones those that come first."""
        counts = self._texts.word_counts(self._kept[~self._is_test])
        return (*_SPECIAL, *sorted(self._texts.words[word] for word, _ in counts.most_common(self.max_vocabulary)))

    @cached_property
    def _numbering(self) -> Tensor:
        """The id of each word of the table."""
        known = {symbol: number for number, symbol in enumerate(self._vocabulary) if number > UNKNOWN_ID}
        return torch.tensor([known.get(word, UNKNOWN_ID) for word in self._texts.words], dtype=torch.int64)

    @cached_property
    def _whole_numbering(self) -> Tensor:
        """The same with an id for each word that the vocabulary lacks."""
        unknown = self._numbering == UNKNOWN_ID
        return torch.where(unknown, len(self._vocabulary) + unknown.cumsum(0) - 1, self._numbering)


def _parts(rows: Tensor) -> Iterator[Tensor]:
    return (rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))


def _majority(train: Tensor, test: Tensor, num_classes: int) -> Floor:
    """The commonest class, and the shares of all, of the training rows, scored on the test rows."""
    counts = torch.bincount(train, minlength=num_classes).double()
    accuracy = (test == counts.argmax()).double().mean().item()
    shares = (counts + 1) / (counts.sum() + num_classes)  # plus one: a class may be missing in training
    loss = -shares[test].log().mean().item()
    always = counts.argmax().expand_as(test)
    return Floor("majority", loss, accuracy, class_balance(confusion_counts(test, always, num_classes)))
