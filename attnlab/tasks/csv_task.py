"""Classification of the user's own texts: the rows of a `Table`, split, and turned into ids."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import torch
from torch import Tensor

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, only_length
from attnlab.tasks.csv_table import Table, TableError, read_table
from attnlab.tasks.sentiment import plain_sentences
from attnlab.tasks.split import check_split, hash_rows, is_test_both_sides, pick
from attnlab.text import PAD, tokenize

END = "<end>"
UNKNOWN = "<unk>"
_SPECIAL = (PAD, END, UNKNOWN)
_CHARACTERS_A_TOKEN = 8  # read at most so many for each token kept: tokenizing 5 MB would take seconds


def example_data() -> bytes:
    """A file to begin with, before the user brings one: 300 sentences of our own grammar."""
    file = io.StringIO()
    csv.writer(file).writerows([("text", "label"), *plain_sentences(300, seed=9)])
    return file.getvalue().encode()


def example_table() -> Table:
    """`example_data`, read."""
    return read_table(example_data())


@dataclass(frozen=True)
class CsvClassification:
    """The label of a text, due at its <end>; padding comes after it, where no causal model looks.

    Words are those of the app's tokenizer, without regard to case; what lies beyond `max_tokens` is not read. The
    split hashes what the model would see of a text, so equal texts are on one side whatever their labels. A class whose
    texts all fall on one side gives one to the other. The vocabulary is that of the training rows; a word that only the
    test has is <unk>.

    Floors: "majority" always says the training rows' commonest class; its loss is that of their shares. Both on the
    test rows.

    Raises:
        SizeError: a size out of bounds; so small a vocabulary that no training text differs from the test texts.
        TableError: a class has fewer than two different texts, so that one side would have none.

    Source: the user.
    """

    table: Table = field(default_factory=example_table, repr=False)
    max_tokens: int = 32
    max_vocabulary: int = 2000

    def __post_init__(self) -> None:
        check_whole("max_tokens", self.max_tokens, 2, 64)
        check_whole("max_vocabulary", self.max_vocabulary, 10, 10_000)
        different = Counter(label for label, _ in set(zip(self.table.labels, self._tokens, strict=True)))
        for label, count in sorted(different.items()):
            if count < 2:
                message = f"label {label!r} ({count} text) must have at least 2 different ones, for training and test"
                raise TableError("label_column", message)
        if not len(self._sides["train"]):
            message = (
                f"max_vocabulary ({self.max_vocabulary}) must be larger: with so few words every text is a test text"
            )
            raise SizeError("max_vocabulary", message)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return tuple(self.table.balance)

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
        )

    @property
    def balance(self) -> Mapping[str, Mapping[Split, int]]:
        """Rows of each class in training and test."""
        sides: dict[Split, Tensor] = {"train": ~self._is_test, "test": self._is_test}
        return {
            label: {side: int((self._classes[rows] == number).sum()) for side, rows in sides.items()}
            for number, label in enumerate(self.labels)
        }

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) words, targets (B, T) the class at <end>, which alone is scored; rows with replacement."""
        only_length(seq_len, self.info.seq_len)
        return self._batch(pick(self._sides[check_split(split)], batch_size, generator))

    def rows(self, split: Split) -> Batch:
        """Every row of one side, once, as `sample` gives them."""
        return self._batch(self._sides[check_split(split)])

    def encode(self, text: str) -> Tensor:
        """(T,) ids of a text as the model sees it, its <end> and padding included."""
        return torch.tensor(self._row(seen_tokens(text, self.max_tokens)))

    def _batch(self, rows: Tensor) -> Batch:
        inputs = self._inputs[rows]
        scored = inputs == _SPECIAL.index(END)
        return Batch(inputs, self._classes[rows, None] * scored.long(), scored)

    @cached_property
    def _tokens(self) -> tuple[tuple[str, ...], ...]:
        """What a model sees of each row's text."""
        return tuple(seen_tokens(text, self.max_tokens) for text in self.table.texts)

    @cached_property
    def _classes(self) -> Tensor:
        """(N,) the class number of each row."""
        number = {label: at for at, label in enumerate(self.labels)}
        return torch.tensor([number[label] for label in self.table.labels])

    @cached_property
    def _is_test(self) -> Tensor:
        """(N,) bool. A text with several labels is split with the first of its classes."""
        digests = [blake2b("\0".join(tokens).encode(), digest_size=7).digest() for tokens in self._tokens]
        hashes = torch.tensor([int.from_bytes(digest, "big") for digest in digests])
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
        seen = hash_rows(self._inputs)
        train = ~self._is_test & ~torch.isin(seen, seen[self._is_test])
        return {"train": train.nonzero().flatten(), "test": self._is_test.nonzero().flatten()}

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        held_out = self._is_test.tolist()
        counts = Counter(
            token for tokens, test in zip(self._tokens, held_out, strict=True) if not test for token in tokens
        )
        return (*_SPECIAL, *sorted(token for token, _ in counts.most_common(self.max_vocabulary)))

    @cached_property
    def _inputs(self) -> Tensor:
        """(N, T)."""
        return torch.tensor([self._row(tokens) for tokens in self._tokens])

    @cached_property
    def _known(self) -> Mapping[str, int]:
        return {symbol: number for number, symbol in enumerate(self._vocabulary)}

    def _row(self, tokens: tuple[str, ...]) -> list[int]:
        ids = [self._known.get(token, _SPECIAL.index(UNKNOWN)) for token in tokens]
        return [*ids, _SPECIAL.index(END), *[_SPECIAL.index(PAD)] * (self.max_tokens - len(ids))]


def seen_tokens(text: str, max_tokens: int) -> tuple[str, ...]:
    """The tokens that a model sees of a text, without regard to case."""
    start = text[: _CHARACTERS_A_TOKEN * max_tokens]
    tokens = tokenize(start, "words", limit=max_tokens).tokens
    if len(start) < len(text) and 1 < len(tokens) < max_tokens:
        tokens = tokens[:-1]  # it may be cut through
    return tuple(token.casefold() for token in tokens)


def _majority(train: Tensor, test: Tensor, num_classes: int) -> Floor:
    """The commonest class, and the shares of all, of the training rows, scored on the test rows."""
    counts = torch.bincount(train, minlength=num_classes).double()
    accuracy = (test == counts.argmax()).double().mean().item()
    shares = (counts + 1) / (counts.sum() + num_classes)  # plus one: a class may be missing in training
    loss = -shares[test].log().mean().item()
    return Floor("majority", loss, accuracy)
