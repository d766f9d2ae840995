"""Next character, on the user's own text: a small language model and the n-gram tables it has to beat."""

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import torch
from torch import Tensor

from attnlab.languages import ENGLISH
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, only_length
from attnlab.tasks.chinese_examples import judged_sentences_zh
from attnlab.tasks.classification.sentiment import plain_sentences
from attnlab.tasks.split import check_split, distinct, hash_rows, is_test_both_sides, pick
from attnlab.text import UNKNOWN, characters, cleaned

MAX_TEXT = 200_000
MAX_VOCABULARY = 512


def example_text(language: str = ENGLISH) -> str:
    """A text to begin with, before the user brings one: some 36,000 characters of our own grammar, 18,000 in Chinese.

    Args:
        language: of the visitor; English for any that has no text of its own.
    """
    if language == "zh":
        return "".join(sentence for sentence, _ in judged_sentences_zh(1600))
    return " ".join(sentence for sentence, _ in plain_sentences(400))


@dataclass(frozen=True)
class NextCharacter:
    """Predict each next character of windows of the text; every position is scored.

    The text is cleaned as everywhere in the app and cut into blocks of length + 1 characters; a block belongs to the
    test if its hash says so. A window lies within blocks of one side, and no training window equals a test window,
    however the text repeats itself. The vocabulary is that of the training blocks; other characters are <unk>.

    Floors (`_ngram_floors`): chance is loss ln V. "unigram" and "bigram" are tables counted on the training blocks and
    scored on the test blocks, as the models are.

    Raises:
        SizeError: a size out of bounds; a text too long, too short, or so repetitive that no training window is left.

    Source: Karpathy, makemore (whose ladder from bigrams to a Transformer this is).
    """

    text: str = field(default_factory=example_text, repr=False)
    length: int = 64

    def __post_init__(self) -> None:
        check_whole("length", self.length, 8, 512)
        if not isinstance(self.text, str):
            name = type(self.text).__name__
            raise SizeError("text", "kind", f"text ({name}) must be a str", got=name, wanted="str")
        if len(self.text) > MAX_TEXT:
            message = f"text ({len(self.text)} characters) must have at most {MAX_TEXT}"
            raise SizeError("text", "long", message, got=len(self.text), most=MAX_TEXT)
        least = 4 * (self.length + 1)
        if len(self._tokens) < least:
            message = f"text ({len(self._tokens)} characters) must have at least {least} for length {self.length}"
            raise SizeError("text", "short", message, got=len(self._tokens), least=least)
        if not all(map(len, self._starts)):
            message = (
                f"text ({len(self._tokens)} characters) must vary more: its test parts repeat all of its training parts"
            )
            raise SizeError("text", "varied", message, got=len(self._tokens))

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        return TaskInfo(
            name="next_character",
            symbols=self._vocabulary,
            num_features=None,
            num_outputs=len(self._vocabulary),
            regression=False,
            causal=True,
            seq_len=self.length,
            span=self.length,
            metric="loss",
            floors=_ngram_floors(self._ids, self._test_tokens, len(self._vocabulary)),
            sizes={"length": self.length},
            num_test=len(self._starts[1]),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) characters, targets (B, T) the same one further, all scored."""
        only_length(seq_len, self.length)
        draw = distinct if check_split(split) == "test" else pick
        starts = draw(self._starts[split == "test"], batch_size, generator)
        windows = self._ids[starts[:, None] + torch.arange(self.length + 1)]
        inputs, targets = windows[:, :-1], windows[:, 1:]
        return Batch(inputs, targets, torch.ones_like(inputs, dtype=torch.bool), starts)

    def written(self, row: int) -> tuple[str, ...]:
        """The characters of the window that begins there, whether or not the vocabulary has them."""
        return tuple(self._tokens[row : row + self.length])

    def num_characters(self, split: Split) -> int:
        """How much of the text is on one side."""
        return int((self._test_tokens == (check_split(split) == "test")).sum())

    def encode(self, text: str) -> Tensor:
        """(T,) ids of a prompt's characters."""
        known = {symbol: number for number, symbol in enumerate(self._vocabulary)}
        return torch.tensor([known.get(token, 0) for token in characters(cleaned(text)[0])], dtype=torch.long)

    @cached_property
    def _tokens(self) -> list[str]:
        return characters(cleaned(self.text)[0])

    @cached_property
    def _test_tokens(self) -> Tensor:
        """(N,) bool. The last block takes the rest of the text along."""
        codes = {
            token: int.from_bytes(blake2b(token.encode(), digest_size=7).digest(), "big") for token in set(self._tokens)
        }
        values = torch.tensor([codes[token] for token in self._tokens])
        block = self.length + 1
        num_blocks = len(values) // block
        test = is_test_both_sides(hash_rows(values[: num_blocks * block].view(num_blocks, block)))
        return test[(torch.arange(len(values)) // block).clamp(max=num_blocks - 1)]

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        test = self._test_tokens.tolist()
        counts = Counter(token for token, held_out in zip(self._tokens, test, strict=True) if not held_out)
        return (UNKNOWN, *sorted(token for token, _ in counts.most_common(MAX_VOCABULARY)))

    @cached_property
    def _ids(self) -> Tensor:
        """(N,)."""
        known = {symbol: number for number, symbol in enumerate(self._vocabulary)}
        return torch.tensor([known.get(token, 0) for token in self._tokens])

    @cached_property
    def _starts(self) -> tuple[Tensor, Tensor]:
        """Where the windows of training and test begin."""
        size = self.length + 1
        num_test = self._test_tokens.long().unfold(0, size, 1).sum(1)
        train, test = (num_test == 0).nonzero().flatten(), (num_test == size).nonzero().flatten()
        contents = _window_hashes(self._ids, size)
        return train[~torch.isin(contents[train], contents[test])], test


def _window_hashes(ids: Tensor, size: int) -> Tensor:
    """(N - size + 1,) a hash of each window's contents, in time N: a polynomial modulo 2^64, by prefix sums."""
    base, inverse = 0x5851F42D4C957F2D, pow(0x5851F42D4C957F2D, -1, 2**64)
    powers, inverses = (_powers(factor, len(ids) + 1) for factor in (base, inverse))
    prefix = torch.cat([torch.zeros(1, dtype=torch.long), ((ids + 1) * powers[:-1]).cumsum(0)])
    return (prefix[size:] - prefix[:-size]) * inverses[: len(ids) - size + 1]


def _powers(factor: int, count: int) -> Tensor:
    """(count,) 1, factor, factor^2, ... modulo 2^64."""
    signed = factor - 2**64 if factor >= 2**63 else factor
    return torch.full((count,), signed).index_fill_(0, torch.tensor([0]), 1).cumprod(0)


def _ngram_floors(ids: Tensor, test: Tensor, V: int) -> tuple[Floor, ...]:
    """Losses of a uniform guess and of tables counted in training, scored on the test part.

    Unigram: (n_b + 1) / (n + V). Bigram: one pseudo-count after each character, spread like the unigram, so that a pair
    never seen costs a finite loss: (n_ab + p_b) / (n_a + 1).
    """
    unigram = (torch.bincount(ids[~test], minlength=V).double() + 1) / ((~test).sum() + V)
    train_pairs = (~test[:-1] & ~test[1:]).nonzero().flatten()
    test_pairs = (test[:-1] & test[1:]).nonzero().flatten()
    counts = torch.bincount(ids[train_pairs] * V + ids[train_pairs + 1], minlength=V * V).view(V, V).double()
    bigram = (counts + unigram) / (counts.sum(1, keepdim=True) + 1)
    before, after = ids[test_pairs], ids[test_pairs + 1]
    losses = {
        "chance": math.log(V),
        "unigram": -unigram[after].log().mean().item(),
        "bigram": -bigram[before, after].log().mean().item(),
    }
    return tuple(Floor(name, loss, loss) for name, loss in losses.items())
