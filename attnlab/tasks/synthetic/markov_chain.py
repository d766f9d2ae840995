"""In-context Markov chain: each sequence has its own chain, which only the sequence itself can teach."""

from dataclasses import asdict, dataclass
from functools import cached_property

import torch

from attnlab.tasks.base import Batch, Split, TaskInfo
from attnlab.tasks.checks import check_whole, length_or_default
from attnlab.tasks.split import draw
from attnlab.tasks.synthetic.chains import sampled_chains
from attnlab.tasks.synthetic.markov_floors import markov_floors


@dataclass(frozen=True)
class MarkovChain:
    """Predict each next state of a chain whose transition rows were drawn from Dirichlet(1, ..., 1).

    Every position is scored. To predict well, find where the current state stood before and look at what came next: an
    induction head. Attention needs two layers for it.

    The first state is uniform. The paper draws it from the chain's stationary distribution, which tells a little about
    the chain; with a uniform start it tells nothing, and counting bigrams is Bayes-optimal exactly (`markov_floors`).
    The two differ by less than .001 nats in the Bayes floor and .006 in the unigram floor.

    Raises:
        SizeError: a size out of bounds.

    Source: Edelman et al. 2024, section 2, https://arxiv.org/abs/2402.11004
    """

    num_states: int = 2
    length: int = 100

    def __post_init__(self) -> None:
        check_whole("num_states", self.num_states, 2, 5)
        check_whole("length", self.length, 8, 128)

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, vocabulary, floors."""
        return TaskInfo(
            name="markov_chain",
            symbols=tuple("ABCDE"[: self.num_states]),
            num_features=None,
            num_outputs=self.num_states,
            regression=False,
            causal=True,
            seq_len=self.length,
            span=self.length,
            metric="loss",
            floors=markov_floors(self.num_states, self.length),
            sizes=asdict(self),
        )

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T) states, targets (B, T) the states one step later, all scored."""
        T = length_or_default(seq_len, self.length, low=8)
        states = draw(lambda count: sampled_chains(count, self.num_states, T + 1, generator), batch_size, split)
        inputs, targets = states[:, :-1], states[:, 1:]
        return Batch(inputs, targets, torch.ones_like(inputs, dtype=torch.bool))
