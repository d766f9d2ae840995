"""Motif: is it in the sequence? A pattern of neighbours, anywhere, with letters that vary."""

from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from attnlab.sequences import Item, Sign, Text
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import MAX_BATCH_SIZE, SizeError, check_whole, length_or_default
from attnlab.tasks.floors import chance
from attnlab.tasks.motif.dna import LETTERS, read_dna
from attnlab.tasks.motif.profile import CONSENSUS, WIDTH, profile, shuffled_profile
from attnlab.tasks.split import draw

ASK = len(LETTERS)
"""The mark "?" at the end, where the answer is due."""
_PLACES = len(LETTERS) ** torch.arange(WIDTH - 1, -1, -1)  # of a word's letters in its number


@dataclass(frozen=True)
class Motif:
    """Random letters, in one half of the sequences with a copy of the motif somewhere; at "?" it is due whether.

    A copy follows the motif's profile: each letter is another with `noise_percent`, at the ends twice as often as
    inside. The other half has such a copy too, its letters in random order, so that only their order tells.

    Floors: "chance" is a coin. "spelling" knows the motif's commonest spelling and looks for that alone, with the
    shares of training. "bayes" is the exact posterior under the generator: the sum over all places of what the profile
    gives to the word there, against the same for shuffled copies. The last two are scored on test examples.

    Raises:
        SizeError: a size out of bounds.

    Source: ours; a profile planted in a random background is the setting of Lawrence et al. 1993, "Detecting subtle
        sequence signals", https://doi.org/10.1126/science.8211139
    """

    length: int = 32
    noise_percent: int = 10

    def __post_init__(self) -> None:
        check_whole("length", self.length, WIDTH, 1000)
        check_whole("noise_percent", self.noise_percent, 0, 40)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes are called."""
        return ("absent", "present")

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        return TaskInfo(
            name="motif",
            symbols=(*LETTERS, "?"),
            num_features=None,
            num_outputs=2,
            regression=False,
            causal=True,
            seq_len=self.length + 1,
            span=self.length + 1,
            metric="accuracy",
            floors=(chance(2), *_floors(self)),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) letters and "?", targets (B, T) 0 or 1 at "?", which alone is scored."""
        return self.with_evidence(batch_size, generator, split, seq_len)[0]

    def with_evidence(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> tuple[Batch, Tensor]:
        """`sample`, and which inputs decide each answer: (B, T, T) bool, the motif's letters in the row of "?"."""
        T = length_or_default(seq_len, self.length + 1, low=WIDTH + 1)
        rows = draw(lambda count: self._proposed(count, T - 1, generator), batch_size, split)
        letters, present, start = rows[:, :-2], rows[:, -2], rows[:, -1]
        inputs = torch.cat([letters, torch.full((batch_size, 1), ASK)], 1)
        scored = (torch.arange(T) == T - 1).expand(batch_size, T)
        offset = torch.arange(T) - start[:, None]
        planted = (offset >= 0) & (offset < WIDTH) & (present == 1)[:, None]
        return Batch(inputs, present[:, None] * scored.long(), scored), planted[:, None] & scored[..., None]

    def items(self, batch: Batch, number: int) -> tuple[Item, ...]:
        """The letters of one sequence, and "?"."""
        letters = batch.inputs[number].tolist()
        return tuple(Text("?") if letter == ASK else Sign(LETTERS[letter], letter) for letter in letters)

    def answer_item(self, value: float) -> Item:
        """Absent or present."""
        return Text(self.labels[int(value)])

    def encode(self, text: str) -> Tensor:
        """(T,) a sequence that somebody wrote, "?" behind it.

        Raises:
            SizeError: it is no DNA, shorter than the motif or longer than the sequences of the task.
        """
        letters = read_dna(text)
        if not WIDTH <= len(letters) <= self.length:
            message = f"sequence ({len(letters)} letters) must have {WIDTH} to {self.length}"
            raise SizeError("sequence", message)
        return torch.tensor([*map(LETTERS.index, letters), ASK])

    def _proposed(self, count: int, length: int, generator: torch.Generator) -> Tensor:
        """(count, length + 2): letters, whether the motif is there, and where its copy or what is left of it begins."""
        letters = torch.randint(len(LETTERS), (count, length), generator=generator)
        present = torch.randint(2, (count, 1), generator=generator)
        start = torch.randint(length - WIDTH + 1, (count, 1), generator=generator)
        copies = torch.multinomial(profile(self.noise_percent), count, replacement=True, generator=generator).T
        orders = torch.rand(count, WIDTH, generator=generator).argsort(1)
        planted = torch.where(present == 1, copies, copies.gather(1, orders))
        letters.scatter_(1, start + torch.arange(WIDTH), planted)
        return torch.cat([letters, present, start], 1)


def posterior(inputs: Tensor, noise_percent: int) -> Tensor:
    """(B,) float64: the exact probability that the motif is in each sequence.

    Args:
        inputs: (B, T) letters, "?" behind them.
        noise_percent: of the profile.
    """
    words = (inputs[:, :-1].unfold(1, WIDTH, 1) * _PLACES).sum(-1)  # (B, places)
    true, shuffled = _of_words(noise_percent)
    there, not_there = true[words].sum(1), shuffled[words].sum(1)
    return there / (there + not_there)


@lru_cache(maxsize=8)
def _of_words(noise_percent: int) -> tuple[Tensor, Tensor]:
    """(4^W,) each: the probability of each word as a copy of the motif, and as one whose letters are shuffled."""
    shares = profile(noise_percent)
    true = torch.ones((), dtype=torch.float64)
    for row in shares:
        true = (true[..., None] * row).flatten()
    return true, shuffled_profile(shares)


@lru_cache(maxsize=8)
def _floors(task: Motif) -> tuple[Floor, ...]:
    """Those that are scored on test examples."""
    train = task.sample(MAX_BATCH_SIZE // 2, torch.Generator().manual_seed(1), "train")
    test = task.sample(MAX_BATCH_SIZE // 2, torch.Generator().manual_seed(0), "test")
    present = test.targets[:, -1].bool()
    guess = {True: 0.5, False: 0.5}
    there = _spelled(train.inputs)
    for found in guess:
        rows = train.targets[:, -1][there == found].double()
        guess[found] = float((rows.sum() + 1) / (len(rows) + 2))
    by_spelling = torch.where(_spelled(test.inputs), guess[True], guess[False])
    return tuple(
        Floor(name, _cross_entropy(chances, present), _right(chances, present))
        for name, chances in (("spelling", by_spelling), ("bayes", posterior(test.inputs, task.noise_percent)))
    )


def _spelled(inputs: Tensor) -> Tensor:
    """(B,) bool: whether the motif's commonest spelling is in a sequence."""
    wanted = torch.tensor([LETTERS.index(letter) for letter in CONSENSUS])
    return (inputs[:, :-1].unfold(1, WIDTH, 1) == wanted).all(-1).any(1)


def _cross_entropy(chances: Tensor, present: Tensor) -> float:
    """Mean nats of chances (N,) that something is there; 0 and 1 count as near it as float64 tells."""
    given = torch.where(present, chances, 1 - chances).double()
    return -given.clamp(min=torch.finfo(torch.float64).tiny).log().mean().item()


def _right(chances: Tensor, present: Tensor) -> float:
    return ((chances > 0.5) == present).double().mean().item()
