"""Events: the next item of a session, which an earlier one decides, wherever it stands."""

from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from attnlab.sequences import Item, Sign, Text
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.events.shop import OTHERS, PAIRS, best_possible, deciding, items, sessions
from attnlab.tasks.floors import chance
from attnlab.tasks.split import draw

COUNTED = 2048
"""Sessions of each side on which the pair table is counted and scored."""


@dataclass(frozen=True)
class Events:
    """What is bought next, while something lacks what goes with it.

    A session begins with `basket` different things, such as a phone and a bike. Then, with `rule_percent` at each step,
    comes what goes with the latest of them, the helmet, unless it was bought before: then with the one before that, the
    case. All else is bought by chance (`shop`). So an answer depends on one earlier item, which lies further and
    further back, and on all between. Positions where nothing is lacking follow no rule, and are not scored.

    Floors: "chance" is a guess among all items; "bigram" counts what follows each item in training sessions and is
    scored on test sessions: it knows the last item alone; "bayes" knows the rule and the whole session, exactly.

    Raises:
        SizeError: a size out of bounds.

    Source: ours. That the next item of a session follows from a few earlier ones is what self-attention was brought to
        recommendation for: Kang and McAuley 2018, "Self-attentive sequential recommendation",
        https://arxiv.org/abs/1808.09781
    """

    length: int = 16
    basket: int = 4
    num_pairs: int = 6
    num_others: int = 6
    rule_percent: int = 75

    def __post_init__(self) -> None:
        check_whole("length", self.length, 4, 256)
        check_whole("num_pairs", self.num_pairs, 2, len(PAIRS))
        check_whole("basket", self.basket, 1, min(self.num_pairs, self.length - 1))
        check_whole("num_others", self.num_others, 0, len(OTHERS))
        check_whole("rule_percent", self.rule_percent, 5, 95)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        names = items(self.num_pairs, self.num_others)
        return TaskInfo(
            name="events",
            symbols=names,
            num_features=None,
            num_outputs=len(names),
            regression=False,
            causal=True,
            seq_len=self.length,
            span=self.length,
            metric="accuracy",
            floors=(
                chance(len(names)),
                _pair_table(self, len(names)),
                best_possible(len(names), self.rule_percent / 100),
            ),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) items, targets (B, T) the next ones, scored where something is lacking."""
        return self.with_evidence(batch_size, generator, split, seq_len)[0]

    def items(self, batch: Batch, number: int) -> tuple[Item, ...]:
        """What was bought; a thing and what goes with it have one colour."""
        return tuple(map(self.answer_item, batch.inputs[number].tolist()))

    def answer_item(self, value: float) -> Item:
        """An item of the shop."""
        number = int(value)
        name = items(self.num_pairs, self.num_others)[number]
        return Sign(name, number % self.num_pairs) if number < 2 * self.num_pairs else Text(name)

    def with_evidence(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> tuple[Batch, Tensor]:
        """`sample`, and which inputs decide each answer: (B, T, T) bool, the thing whose addition is due."""
        T = length_or_default(seq_len, self.length, low=self.basket + 1)
        size, rule = 2 * self.num_pairs + self.num_others, self.rule_percent / 100

        def proposed(count: int) -> Tensor:
            """(count, 2, T): items, and what is due after each as a number from 1, 0 where nothing is."""
            rows = sessions(count, T + 1, self.basket, self.num_pairs, size, rule, generator)
            scored = deciding(rows[:, :-1], self.num_pairs) >= 0
            scored[:, : self.basket - 1] = False
            return torch.stack([rows[:, :-1], (rows[:, 1:] + 1) * scored], 1)

        inputs, due = draw(proposed, batch_size, split).unbind(1)
        scored = due > 0
        evidence = (deciding(inputs, self.num_pairs)[..., None] == torch.arange(T)) & scored[..., None]
        return Batch(inputs, (due - 1).clamp(min=0), scored), evidence


@lru_cache(maxsize=8)
def _pair_table(task: Events, size: int) -> Floor:
    """What follows each item, counted with one more of each, so that a pair never seen costs a finite loss."""
    train = task.sample(COUNTED, torch.Generator().manual_seed(1), "train")
    test = task.sample(COUNTED, torch.Generator().manual_seed(0), "test")
    pairs = (train.inputs * size + train.targets)[train.scored]
    counts = torch.bincount(pairs, minlength=size * size).view(size, size).double() + 1
    given, due = (counts / counts.sum(1, keepdim=True))[test.inputs[test.scored]], test.targets[test.scored]
    loss = -given.gather(-1, due[:, None]).log().mean().item()
    return Floor("bigram", loss, (given.argmax(-1) == due).double().mean().item())
