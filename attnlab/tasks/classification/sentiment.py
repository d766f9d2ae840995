"""Sentiment with negation: is the sentence for or against, when a far-off "not" may flip it?"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import torch
from torch import Tensor

from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, only_length
from attnlab.tasks.classification.sentiment_grammar import (
    ADJECTIVES,
    END_ID,
    NOT_ID,
    POSITIVE,
    VOCABULARY,
    built_sentences,
    decoded,
    is_positive,
    longest_sentence,
    readable,
    sampled_choices,
)
from attnlab.tasks.split import check_split, draw, pick

MOST_EXAMPLES = 8192
MOST_WRONG = 50
FEW_SEED = 0
"""Of the sentences of a task that has few: the same for every contender, seed and process."""


@dataclass(frozen=True)
class Sentiment:
    """One verdict a sentence, due at its <end>; padding comes after it, where no causal model looks.

    Half of the sentences have no "not". Of the others, half have it in the frame, where it flips the verdict, and half
    in an aside, where it does not (`sentiment_grammar`). More adjectives put the "not" further from the opinion.

    The hash leaves the place of the "not" out: the three versions of one sentence are on one side, so no test sentence
    has a twin in training that differs by its "not" alone.

    Floors: both labels are equally likely ("majority": ln 2, 1/2). "bag of words" is the best that word counts can do,
    whatever function of them. Without a "not" the opinion word decides. With one, the sentence whose "not" stands in
    the other place has the same counts, the same probability and the other label, so the counts leave a coin: loss
    1/2 · 0 + 1/2 ln 2, accuracy 1/2 · 1 + 1/2 · 1/2 = 3/4. A model that ignores "not" gets 3/4 too; one that flips
    whenever it sees it, also 3/4.

    With `num_examples` training has only so many sentences, drawn once, and shows them again and again; of these
    `wrong_labels` in a hundred bear the other label, as in tables that people have labelled. What is wrong can only be
    learned by heart. The test stays as it is.

    Raises:
        SizeError: a size out of bounds.

    Source: ours.
    """

    num_adjectives: int = 2
    num_examples: int = 0  # sentences to train on; 0 of a task that never runs out of them
    wrong_labels: int = 0  # of a hundred of these

    def __post_init__(self) -> None:
        check_whole("num_adjectives", self.num_adjectives, 0, len(ADJECTIVES))
        check_whole("num_examples", self.num_examples, 0, MOST_EXAMPLES)
        check_whole("wrong_labels", self.wrong_labels, 0, MOST_WRONG if self.num_examples else 0)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return ("negative", "positive")

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        T = longest_sentence(self.num_adjectives)
        return TaskInfo(
            name="sentiment",
            symbols=VOCABULARY,
            num_features=None,
            num_outputs=2,
            regression=False,
            causal=True,
            seq_len=T,
            span=T,
            metric="accuracy",
            floors=(Floor("majority", math.log(2), 0.5), Floor("bag of words", math.log(2) / 2, 0.75)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) words, targets (B, T) 0 or 1 at <end>, which alone is scored."""
        only_length(seq_len, self.info.seq_len)
        if self.num_examples and check_split(split) == "train":
            rows = pick(torch.arange(self.num_examples), batch_size, generator)
            return Batch(*(part[rows] for part in (self._few.inputs, self._few.targets, self._few.scored)))
        return self._fresh(batch_size, generator, split)

    @cached_property
    def _few(self) -> Batch:
        """The sentences of a task that has few, some of them with the other label."""
        generator = torch.Generator().manual_seed(FEW_SEED)
        right = self._fresh(self.num_examples, generator, "train")
        wrong = 100 * torch.rand(self.num_examples, 1, generator=generator) < self.wrong_labels
        return Batch(right.inputs, torch.where(wrong & right.scored, 1 - right.targets, right.targets), right.scored)

    def _fresh(self, batch_size: int, generator: torch.Generator, split: Split) -> Batch:
        choices = draw(lambda count: sampled_choices(count, self.num_adjectives, generator), batch_size, split)
        version = torch.randint(4, (batch_size,), generator=generator)  # plain, plain, flipped, not flipped
        inputs = built_sentences(choices, version == 2, version == 3)
        scored = inputs == END_ID
        return Batch(inputs, is_positive(choices, version == 2)[:, None] * scored.long(), scored)

    def subsets(self, batch: Batch) -> Mapping[str, Tensor]:
        """(B,) bool for each kind of sentence, so that a page can score them apart.

        "plain" has no "not", "negated" has one; of these, "flipped" has it in the frame, "unflipped" in the aside.
        """
        negated = (batch.inputs == NOT_ID).any(1)
        good = torch.tensor([word in POSITIVE for word in VOCABULARY])[batch.inputs].any(1)
        flipped = good != (batch.targets * batch.scored).any(1)
        return {"plain": ~negated, "negated": negated, "flipped": flipped, "unflipped": negated & ~flipped}


def plain_sentences(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Sentences without a "not" and their labels: an example text and an example table."""
    generator = torch.Generator().manual_seed(seed)
    choices = sampled_choices(count, 2, generator)
    never = torch.zeros(count, dtype=torch.bool)
    words = [readable(decoded(row)) for row in built_sentences(choices, never, never)]
    verdicts = is_positive(choices, never).tolist()
    return [
        (f"{text}.".capitalize(), ("negative", "positive")[good]) for text, good in zip(words, verdicts, strict=True)
    ]
