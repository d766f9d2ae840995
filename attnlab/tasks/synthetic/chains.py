"""Markov chains drawn at random, and the two ways to predict them from what has been seen so far."""

import torch
import torch.nn.functional as F
from torch import Tensor


def sampled_chains(count: int, num_states: int, length: int, generator: torch.Generator) -> Tensor:
    """(count, length) states of as many chains, each with its own Dirichlet(1) transition rows and a uniform start.

    No loop over time. Each step's random number u makes it a function from state to next state; prefixes of T functions
    are composed in log2 T rounds, each of which doubles how far back they reach.
    """
    K = num_states
    rows = torch.empty(count, K, K).exponential_(generator=generator)  # normalised exponentials are Dirichlet(1)
    cumulative = (rows.cumsum(-1) / rows.sum(-1, keepdim=True))[:, None, :, :-1]  # (N, 1, K, K - 1)
    uniform = torch.rand(count, length - 1, 1, 1, generator=generator)
    steps = (uniform >= cumulative).sum(-1)  # (N, T - 1, K): where each state goes
    reach = 1
    while reach < length - 1:
        steps = torch.cat([steps[:, :reach], steps[:, reach:].gather(-1, steps[:, :-reach])], dim=1)
        reach *= 2
    start = torch.randint(K, (count, 1), generator=generator)
    later = steps.gather(-1, start[:, None].expand(-1, length - 1, 1)).squeeze(-1)
    return torch.cat([start, later], dim=1)


def bigram_probabilities(states: Tensor, num_states: int) -> Tensor:
    """The exact in-context Bayes prediction: how often each state has followed the current one, plus one.

    With K states and rows from Dirichlet(1), the posterior of the current state's row after counts c is
    Dirichlet(1 + c), whose mean is (c_j + 1) / (Σc + K). Rows are independent a priori and the uniform start says
    nothing of them, so nothing else in the past matters. It is attention: equal weights on the positions after the
    current state's earlier occurrences.

    Args:
        states: (B, T).
        num_states: K.

    Returns:
        (B, T, K): at t, the distribution of state t + 1 given states 0..t.
    """
    K, T = num_states, states.shape[1]
    pairs = F.one_hot(states[:, :-1] * K + states[:, 1:], K * K)  # at s: the step from s to s + 1
    counts = F.pad(pairs.cumsum(1), (0, 0, 1, 0)).view(-1, T, K, K)  # (B, T, from, to): steps up to t
    current = states[..., None, None].expand(-1, -1, 1, K)
    following = counts.gather(2, current).squeeze(2).double() + 1
    return following / following.sum(-1, keepdim=True)


def unigram_probabilities(states: Tensor, num_states: int) -> Tensor:
    """The in-context unigram prediction: how often each state occurred so far, plus one; blind to order.

    The level at which models pause before they find the bigrams. Shapes as in `bigram_probabilities`.
    """
    counts = F.one_hot(states, num_states).double().cumsum(1) + 1
    return counts / counts.sum(-1, keepdim=True)
